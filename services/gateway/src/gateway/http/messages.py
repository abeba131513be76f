"""Between HTTP and messages of the contracts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from contracts.errors import ErrorCode, ServiceError, invalid_request
from contracts.messages import Message
from gateway.http.body import BodyReader

SLUG = "slug"
LARGE = 64 * 1024  # bytes

M = TypeVar("M", bound=Message)
_FIELDS = TypeAdapter(dict[str, Any])


def told(make: Callable[[], M]) -> M:
    """A message, or `invalid_request` naming what is wrong with it."""
    try:
        return make()
    except ValidationError as error:
        raise invalid_request(error) from error


async def read_message(kind: type[M], request: web.Request, bodies: BodyReader) -> M:
    """What path and body say; an empty body is `{}`, and a field of the path is none of the body.

    Raises `invalid_request`, and what reading the body raises.
    """
    body = await bodies.read(request)

    def make() -> M:
        fields = _FIELDS.validate_json(body or b"{}")
        in_path = request.match_info
        for name in in_path:
            if name in fields:
                raise ServiceError(ErrorCode.INVALID_REQUEST, f"{name}: unknown field")
        return kind.model_validate({**in_path, **fields})

    return told(make)


def slug_of(request: web.Request) -> str:
    return request.match_info[SLUG]


def json_response(
    body: bytes, *, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An answer that is JSON already."""
    response = web.Response(body=body, status=status, headers=headers, content_type="application/json")
    if len(body) > LARGE:
        # An idle connection keeps its last answer in memory.
        response.force_close()
    return response
