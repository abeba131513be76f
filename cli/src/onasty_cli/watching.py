"""Following a note until it is over, over however many connections."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from onasty_cli.api import Api
from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode
from onasty_cli.terminal import say

# The server says something every 15 s; after three of those the connection is dead.
SILENCE = 45.0
FIRST_REST = 0.5
LONGEST_REST = 15.0
_PASSES = frozenset({ExitCode.UNREACHABLE, ExitCode.LIMITED, ExitCode.UNEXPECTED})


class Watcher:
    """Gives each event to `show`: `{"event", "time", "note"}`, as the server tells them."""

    def __init__(
        self, api: Api, show: Callable[[dict[str, Any]], None], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._api = api
        self._show = show
        self._sleep = sleep
        self._seen: dict[str, Any] | None = None

    def until_over(self, slug: str, token: str) -> ExitCode:
        """`OK` when all its views were taken, or one that is kept was read; else `EXPIRED` or `DELETED`.

        Raises `CommandError` when no first answer comes.

        A connection that breaks later is made again, without end; what was missed shows in the snapshot.
        """
        rest = FIRST_REST
        while True:
            before = self._seen
            try:
                code = self._follow(slug, token)
            except CommandError as failure:
                if failure.code not in _PASSES or self._seen is None:
                    raise
                code = None
            if code is not None:
                return code
            if before is not self._seen:
                rest = FIRST_REST
            say("The connection ended; trying again.")
            # Not all at once, when a server comes back.
            self._sleep(rest * random.uniform(0.5, 1))  # noqa: S311 - no secret
            rest = min(2 * rest, LONGEST_REST)

    def _follow(self, slug: str, token: str) -> ExitCode | None:
        with self._api.events(slug, token, SILENCE) as events:
            for name, data in events:
                if name == "end":
                    return _outcome(self._seen) if data.get("reason") == "over" else None
                if "note" not in data:
                    continue
                if name != "snapshot" or data["note"] != self._seen:
                    self._show({"event": name, "time": data.get("time"), "note": data["note"]})
                self._seen = data["note"]
                if _is_over(self._seen):
                    return _outcome(self._seen)
        return None


def _is_over(note: dict[str, Any]) -> bool:
    return bool(note.get("deleted_at")) or note["state"] == "expired" or _all_read(note)


def _all_read(note: dict[str, Any]) -> bool:
    return not note["keep_before_expiration"] and bool(note["views_taken"] >= note["max_views"])


def _outcome(note: dict[str, Any] | None) -> ExitCode:
    if note is None:
        return ExitCode.EXPIRED
    if _all_read(note):
        return ExitCode.OK
    if note.get("deleted_at"):
        return ExitCode.DELETED
    # Views of a note that is kept are not counted.
    return ExitCode.OK if note["keep_before_expiration"] and note.get("read_at") else ExitCode.EXPIRED
