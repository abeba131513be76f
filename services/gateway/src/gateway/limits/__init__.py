"""Rate limits: how many requests, shared by all gateways through Redis."""
