"""What was found, in a line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` a part, such as `postgres notes`; `do` is empty where all is well. No text holds a secret."""

    state: State
    about: str
    says: str
    do: str = ""

    def __str__(self) -> str:
        line = f"{self.state:<8} {self.about:<16} {self.says}"
        return f"{line}. {self.do}." if self.do else line


def ok(about: str, says: str) -> Finding:
    return Finding(State.OK, about, says)


def warning(about: str, says: str, do: str) -> Finding:
    """People are served; it should not stay."""
    return Finding(State.WARNING, about, says, do)


def wrong(about: str, says: str, do: str) -> Finding:
    return Finding(State.WRONG, about, says, do)
