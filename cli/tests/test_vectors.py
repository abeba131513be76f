"""The vectors of contracts/vectors, every one."""

import hashlib
import json
from pathlib import Path

import pytest

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode
from onasty_cli.links import NoteLink
from onasty_cli.protocol import base64url
from onasty_cli.protocol.content import seal, unseal
from onasty_cli.protocol.header import Header
from onasty_cli.protocol.keys import Keys
from onasty_cli.protocol.plaintext import padded_length
from onasty_cli.protocol.unreadable_error import UnreadableError

FOLDER = Path(__file__).parents[2] / "contracts" / "vectors"
NOTES, REFUSED, LENGTHS, LINKS = (
    json.loads((FOLDER / f"{name}.json").read_text()) for name in ("notes", "refused", "lengths", "links")
)


def named(vectors):
    return [pytest.param(vector, id=vector.get("name") or vector["link"]) for vector in vectors]


@pytest.mark.parametrize("vector", named(NOTES))
def test_a_note_is_made_as_the_vector_says_and_read_back(vector):
    header = Header(
        vector["password"] is not None,
        base64url.decode(vector["nonce"]),
        base64url.decode(vector["salt"]),
    )
    assert header.encode() == vector["header"]
    assert Header.decode(vector["header"]) == header

    keys = Keys.derive(base64url.decode(vector["key"]), header, vector["password"])
    assert keys.link_proof == vector["link_proof"]
    assert keys.password_proof == vector["password_proof"]
    assert base64url.encode(keys.content) == vector["content_key"]

    text = vector["text"] * vector["times"]
    content = seal(text, header, keys.content)
    assert vector["content"] in {None, content}
    assert len(content) == vector["content_length"]
    digest = hashlib.sha256(content.encode()).digest()
    assert base64url.encode(digest) == vector["content_sha256"]
    assert unseal(content, header, keys.content) == text


@pytest.mark.parametrize("vector", named(REFUSED))
def test_a_note_that_breaks_a_rule_is_refused_by_it(vector):
    with pytest.raises(UnreadableError) as refused:
        header = Header.decode(vector["header"])
        keys = Keys.derive(base64url.decode(vector["key"]), header, vector["password"])
        unseal(vector["content"], header, keys.content)
    assert refused.value.rule == vector["rule"]


def test_lengths_are_padded_as_the_vectors_say():
    assert [[length, padded_length(length)] for length, _ in LENGTHS] == LENGTHS


@pytest.mark.parametrize("vector", named(LINKS["good"]))
def test_a_link_is_read(vector):
    link = NoteLink.parse(vector["link"])
    key = base64url.decode(vector["key"]) if vector["key"] else None
    assert (link.server, link.slug, link.key) == (vector["server"], vector["slug"], key)
    assert NoteLink.parse(str(link)) == link


@pytest.mark.parametrize("vector", named(LINKS["refused"]))
def test_a_broken_link_is_refused_without_being_repeated(vector):
    with pytest.raises(CommandError) as refused:
        NoteLink.parse(vector["link"])
    wanted = {"key": ExitCode.LINK_INCOMPLETE, "address": ExitCode.USAGE}[vector["rule"]]
    assert refused.value.code is wanted
    assert "Jx2mVfr" not in refused.value.message
