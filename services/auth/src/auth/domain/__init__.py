"""The rules of accounts, without I/O."""
