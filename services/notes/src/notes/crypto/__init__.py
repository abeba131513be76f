"""Sealing of content at rest, and hashes of what readers show."""
