"""What travels beside a request, in headers."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.actor import Actor
from contracts.errors import ErrorCode, ServiceError

REQUEST_ID = "Onasty-Request-Id"
DEADLINE = "Onasty-Deadline-Ms"
ACTOR = "Onasty-Actor"
CLIENT = "Onasty-Client"
IDEMPOTENCY_KEY = "Onasty-Idempotency-Key"
TRACEPARENT = "traceparent"

MAX_DEADLINE_LENGTH = 15

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def request_id(offered: str | None = None, own: str | None = None) -> str:
    """What a caller offers, if it is 1 to 64 of `A-Z a-z 0-9 . _ -`; else `own`, else a new random one."""
    if offered and _REQUEST_ID.fullmatch(offered):
        return offered
    return own or secrets.token_hex(16)


def traceparent(offered: str | None) -> str | None:
    """What a caller offers, if it is a W3C traceparent of version 00; else none."""
    return offered if offered and _TRACEPARENT.fullmatch(offered) else None


def _milliseconds(text: str) -> int:
    # Longer ones are no time, and as a number too large to reckon with.
    if len(text) > MAX_DEADLINE_LENGTH:
        raise ValueError("the deadline is no time")
    return int(text)


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Identity and deadline of one request. The deadline is absolute, in Unix milliseconds.

    Machines compare it with their own clock: keep them in step to well under a second. `client` is a keyed
    hash of the client's address; `idempotency_key` is what the client sent so that it may repeat.
    """

    deadline_ms: int
    request_id: str = field(default_factory=request_id)
    actor: Actor | None = None
    traceparent: str | None = None
    client: str | None = None
    idempotency_key: str | None = None

    @classmethod
    def lasting(
        cls,
        seconds: float,
        *,
        request_id: str,
        actor: Actor | None = None,
        traceparent: str | None = None,
        client: str | None = None,
        idempotency_key: str | None = None,
    ) -> RequestContext:
        """A context whose deadline is so many seconds from now."""
        deadline_ms = int((time.time() + seconds) * 1000)
        return cls(deadline_ms, request_id, actor, traceparent, client, idempotency_key)

    def remaining(self) -> float:
        """Seconds until the deadline; negative once it has passed."""
        return self.deadline_ms / 1000 - time.time()

    def check_deadline(self) -> None:
        """Raises `deadline_exceeded` once it has passed: nobody waits for the answer any more."""
        if self.remaining() <= 0:
            raise ServiceError(
                ErrorCode.DEADLINE_EXCEEDED,
                "The request's deadline had passed before it was begun.",
            )

    def headers(self) -> dict[str, str]:
        headers = {REQUEST_ID: self.request_id, DEADLINE: str(self.deadline_ms)}
        if self.actor is not None:
            headers[ACTOR] = str(self.actor)
        optional = {
            TRACEPARENT: self.traceparent,
            CLIENT: self.client,
            IDEMPOTENCY_KEY: self.idempotency_key,
        }
        headers |= {name: value for name, value in optional.items() if value is not None}
        return headers

    @classmethod
    def from_headers(cls, headers: Mapping[str, str] | None) -> RequestContext:
        """Raises `invalid_request` when the deadline is missing or a header does not parse."""
        headers = headers or {}
        try:
            return cls(
                deadline_ms=_milliseconds(headers[DEADLINE]),
                request_id=request_id(headers.get(REQUEST_ID)),
                actor=Actor.parse(headers[ACTOR]) if ACTOR in headers else None,
                traceparent=traceparent(headers.get(TRACEPARENT)),
                client=headers.get(CLIENT),
                idempotency_key=headers.get(IDEMPOTENCY_KEY),
            )
        except (KeyError, ValueError) as error:
            raise ServiceError(
                ErrorCode.INVALID_REQUEST,
                f"A header is missing or malformed: {DEADLINE} or {ACTOR}.",
            ) from error
