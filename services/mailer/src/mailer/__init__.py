"""Turns events into e-mail. What it does stands in `rpc`; how it is put together, in `app`."""
