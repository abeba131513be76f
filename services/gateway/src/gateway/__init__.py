"""HTTP in, NATS out. What it serves stands in `routes`; how it is put together, in `app`."""
