"""End-to-end encryption, version 1: docs/encryption.md, byte by byte. No I/O."""
