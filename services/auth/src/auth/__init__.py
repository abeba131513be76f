"""Accounts, sessions and tokens. What it does stands in `rpc`; how it is put together, in `app`."""
