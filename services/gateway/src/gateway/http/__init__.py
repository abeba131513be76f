"""Handlers: each turns one HTTP request into one request of the contracts, and its reply back."""
