"""A note that must not be shown."""

from __future__ import annotations


class UnreadableError(Exception):
    """`rule` names what is broken: header, encoding, tag, kind, length, padded length, padding or utf8."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule
