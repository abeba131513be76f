"""The rules of a note's life."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.actor import Actor
from contracts.errors import ErrorCode, ServiceError
from contracts.notes.rpc import CreateNote
from notes.domain.note import (
    Limits,
    NoteRecord,
    Protection,
    authored,
    known,
    managed,
    new_slug,
    readable,
    unread,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LIMITS = Limits(max_content_bytes=8, max_encrypted_bytes=16, longest_lifetime=timedelta(days=365))
AUTHOR = Actor(UUID(int=1), UUID(int=2))
STRANGER = Actor(UUID(int=3), UUID(int=4))

NOTE = NoteRecord(
    id=UUID(int=9),
    slug="a-note",
    version=0,
    author_id=AUTHOR.user_id,
    created_at=NOW - SECOND,
    expires_at=NOW + SECOND,
    read_at=None,
    deleted_at=None,
    erased=False,
    keep=False,
    max_views=1,
    views_taken=0,
    encryption=None,
    protection=Protection(),
    manage_token_hash=None,
    refused_attempts=0,
)
READ = replace(NOTE, views_taken=1, read_at=NOW, erased=True)


def refused(call) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        call()
    return caught.value


def test_slugs_are_random_and_fit_the_contract():
    slugs = {new_slug() for _ in range(1000)}
    assert len(slugs) == 1000
    assert all(CreateNote(content="x", slug=slug).slug == slug for slug in slugs)


def test_size_is_counted_in_bytes_and_the_limit_is_named():
    assert LIMITS.content("éééé", encrypted=False) == "éééé".encode()
    error = refused(lambda: LIMITS.content("ééééx", encrypted=False))
    assert error.code is ErrorCode.CONTENT_TOO_LARGE
    assert error.detail == "content: 9 bytes are more than the limit of 8 bytes"


def test_an_encrypted_note_has_room_for_padding_and_base64():
    assert len(LIMITS.content("x" * 16, encrypted=True)) == 16
    assert "limit of 16 bytes" in refused(lambda: LIMITS.content("x" * 17, encrypted=True)).detail


def test_without_a_wish_a_note_lives_as_long_as_it_may():
    assert LIMITS.expiry(None, now=NOW) == NOW + LIMITS.longest_lifetime
    assert LIMITS.expiry(NOW + SECOND, now=NOW) == NOW + SECOND


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (NOW, "expires_at: the time is past"),
        (NOW - SECOND, "expires_at: the time is past"),
        (NOW + LIMITS.longest_lifetime + SECOND, "expires_at: a note is kept for 365 days at most"),
        (datetime(9999, 12, 31, tzinfo=UTC), "expires_at: a note is kept for 365 days at most"),
    ],
)
def test_an_expiry_outside_its_bounds_is_refused(wish, says):
    error = refused(lambda: LIMITS.expiry(wish, now=NOW))
    assert (error.code, error.detail) == (ErrorCode.INVALID_REQUEST, says)


def test_an_unread_note_can_be_read_until_its_expiry():
    assert readable(NOTE, now=NOW) is NOTE
    assert refused(lambda: readable(NOTE, now=NOTE.expires_at)).code is ErrorCode.NOTE_EXPIRED


def test_a_note_that_was_swept_before_its_expiry_counts_as_expired():
    assert refused(lambda: readable(replace(NOTE, erased=True), now=NOW)).code is ErrorCode.NOTE_EXPIRED


def test_a_read_note_tells_when_also_after_its_expiry():
    error = refused(lambda: readable(READ, now=NOW + 2 * SECOND))
    assert error.code is ErrorCode.NOTE_ALREADY_READ
    assert error.fields == {
        "content": "",
        "read_at": "2026-01-01T00:00:00Z",
        "created_at": "2025-12-31T23:59:59Z",
    }


def test_a_note_of_several_views_can_be_read_until_the_last_is_taken():
    twice = replace(NOTE, max_views=2, views_taken=1, read_at=NOW)
    assert readable(twice, now=NOW).views_left == 1
    assert refused(lambda: readable(replace(twice, views_taken=2), now=NOW)).code == "note_already_read"


def test_a_note_that_is_kept_always_has_a_view():
    assert readable(replace(NOTE, keep=True, read_at=NOW), now=NOW).views_left == 1


@pytest.mark.parametrize("note", [None, replace(NOTE, deleted_at=NOW)])
def test_an_unknown_note_and_a_deleted_one_are_alike(note):
    assert refused(lambda: known(note)).code is ErrorCode.NOTE_NOT_FOUND
    assert refused(lambda: readable(note, now=NOW)).code is ErrorCode.NOTE_NOT_FOUND


def test_only_an_unread_note_may_change():
    assert unread(NOTE, now=NOW) is NOTE
    for read in (READ, replace(NOTE, keep=True, read_at=NOW)):
        assert refused(lambda read=read: unread(read, now=NOW)).code is ErrorCode.NOTE_ALREADY_READ


def test_a_note_changes_for_its_author_alone():
    assert authored(NOTE, AUTHOR) is NOTE
    assert refused(lambda: authored(NOTE, STRANGER)).code is ErrorCode.NOTE_NOT_FOUND
    assert refused(lambda: authored(replace(NOTE, author_id=None), AUTHOR)).code is ErrorCode.NOTE_NOT_FOUND
    assert refused(lambda: authored(NOTE, None)).code is ErrorCode.UNAUTHENTICATED


def test_a_note_is_managed_by_its_author_or_by_its_token():
    with_token = replace(NOTE, manage_token_hash=b"hash")
    assert managed(NOTE, AUTHOR, lambda _: False) is NOTE
    assert managed(with_token, None, lambda expected: expected == b"hash") is with_token
    for note, actor in ((with_token, STRANGER), (with_token, None), (NOTE, None), (None, AUTHOR)):
        error = refused(lambda note=note, actor=actor: managed(note, actor, lambda _: False))
        assert error.code is ErrorCode.NOTE_NOT_FOUND
    # Without a hash to compare with, there is nothing that a token could match.
    assert refused(lambda: managed(NOTE, None, lambda _: True)).code is ErrorCode.NOTE_NOT_FOUND
