"""The rules of a note's life."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.errors import ErrorCode, ServiceError
from contracts.notes.rpc import CreateNote
from notes.domain.note import Limits, NewNote, NoteTimes, new_slug, readable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = Limits(max_content_bytes=8, longest_lifetime=timedelta(days=365))
SECOND = timedelta(seconds=1)


def make(content: str = "text", *, slug: str | None = None, expires_at: datetime | None = None) -> NewNote:
    return NewNote.make(
        content, slug=slug, expires_at=expires_at, author_id=UUID(int=1), now=NOW, limits=LIMITS
    )


def refused(call) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        call()
    return caught.value


def test_a_note_without_wishes_gets_a_slug_and_the_longest_lifetime():
    note = make()
    assert note.expires_at == NOW + LIMITS.longest_lifetime
    assert note.author_id == UUID(int=1)
    assert len(note.slug) == 22
    assert CreateNote(content="x", slug=note.slug).slug == note.slug


def test_slugs_are_random():
    assert len({new_slug() for _ in range(1000)}) == 1000


def test_wishes_are_kept():
    note = make(slug="mine", expires_at=NOW + SECOND)
    assert (note.slug, note.expires_at) == ("mine", NOW + SECOND)


def test_size_is_counted_in_bytes_and_the_limit_is_named():
    assert make("éééé").content == "éééé".encode()
    error = refused(lambda: make("ééééx"))
    assert error.code is ErrorCode.CONTENT_TOO_LARGE
    assert error.detail == "content: 9 bytes are more than the limit of 8 bytes"


@pytest.mark.parametrize(
    ("expires_at", "says"),
    [
        (NOW, "expires_at: the time is past"),
        (NOW - SECOND, "expires_at: the time is past"),
        (NOW + LIMITS.longest_lifetime + SECOND, "expires_at: a note is kept for 365 days at most"),
        (datetime(9999, 12, 31, tzinfo=UTC), "expires_at: a note is kept for 365 days at most"),
    ],
)
def test_an_expiry_outside_its_bounds_is_refused(expires_at, says):
    error = refused(lambda: make(expires_at=expires_at))
    assert (error.code, error.detail) == (ErrorCode.INVALID_REQUEST, says)


def test_an_unread_note_can_be_read_until_its_expiry():
    times = NoteTimes(NOW, NOW + SECOND, None)
    assert readable(times, now=NOW) is times
    assert refused(lambda: readable(times, now=NOW + SECOND)).code is ErrorCode.NOTE_EXPIRED


def test_a_read_note_tells_when_also_after_its_expiry():
    times = NoteTimes(NOW, NOW + SECOND, NOW)
    error = refused(lambda: readable(times, now=NOW + 2 * SECOND))
    assert error.code is ErrorCode.NOTE_ALREADY_READ
    assert error.fields == {
        "content": "",
        "read_at": "2026-01-01T00:00:00Z",
        "created_at": "2026-01-01T00:00:00Z",
    }


def test_an_unknown_note_is_not_found():
    assert refused(lambda: readable(None, now=NOW)).code is ErrorCode.NOTE_NOT_FOUND
