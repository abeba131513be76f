"""The one way a request fails.

    ServiceError(code, detail, fields)
        code     one of `ErrorCode`: what a program decides by
        detail   one sentence for a person, safe to show to whoever asked
        fields   further facts for that person, such as `read_at`

An error that is none of these is a defect: it is logged where it happened and leaves as `internal`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field, ValidationError

# ADR-32 of NATS: how a micro service marks a reply as an error.
ERROR_HEADER = "Nats-Service-Error"
ERROR_CODE_HEADER = "Nats-Service-Error-Code"


class ErrorCode(StrEnum):
    """The closed set of reasons. A new one is a change of the contract."""

    # the request itself
    INVALID_REQUEST = "invalid_request"
    UNAUTHENTICATED = "unauthenticated"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BODY_TOO_LARGE = "body_too_large"
    BODY_TOO_SLOW = "body_too_slow"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    PREFETCH_REFUSED = "prefetch_refused"
    TOO_MANY_REQUESTS = "too_many_requests"
    # notes
    CONTENT_TOO_LARGE = "content_too_large"
    SLUG_TAKEN = "slug_taken"
    NOTE_NOT_FOUND = "note_not_found"
    NOTE_ALREADY_READ = "note_already_read"
    NOTE_EXPIRED = "note_expired"
    NOTE_PASSWORD_WRONG = "note_password_wrong"  # noqa: S105
    NOTE_PROOF_WRONG = "note_proof_wrong"
    TOO_MANY_GUESSES = "too_many_guesses"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    # accounts
    SIGN_UP_CLOSED = "sign_up_closed"
    ORIGIN_REFUSED = "origin_refused"
    CREDENTIALS_WRONG = "credentials_wrong"
    USER_NOT_ACTIVATED = "user_not_activated"
    LINK_INVALID = "link_invalid"
    PASSWORD_WRONG = "password_wrong"  # noqa: S105
    SIGN_IN_AGAIN = "sign_in_again"
    SESSION_INVALID = "session_invalid"
    SESSION_NOT_FOUND = "session_not_found"
    PROVIDER_UNKNOWN = "provider_unknown"
    OAUTH_STATE_INVALID = "oauth_state_invalid"
    OAUTH_REFUSED = "oauth_refused"
    OAUTH_EMAIL_UNVERIFIED = "oauth_email_unverified"
    OAUTH_IDENTITY_TAKEN = "oauth_identity_taken"
    IDENTITY_NEEDED = "identity_needed"
    LETTER_OBSOLETE = "letter_obsolete"
    # the surroundings
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    INTERNAL = "internal"


class ServiceError(Exception):
    """A refusal that may be shown to the caller: nothing secret may stand in `detail` or `fields`."""

    def __init__(self, code: ErrorCode, detail: str, /, **fields: Any) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.fields: dict[str, Any] = fields


class ErrorReply(BaseModel):
    """A `ServiceError` as it crosses between services: the body beside the headers of ADR-32."""

    code: ErrorCode
    detail: str
    fields: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def of(cls, error: ServiceError) -> ErrorReply:
        return cls(code=error.code, detail=error.detail, fields=error.fields)

    def error(self) -> ServiceError:
        return ServiceError(self.code, self.detail, **self.fields)


MAX_NAMED_PROBLEMS = 5
MAX_NAMED_LENGTH = 64


def invalid_request(error: ValidationError) -> ServiceError:
    """Say which fields are wrong and why, and never what they held.

    Field names come from the caller, so they are cut to 64 characters, and at most 5 are named.
    """
    problems = [
        f"{_field(problem['loc'])}{_reason(problem['type'], problem['msg'])}"
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    more = len(problems) - MAX_NAMED_PROBLEMS
    detail = "; ".join(problems[:MAX_NAMED_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
    return ServiceError(ErrorCode.INVALID_REQUEST, detail)


def _field(location: tuple[int | str, ...]) -> str:
    # Printable ASCII alone, so that a name with a line feed or a bidi mark cannot dress up as our text.
    name = ".".join(str(part) for part in location)[:MAX_NAMED_LENGTH]
    return f"{re.sub(r'[^ -~]', '?', name)}: " if name else ""


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown field"
    if kind == "json_invalid":
        return f"the body is not valid JSON ({message.removeprefix('Invalid JSON: ')})"
    return message.removeprefix("Value error, ")
