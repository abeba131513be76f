"""Fields of the messages of notes: what each may hold.

Times on the wire are RFC 3339 in UTC with `Z`. Clients of the Go Onasty send `null`, `""` and the zero
time of Go for a value that is absent; all three are read as absent.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

SLUG_MIN_LENGTH = 3
SLUG_MAX_LENGTH = 255
PASSWORD_MAX_LENGTH = 256
# Paths of their own below /note, so never slugs.
RESERVED_SLUGS = frozenset({"read", "unread"})
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_ABSENT = ("", "0001-01-01T00:00:00Z")


def _absent_as_none(value: object) -> object:
    return None if isinstance(value, str) and value in _ABSENT else value


def _rfc_3339(value: object) -> object:
    # Pydantic would also take seconds as a number or in a string, and shorter forms.
    if (
        value is None
        or isinstance(value, datetime)
        or (isinstance(value, str) and _RFC_3339.fullmatch(value))
    ):
        return value
    raise ValueError("a time is RFC 3339, such as 2026-01-31T12:00:00Z")


def _not_reserved(slug: str) -> str:
    if slug in RESERVED_SLUGS:
        raise ValueError(f"the slug '{slug}' is reserved")
    return slug


Slug = Annotated[
    str,
    StringConstraints(min_length=SLUG_MIN_LENGTH, max_length=SLUG_MAX_LENGTH, pattern=r"^[a-zA-Z0-9_-]+$"),
    AfterValidator(_not_reserved),
    Field(json_schema_extra={"not": {"enum": sorted(RESERVED_SLUGS)}}),
]
Absent = Literal[""] | None
OptionalSlug = Annotated[Slug | None, BeforeValidator(_absent_as_none, json_schema_input_type=Slug | Absent)]
OptionalTime = Annotated[
    AwareDatetime | None,
    BeforeValidator(_rfc_3339),
    BeforeValidator(_absent_as_none, json_schema_input_type=AwareDatetime | Absent),
]
OptionalFlag = Annotated[
    bool,
    BeforeValidator(lambda value: False if value is None else value, json_schema_input_type=bool | None),
    Field(strict=True),
]
Content = Annotated[str, Field(min_length=1)]
Password = Annotated[str, Field(min_length=1, max_length=PASSWORD_MAX_LENGTH)]
OptionalPassword = Annotated[
    Password | None, BeforeValidator(_absent_as_none, json_schema_input_type=Password | Absent)
]
# Secrets that a client makes, as unpadded base64url of so many random bytes.
Claim = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]  # 16 bytes
Proof = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]  # 32 bytes
ManageToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]  # 32 bytes
# The public header of an encrypted note: opaque here, given out as it came.
Encryption = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,1024}$")]
