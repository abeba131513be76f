"""Why a mail could not be handed over.

SendingError(reason)    a code of ours: what a server says may quote an address
    PostponedError      it may succeed later
    RefusedError        it never will
"""

from __future__ import annotations


class SendingError(Exception):
    """One of the two below."""

    def __init__(self, reason: str, /) -> None:
        super().__init__(reason)
        self.reason = reason


class PostponedError(SendingError):
    """The surroundings failed, or the server wants to be asked again. Nobody is known to have taken it."""


class RefusedError(SendingError):
    """The server refused this recipient or this message for good."""
