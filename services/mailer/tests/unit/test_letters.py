"""What people read, compared with what was approved; and the mail around it."""

import os
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default
from pathlib import Path
from uuid import UUID

import jinja2
import pytest

from mailer.domain.failure import RefusedError
from mailer.domain.letter import Details, Job, Letter
from mailer.letters.writer import TEMPLATES, LetterWriter

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
EVENT = UUID("019a0000-0000-7000-8000-000000000001")
TIME = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
LINK = "https://notes.example.org/verify#" + "a1B-_c" * 7 + "e"
WRITER = LetterWriter(Address("Onasty", addr_spec="onasty@example.org"), "https://notes.example.org/")
APPROVE = "ONASTY_APPROVE_LETTERS"
HINT = f"look at the letter; if it is meant so, run this with {APPROVE}=1, and commit"
WITH_LINK = {Letter.VERIFY, Letter.RESET_PASSWORD, Letter.CONFIRM_EMAIL}


def written(letter, **details):
    values = {"recipient": "reader@example.net", "requested_at": TIME, "link": LINK, **details}
    job = Job(EVENT, letter, EVENT, TIME, 0, timedelta(0))
    return message_from_bytes(WRITER.write(job, Details(**values)).as_bytes(), policy=default)


@pytest.mark.parametrize("kind", ["txt", "html"])
@pytest.mark.parametrize("letter", Letter)
def test_a_letter_reads_as_approved(letter, kind):
    text = WRITER.render(letter, Details("reader@example.net", TIME, LINK), kind)
    path = SNAPSHOTS / f"{letter}.{kind}"
    if os.environ.get(APPROVE):
        path.write_text(text)
    assert path.exists(), f"{path.name} is missing: {HINT}"
    assert text == path.read_text(), f"{path.name} differs: {HINT}"


@pytest.mark.parametrize("letter", Letter)
def test_a_letter_is_a_sound_mail(letter):
    mail = written(letter)

    assert not mail.defects
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert not [part.defects for part in mail.iter_parts() if part.defects]
    assert mail["Message-ID"] == f"<{EVENT}@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert str(mail["From"]) == "Onasty <onasty@example.org>"
    assert str(mail["To"]) == "reader@example.net"
    assert mail["Date"].datetime is not None
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert max(len(line) for line in text.splitlines() if LINK not in line) <= 76
    assert "2 January 2026 at 03:04 UTC" in text
    assert "2 January 2026 at 03:04 UTC" in html
    assert "You get this mail because" in text
    assert "You get this mail because" in html
    assert (LINK in text, LINK in html) == (letter in WITH_LINK,) * 2
    # Nothing is loaded from anywhere when it is opened.
    assert not [word for word in ("<img", "src=", "url(", "@import", "<script", "<link") if word in html]


@pytest.mark.parametrize("letter", sorted(WITH_LINK))
def test_a_letter_without_its_link_is_not_written(letter):
    with pytest.raises(jinja2.UndefinedError):
        written(letter, link=None)


def test_what_is_not_ascii_travels_as_ascii():
    link = "https://nötes.example.org/verify#ü"
    job = Job(EVENT, Letter.VERIFY, EVENT, TIME, 0, timedelta(0))
    raw = WRITER.write(job, Details("reader@example.net", TIME, link)).as_bytes()

    assert raw.isascii()
    assert max(len(line) for line in raw.splitlines()) <= 78
    mail = message_from_bytes(raw, policy=default)
    assert link in mail.get_body(("plain",)).get_content()
    assert link in mail.get_body(("html",)).get_content()


def test_html_is_escaped_and_text_is_not():
    link = 'https://notes.example.org/?a=1&b="><script>'
    mail = written(Letter.VERIFY, link=link)

    assert link in mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "?a=1&amp;b=&#34;&gt;&lt;script&gt;" in html


@pytest.mark.parametrize(
    "recipient",
    ["", "reader", "reader@", "@example.net", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example"],
)
def test_what_is_no_address_is_refused(recipient):
    with pytest.raises(RefusedError) as caught:
        written(Letter.VERIFY, recipient=recipient)
    assert str(caught.value) == "recipient is no address"


def test_every_template_belongs_to_a_letter():
    names = {f"{letter}.{kind}" for letter in Letter for kind in ("txt", "html")}
    assert {path.name for path in TEMPLATES.iterdir()} == names | {"layout.html", "layout.txt", "parts.html"}
    assert {path.name for path in SNAPSHOTS.iterdir()} == names
