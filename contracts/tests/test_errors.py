"""What a refusal may say."""

import pytest
from pydantic import ValidationError

from contracts.errors import ErrorCode, ErrorReply, ServiceError, invalid_request
from contracts.notes.rpc import CreateNote

NO_TIME = "expires_at: a time is RFC 3339, such as 2026-01-31T12:00:00Z"
SECRET = "correct horse battery staple"


def refused(body: bytes) -> ServiceError:
    with pytest.raises(ValidationError) as caught:
        CreateNote.model_validate_json(body)
    return invalid_request(caught.value)


def test_an_error_crosses_the_wire_whole():
    error = ServiceError(ErrorCode.NOTE_ALREADY_READ, "The note was already read.", read_at="now")
    crossed = ErrorReply.model_validate_json(ErrorReply.of(error).model_dump_json()).error()
    assert (crossed.code, crossed.detail, crossed.fields) == (error.code, error.detail, error.fields)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"content": ""}', "content: String should have at least 1 character"),
        (b'{"content": 5}', "content: Input should be a valid string"),
        (b"{}", "content: Field required"),
        (b"[]", "Input should be an object"),
        (b"", "the body is not valid JSON (EOF while parsing a value at line 1 column 0)"),
        (
            b'{"content": "\xff"}',
            "the body is not valid JSON (invalid unicode code point at line 1 column 14)",
        ),
        (b'{"content": "x", "slug": "a/b"}', "slug: String should match pattern '^[a-zA-Z0-9_-]+$'"),
        (b'{"content": "x", "slug": "ab"}', "slug: String should have at least 3 characters"),
        (b'{"content": "x", "slug": "unread"}', "slug: the slug 'unread' is reserved"),
        (b'{"content": "x", "burn": 1}', "burn: unknown field"),
        (b'{"content": "x", "expires_at": 1}', NO_TIME),
        (b'{"content": "x", "expires_at": "1900000000"}', NO_TIME),
        (b'{"content": "x", "expires_at": "2030-01-01 00:00:00Z"}', NO_TIME),
        (b'{"content": "x", "expires_at": "2030-01-01T00:00Z"}', NO_TIME),
        (b'{"content": "x", "expires_at": "2026-01-01T00:00:00"}', NO_TIME),
    ],
)
def test_a_refusal_names_the_field_and_the_reason(body, says):
    error = refused(body)
    assert error.code is ErrorCode.INVALID_REQUEST
    assert error.detail == says


@pytest.mark.parametrize(
    "body",
    [
        f'{{"content": "{SECRET}", "slug": "{SECRET}"}}',
        f'{{"content": ["{SECRET}"]}}',
        f'{{"content": "{SECRET}"',
        f'"{SECRET}"',
        f'{{"content": "x", "expires_at": "{SECRET}"}}',
    ],
)
def test_a_refusal_never_says_what_was_sent(body):
    assert SECRET not in refused(body.encode()).detail


def test_field_names_of_strangers_are_cut_cleaned_and_few():
    body = b'{"content": "x", "' + b"n" * 500 + b'": 1, "a\\nb\\u202e": 1, "c": 1, "d": 1, "e": 1, "f": 1}'
    detail = refused(body).detail
    assert "n" * 64 + ": unknown field" in detail
    assert "n" * 65 not in detail
    assert "a?b?: unknown field" in detail
    assert detail.endswith("; and 1 more")


@pytest.mark.parametrize("absent", ["null", '""', '"0001-01-01T00:00:00Z"'])
def test_what_the_go_clients_send_for_absent_is_absent(absent):
    body = f'{{"content": "x", "slug": {absent}, "expires_at": {absent}}}'
    request = CreateNote.model_validate_json(body)
    assert (request.slug, request.expires_at) == (None, None)
