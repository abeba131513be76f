"""What every operation has in common: refusals by status, and the components that descriptions refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from contracts.errors import ErrorCode
from gateway.http.session_cookie import SESSION_COOKIE
from gateway.middleware.errors import CONTENT_TYPE, STATUS

Json = dict[str, Any]

_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
PROBLEM: Json = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457). Further fields may follow.",
    "required": ["type", "title", "status", "detail", "code", "request_id", "message"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:onasty:problem:[a-z_]+$"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {**_TEXT, "description": "for people"},
        "code": {"type": "string", "enum": list(ErrorCode), "description": "for programs"},
        "request_id": {**_TEXT, "description": "stands in the logs"},
        "message": {**_TEXT, "description": "repeats `detail`, for clients of the Go Onasty"},
        "read_at": {**_TIME, "description": "with `note_already_read`"},
        "created_at": {**_TIME, "description": "with `note_already_read`"},
        "content": {"const": "", "description": "with `note_already_read`"},
        "retry_after": {
            "type": "integer",
            "description": "seconds, with `too_many_requests` and `too_many_guesses`",
        },
    },
}
COMPONENTS: Json = {
    "securitySchemes": {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "of a sign-in"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": "of a browser"},
    },
    "headers": {
        "RequestId": {
            "description": "Yours, if it was 1 to 64 letters, digits, `.`, `_` or `-`; else a new one.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
        },
        "RetryAfter": {"description": "In how many seconds to try again.", "schema": {"type": "string"}},
        "RateLimit": {
            "description": "What is left of each limit that was asked, and after how many seconds all "
            "is there again (draft-ietf-httpapi-ratelimit-headers-10). Absent while "
            "limits are off or not shared.",
            "schema": {"type": "string"},
            "example": '"general";r=119;t=1',
        },
        "RateLimitPolicy": {
            "description": "Those limits: how many requests at once, and again within how many seconds.",
            "schema": {"type": "string"},
            "example": '"general";q=120;w=2',
        },
        "WwwAuthenticate": {"description": "What is asked for.", "schema": {"type": "string"}},
    },
    "schemas": {"Problem": PROBLEM},
}
# Of every answer.
HEADERS = {"X-Request-Id": "RequestId", "RateLimit": "RateLimit", "RateLimit-Policy": "RateLimitPolicy"}
_OF_STATUS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "WwwAuthenticate"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "RetryAfter"},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "RetryAfter"},
}


def references(headers: Mapping[str, str]) -> Json:
    """Headers of an answer, by the names of their components."""
    return {name: {"$ref": f"#/components/headers/{component}"} for name, component in headers.items()}


def problems(codes: Iterable[ErrorCode]) -> Json:
    """Responses by status, each with the codes that it may have."""
    by_status: dict[HTTPStatus, list[ErrorCode]] = {}
    for code in sorted(codes, key=list(ErrorCode).index):
        by_status.setdefault(STATUS[code], []).append(code)
    return {str(status.value): _problem(status, by_status[status]) for status in sorted(by_status)}


def _problem(status: HTTPStatus, codes: list[ErrorCode]) -> Json:
    headers = HEADERS | _OF_STATUS.get(status, {})
    return {
        "description": ", ".join(f"`{code}`" for code in codes),
        "headers": references(headers),
        "content": {
            CONTENT_TYPE: {
                "schema": {
                    "$ref": "#/components/schemas/Problem",
                    "properties": {"status": {"const": status.value}, "code": {"enum": codes}},
                }
            }
        },
    }
