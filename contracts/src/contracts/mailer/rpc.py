"""Requests to the mailer."""

from __future__ import annotations

from contracts.messages import Request
from contracts.ping import Pong


class PingMailer(Request[Pong], subject="mailer.v1.ping"):
    """Answered by any replica of the mailer."""
