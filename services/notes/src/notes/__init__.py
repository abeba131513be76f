"""The life of a one-time note. What it does stands in `rpc`; how it is put together, in `app`."""
