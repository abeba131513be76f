"""Traces: which piece of work was caused by which, over every process, as W3C traceparents.

A span is one piece of work. While its block is entered, it is what the task does (`current`): its trace
stands in every log line, and what the task does with the database or asks of others are its children. The
edges of a process (an HTTP request, an RPC, an event, a job) begin spans with `Tracing`; what lies within
needs nothing but `within`.

Whether a trace is recorded, its traceparent says, and the gateway decides. What is not recorded costs a look
at a variable: OpenTelemetry (`chassis.otlp`) is imported only where recorded traces go somewhere.

Names and attributes are of the code and the contracts; never what somebody sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Literal, Self, TypeAlias

from contracts.context import traceparent as valid

Kind: TypeAlias = Literal["server", "client", "producer", "consumer", "internal"]
Attributes: TypeAlias = Mapping[str, str | int]

SAMPLED = 1


class Span:
    """One that is not recorded: it passes its traceparent on, and that is all."""

    __slots__ = ("_token", "traceparent")

    def __init__(self, traceparent: str | None) -> None:
        self.traceparent = traceparent
        self._token: Token[Span | None] | None = None

    @property
    def trace_id(self) -> str | None:
        """32 hexadecimal digits; None when nobody gave the work a trace."""
        return self.traceparent[3:35] if self.traceparent else None

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _current.reset(self._token)

    def child(self, kind: Kind, name: str, attributes: Attributes | None = None) -> Span:  # noqa: ARG002
        """A part of this work."""
        return _NOTHING

    def note(self, attributes: Attributes) -> None:
        """Say more of it."""

    def end(self) -> None:
        """It is over before its block is; what is said of it from now on is not kept."""

    def fail(self, code: str) -> None:
        """It ended with this code of an error. What the error said is never taken."""


class _Nothing(Span):
    """A part of work that is not recorded: the whole stays current. One for all, so it keeps no state."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


_NOTHING = _Nothing(None)
_current: ContextVar[Span | None] = ContextVar("span", default=None)


def current() -> Span | None:
    """What this task does."""
    return _current.get()


def within(kind: Kind, name: str, attributes: Attributes | None = None) -> Span:
    """A part of what this task does, to be entered at once. Not recorded, its traceparent is None."""
    span = _current.get()
    return _NOTHING if span is None else span.child(kind, name, attributes)


class Tracing:
    """Where spans begin. This one records nothing."""

    def received(
        self,
        offered: str | None,
        *,
        sampled: bool,  # noqa: ARG002
        kind: Kind,  # noqa: ARG002
        name: str,  # noqa: ARG002
    ) -> Span:
        """Work that a stranger asked for, in the trace that they offer, else in a new one.

        Whether it is recorded is for us to say: a stranger's flag counts for nothing.
        """
        offered = valid(offered)
        return Span(f"{offered[:-2]}00" if offered else _new())

    def continued(
        self,
        traceparent: str | None,
        kind: Kind,  # noqa: ARG002
        name: str,  # noqa: ARG002
        attributes: Attributes | None = None,  # noqa: ARG002
    ) -> Span:
        """Work that another part of ours caused, recorded if that was."""
        return Span(traceparent)


def is_sampled(traceparent: str) -> bool:
    """Its flag says that the trace is recorded."""
    return bool(int(traceparent[-2:], 16) & SAMPLED)


def _new() -> str:
    # One call for both ids: this is done for each request.
    digits = secrets.token_hex(24)
    return f"00-{digits[:32]}-{digits[32:]}-00"
