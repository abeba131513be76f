"""Keys, links, tokens: everything that hangs on `AUTH_SECRET`."""
