"""What keeps a measurement from being one."""

from __future__ import annotations


class BenchError(Exception):
    """A tool is missing, or answers were not what they must be; the text says which and what to do."""
