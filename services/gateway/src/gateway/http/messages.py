"""From HTTP to messages of the contracts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from aiohttp import web
from pydantic import ValidationError

from contracts.errors import invalid_request
from contracts.messages import Message
from gateway.http.body import BodyReader

M = TypeVar("M", bound=Message)


def told(make: Callable[[], M]) -> M:
    """A message, or `invalid_request` naming what is wrong with it."""
    try:
        return make()
    except ValidationError as error:
        raise invalid_request(error) from error


async def read_message(kind: type[M], request: web.Request, bodies: BodyReader) -> M:
    """The request's body; an empty one is `{}`. Raises `invalid_request`, and what reading it raises."""
    body = await bodies.read(request)
    return told(lambda: kind.model_validate_json(body or b"{}"))


def slug_of(request: web.Request) -> str:
    return request.match_info["slug"]
