"""What a handler says of itself, beside its code: what its description needs and its route does not say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any, TypeVar

from contracts.errors import ErrorCode
from contracts.messages import Message, Request

HandlerT = TypeVar("HandlerT", bound=Callable[..., Any])
_ATTRIBUTE = "__operation__"


class Identity(Enum):
    """Whether a token or a session's cookie is taken. A bad token is refused also where none is needed."""

    COOKIE = "cookie"
    NOBODY = "nobody"
    ANYBODY = "anybody"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the API.

    `request` is the message that it becomes; its docstring is the operation's description. `body`: its fields
    come in a JSON body, less those that the path gives; `query`: those that come in the query. `headers`:
    what OpenAPI says of each by its name. `reply` is a type that the answer's JSON has, None for an empty
    answer; `stream` instead: what the data of each server-sent event is, by its name; `stream_example` is
    such an answer. `links` lead from the answer to other operations: by their ids, where each of their
    parameters is found, and as `body.NAME` each field of their bodies. `refusals` are those beside what may
    happen to every request.
    """

    id: str
    summary: str
    request: type[Request[Any]] | None = None
    body: bool = False
    reply: Any = None
    stream: Mapping[str, type[Message]] = field(default_factory=dict)
    stream_example: str = ""
    status: HTTPStatus = HTTPStatus.OK
    refusals: tuple[ErrorCode, ...] = ()
    identity: Identity = Identity.ANYBODY
    query: tuple[str, ...] = ()
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reply_headers: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    deprecated: bool = False


def described(operation: Operation) -> Callable[[HandlerT], HandlerT]:
    """Say what a handler does to whoever calls it."""

    def mark(handler: HandlerT) -> HandlerT:
        setattr(handler, _ATTRIBUTE, operation)
        return handler

    return mark


def operation_of(handler: Any) -> Operation | None:
    """What a handler said of itself; None for one that is no part of the described API."""
    found: Operation | None = getattr(handler, _ATTRIBUTE, None)
    return found
