"""A secret through the command line, from one end to the other."""

import json
from datetime import datetime

import pytest

from .conftest import slug_of

pytestmark = pytest.mark.e2e


async def test_send_prints_just_the_link_and_read_just_the_secret_once(onasty, database):
    sent = await onasty.run("send", stdin=b"secret\n")
    assert (sent.code, sent.err) == (0, "")
    link = sent.out.decode()
    assert link.startswith(f"{onasty.server}/secret/")
    assert link.count("\n") == 1

    read = await onasty.run("read", link.strip())
    assert (read.code, read.out, read.err) == (0, b"secret\n", "")
    row = await database.fetchrow("SELECT content FROM notes WHERE slug = $1", slug_of(link))
    assert row["content"] is None, "read, and not acknowledged"
    assert onasty.claims == []

    again = await onasty.run("read", link.strip())
    assert (again.code, again.out) == (4, b"")
    assert again.err.startswith("onasty: Somebody has read this note already, at ")
    assert again.err.count("\n") == 1


@pytest.mark.parametrize(
    "text",
    [b"x", "\ufeffgr\u00fc\u00dfe \U0001f511\r\n\x00".encode(), b"0123456789abcdef" * 32768],
    ids=["a byte", "every kind of character", "512 KiB"],
)
async def test_every_text_arrives_as_it_was(onasty, text):
    assert (await onasty.run("read", await onasty.send(text))).out == text


async def test_a_file_in_and_a_file_out(onasty, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("secret")
    link = await onasty.send(b"", str(source))
    target.write_text("precious")
    refused = await onasty.run("read", link, "--output", str(target))
    assert (refused.code, target.read_text()) == (2, "precious")
    target.unlink()
    read = await onasty.run("read", "-", "--output", str(target), stdin=link.encode())
    assert (read.code, read.out, target.read_text()) == (0, b"", "secret")
    assert target.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".onasty-*"))


async def test_a_wrong_password_burns_nothing(onasty, tmp_path):
    password = tmp_path / "password"
    password.write_text("corr\u00e9ct horse\n")
    link = await onasty.send(b"secret", "--password-file", str(password))
    unasked = await onasty.run("read", link)
    assert (unasked.code, unasked.out) == (2, b"")
    wrong = await onasty.run("read", link, ONASTY_PASSWORD="incorrect")
    assert (wrong.code, wrong.out) == (3, b"")
    assert wrong.err == "onasty: The password is wrong. Nothing was burned.\n"
    # The same to NFKC: an e and an accent.
    right = await onasty.run("read", link, ONASTY_PASSWORD="corre\u0301ct horse")
    assert (right.code, right.out) == (0, b"secret")


async def test_a_password_in_the_environment_protects_only_what_asks_for_one(onasty):
    link = await onasty.send(b"secret", ONASTY_PASSWORD="for reading")
    assert (await onasty.run("read", link)).out == b"secret"
    link = await onasty.send(b"secret", "--password", ONASTY_PASSWORD="for both")
    assert (await onasty.run("read", link)).code == 2
    assert (await onasty.run("read", link, ONASTY_PASSWORD="for both")).out == b"secret"


async def test_a_link_that_is_not_whole_burns_nothing(onasty):
    link = await onasty.send(b"secret")
    address, _, key = link.partition("#")
    other = key[::-1][1:] + "A"
    for broken in (address, f"{address}#{other}"):  # the vectors have those that no server is asked about
        read = await onasty.run("read", broken)
        assert (read.code, read.out) == (10, b""), broken
        assert "othing was" in read.err
    assert (await onasty.run("read", link)).out == b"secret"


async def test_notes_of_the_api_are_read_too(onasty, write):
    plain = (await write("plain\n")).rpartition("/")[2]
    assert (await onasty.run("read", f"{onasty.server}/secret/{plain}")).out == b"plain\n"
    locked = (await write("locked", password="hint")).rpartition("/")[2]
    link = f"{onasty.server}/secret/{locked}"
    assert (await onasty.run("read", link, ONASTY_PASSWORD="other")).code == 3
    assert (await onasty.run("read", link, ONASTY_PASSWORD="hint")).out == b"locked"


async def test_json_tells_all_of_it(onasty):
    sent = await onasty.run("send", "--json", "--views", "2", "--expires", "7d", stdin=b"secret")
    note = json.loads(sent.out)
    read = json.loads((await onasty.run("read", note["link"], "--json")).out)
    assert read["text"] == "secret"
    lifetime = datetime.fromisoformat(read["expires_at"]) - datetime.fromisoformat(read["created_at"])
    assert lifetime.total_seconds() == pytest.approx(7 * 86400, abs=60)
    status = json.loads((await onasty.run("status", note["slug"], "--json")).out)
    assert (status["state"], status["views_taken"], status["max_views"]) == ("revealed", 1, 2)
    assert (await onasty.run("read", note["link"])).out == b"secret"
    assert (await onasty.run("read", note["link"])).code == 4


async def test_a_note_is_kept_until_it_expires(onasty):
    link = await onasty.send(b"secret", "--keep", "--expires", "1h")
    for _ in range(2):
        assert (await onasty.run("read", link)).out == b"secret"


async def test_its_sender_sees_and_burns_it(onasty, tmp_path):
    note = json.loads((await onasty.run("send", "--json", stdin=b"secret")).out)
    status = await onasty.run("status", "-", stdin=note["link"].encode())
    assert status.out.startswith(b"state            unread\n")
    (listed,) = json.loads((await onasty.run("list", "--json")).out)
    assert (listed["slug"], listed["manage_link"]) == (note["slug"], note["manage_link"])
    stranger = await onasty.run("status", note["slug"], ONASTY_MANAGE_TOKEN="A" * 43)
    assert stranger.code == 6
    # Elsewhere nothing is kept.
    here, onasty.home = onasty.home, tmp_path / "elsewhere"
    assert (await onasty.run("status", note["manage_link"])).code == 0
    onasty.home = here
    assert (await onasty.run("burn", note["slug"])).code == 0
    assert (await onasty.run("read", note["link"])).code == 6
    assert json.loads((await onasty.run("list", "--json")).out) == []


async def test_a_chosen_slug_and_a_taken_one(onasty):
    link = await onasty.send(b"secret", "--slug", "chosen-by-hand")
    assert slug_of(link) == "chosen-by-hand"
    refused = await onasty.run("send", "--slug", "chosen-by-hand", stdin=b"secret")
    assert (refused.code, refused.out) == (11, b"")


async def test_the_qr_code_goes_to_stderr(onasty):
    sent = await onasty.run("send", "--qr", stdin=b"secret")
    assert sent.out.count(b"\n") == 1
    assert "\u2588" in sent.err


async def test_nothing_that_is_kept_holds_a_secret(onasty):
    link = await onasty.send(b"the secret", "--password", ONASTY_PASSWORD="the password")
    key = link.partition("#")[2]
    await onasty.run("read", link, ONASTY_PASSWORD="wrong")
    kept = "".join(path.read_text() for path in onasty.home.rglob("*") if path.is_file())
    assert slug_of(link) in kept
    for secret in (key, "the secret", "the password"):
        assert secret not in kept
