"""Liveness and readiness of one process."""

from __future__ import annotations

from collections.abc import Callable

Check = Callable[[], str | None]


class Health:
    """Ready means: started, not stopping, and every required check finds nothing wrong.

    A check is cheap and synchronous: it reports a state that something else keeps current. It returns
    None, or a reason in a few words without secrets. Optional checks are shown and change nothing.
    """

    def __init__(self) -> None:
        self.accepting = False
        self._required: dict[str, Check] = {}
        self._optional: dict[str, Check] = {}

    def require(self, name: str, check: Check) -> None:
        """Readiness depends on it."""
        self._required[name] = check

    def watch(self, name: str, check: Check) -> None:
        """Shown beside readiness, for a part that may be away."""
        self._optional[name] = check

    def start_accepting(self) -> None:
        self.accepting = True

    def stop_accepting(self) -> None:
        self.accepting = False

    def report(self) -> tuple[bool, dict[str, str]]:
        """Whether the process is ready, and each check's word: `ok`, or what is wrong."""
        words = {name: check() or "ok" for name, check in {**self._required, **self._optional}.items()}
        ready = self.accepting and all(words[name] == "ok" for name in self._required)
        return ready, {"process": "ok" if self.accepting else "not accepting"} | words
