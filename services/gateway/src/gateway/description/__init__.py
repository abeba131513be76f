"""OpenAPI of the HTTP API, made from the routes and the contracts."""
