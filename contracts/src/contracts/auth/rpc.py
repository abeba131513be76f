"""Requests to auth."""

from __future__ import annotations

from contracts.messages import Request
from contracts.ping import Pong


class PingAuth(Request[Pong], subject="auth.v1.ping"):
    """Answered by any replica of auth."""
