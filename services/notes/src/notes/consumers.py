"""Everything that the notes service does when something happened elsewhere: event → handler."""

from __future__ import annotations

from chassis.consumer import Subscription, on
from contracts.auth.events import UserDeleted
from notes.commands.forget_author import ForgetAuthor


def subscriptions(forget_author: ForgetAuthor) -> tuple[Subscription, ...]:
    """One row for each event that the contract says we consume."""
    return (on(UserDeleted, forget_author),)
