"""Is anybody there: the question that any service may be asked."""

from __future__ import annotations

from contracts.messages import Reply


class Pong(Reply):
    """A replica is connected and handles requests."""

    message: str = "pong"
