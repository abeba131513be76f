"""Recipients beyond ASCII, on servers that take such addresses and on others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from uuid import uuid4

import pytest

from mailer.commands.deliver_letter import DeliverLetter
from mailer.domain.letter import Details, Job, Letter, Outcome, Result
from mailer.letters.writer import LetterWriter

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC)


@pytest.fixture
def deliver(connect):
    """One attempt at a letter to this recipient, on this sink; gives the result and the letter's id."""

    async def attempt(sink, recipient):
        class Source:
            async def details(self, job):
                return Details(recipient, NOW, "https://notes.example.org/verify#token")

        writer = LetterWriter(Address(addr_spec="onasty@example.org"), "https://notes.example.org")
        job = Job(uuid4(), Letter.VERIFY, uuid4(), NOW, 0, timedelta(0))
        result = await DeliverLetter(Source(), writer, await connect(sink))(job)
        return result, f"<{job.id}@example.org>"

    return attempt


async def test_a_domain_beyond_ascii_goes_everywhere(make_sink, deliver):
    recipients = []

    async def take(_, address):
        recipients.append(address)

    sink = await make_sink(enable_SMTPUTF8=False)
    sink.on_recipient = take
    result, id = await deliver(sink, "user@exämple.net")
    assert result == Result(Outcome.SENT)
    assert recipients == [sink.mails[id]["To"]] == ["user@xn--exmple-cua.net"]


async def test_what_stands_before_the_at_goes_where_it_can(make_sink, deliver):
    sink = await make_sink()
    result, id = await deliver(sink, "jürgen@exämple.net")
    assert result == Result(Outcome.SENT)
    assert sink.mails[id]["To"] == "jürgen@xn--exmple-cua.net"

    plain = await make_sink(enable_SMTPUTF8=False)
    result, _ = await deliver(plain, "jürgen@exämple.net")
    assert result == Result(Outcome.DEAD, "smtp: the server takes no such address")
    assert not plain.accepted


async def test_a_domain_that_cannot_be_one_is_refused(sink, deliver):
    result, _ = await deliver(sink, "user@exämple..net")
    assert result == Result(Outcome.DEAD, "recipient is no address")
    assert not sink.connections
