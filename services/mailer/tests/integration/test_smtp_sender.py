"""The sender against real SMTP servers: protected, authenticated, refusing, breaking."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mailer.domain.failure import PostponedError, RefusedError
from mailer.senders import smtp

pytestmark = pytest.mark.integration

READER = "reader@example.net"
PASSWORD = "a-password"


def mail(number=1, recipient=READER):
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<{number}@example.org>"
    message["From"] = "onasty@example.org"
    message["To"] = recipient
    message.set_content("Hello\n.\n.. dots\n")
    return message


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Self-signed, for 127.0.0.1; gives the file of both and the server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "sink.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return str(path), context


def authenticator(server, session, envelope, mechanism, data):
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


async def test_starttls_and_a_login(make_sink, certificate, connect):
    path, context = certificate
    sink = await make_sink(
        tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticator
    )
    sender = await connect(sink, security="starttls", ca_file=path, user="onasty", password=PASSWORD)
    await sender.send(mail(), READER)
    assert sink.mails["<1@example.org>"].get_content().replace("\r\n", "\n") == "Hello\n.\n.. dots\n"


async def test_tls_from_the_first_byte(make_sink, certificate, connect):
    path, context = certificate
    sink = await make_sink(tls=context)
    await (await connect(sink, security="tls", ca_file=path)).send(mail(), READER)
    assert sink.accepted == {"<1@example.org>": 1}


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_that_nobody_signed_is_not_trusted(make_sink, certificate, connect, security):
    _, context = certificate
    sink = await make_sink(**({"tls": context} if security == "tls" else {"tls_context": context}))
    with pytest.raises(PostponedError, match="TLS failed"):
        await (await connect(sink, security=security)).send(mail(), READER)
    assert not sink.accepted


async def test_without_starttls_nothing_is_sent_in_the_clear(sink, connect):
    with pytest.raises(PostponedError, match="no connection"):
        await (await connect(sink, security="starttls")).send(mail(), READER)
    assert not sink.accepted


async def test_a_wrong_password_is_ours_to_mend(make_sink, certificate, connect):
    path, context = certificate
    sink = await make_sink(tls_context=context, auth_required=True, authenticator=authenticator)
    sender = await connect(sink, security="starttls", ca_file=path, user="onasty", password="wrong")
    with pytest.raises(PostponedError, match="535 for the authentication"):
        await sender.send(mail(), READER)


async def test_a_greeting_is_by_tls_and_password_and_sends_nothing(make_sink, certificate, connect):
    path, context = certificate
    sink = await make_sink(tls_context=context, auth_required=True, authenticator=authenticator)
    told = {"security": "starttls", "ca_file": path, "user": "onasty"}
    await (await connect(sink, **told, password=PASSWORD)).greet()
    with pytest.raises(PostponedError, match="535 for the authentication"):
        await (await connect(sink, **told, password="wrong")).greet()
    assert not sink.accepted


@pytest.mark.parametrize(
    ("where", "answer", "error", "reason"),
    [
        ("on_recipient", f"550 no {READER}", RefusedError, "smtp: 550 for the recipient"),
        ("on_recipient", f"451 not yet {READER}", PostponedError, "smtp: 451 for the recipient"),
        ("on_recipient", f"550 5.1.1 no {READER}", RefusedError, "smtp: 550 for the recipient"),
        ("on_recipient", f"550 5.7.1 no relay to {READER}", PostponedError, "smtp: 550 for the recipient"),
        ("on_recipient", "530 authenticate", PostponedError, "smtp: 530 for the recipient"),
        ("on_recipient", "535 authenticate", PostponedError, "smtp: 535 for the recipient"),
        ("on_recipient", "538 encrypt", PostponedError, "smtp: 538 for the recipient"),
        ("on_data", "530 authenticate", PostponedError, "smtp: 530 for the message"),
        ("on_data", "554 5.7.1 spam", RefusedError, "smtp: 554 for the message"),
        ("on_data", f"554 spam to {READER}", RefusedError, "smtp: 554 for the message"),
        ("on_data", "452 full", PostponedError, "smtp: 452 for the message"),
        ("on_sender", "550 not from you", PostponedError, "smtp: 550 for the sender"),
    ],
)
async def test_a_refusal_is_told_by_its_code_and_the_next_mail_goes(
    sink, connect, where, answer, error, reason
):
    async def refuse(*_):
        return answer

    sender = await connect(sink)
    setattr(sink, where, refuse)
    with pytest.raises(error) as caught:
        await sender.send(mail(1), READER)
    assert str(caught.value) == reason
    sink.behave()
    await sender.send(mail(2), READER)
    assert sink.accepted == {"<2@example.org>": 1}


async def test_a_connection_is_kept_for_the_next_mail(sink, connect):
    sender = await connect(sink)
    for number in range(5):
        await sender.send(mail(number), READER)
    assert (sum(sink.accepted.values()), sink.connections) == (5, 1)


async def test_an_idle_connection_that_is_dead_is_replaced(sink, connect):
    sender = await connect(sink)
    await sender.send(mail(1), READER)
    sink.cut()
    await sender.send(mail(2), READER)
    assert sink.accepted == {"<1@example.org>": 1, "<2@example.org>": 1}
    assert sink.connections == 2


async def test_an_idle_connection_that_does_not_answer_is_replaced(sink, connect, monkeypatch):
    async def never(*_):
        await asyncio.Event().wait()

    monkeypatch.setattr(smtp, "NOOP_TIMEOUT", 0.1)
    sender = await connect(sink)
    await sender.send(mail(1), READER)
    sink.on_noop = never
    await sender.send(mail(2), READER)
    assert sink.accepted == {"<1@example.org>": 1, "<2@example.org>": 1}
    assert sink.connections == 2


@pytest.mark.parametrize("says_421", [False, True])
async def test_a_connection_that_breaks_before_the_message_is_replaced_once(sink, connect, says_421):
    breaks = 1

    async def break_off(server, _):
        nonlocal breaks
        if not breaks:
            return None
        breaks -= 1
        if not says_421:
            server.transport.abort()
        return "421 closing"

    sink.on_recipient = break_off
    sender = await connect(sink)
    await sender.send(mail(1), READER)
    assert sink.accepted == {"<1@example.org>": 1}

    breaks = 2
    sink.cut()
    with pytest.raises(PostponedError, match="connection lost"):
        await sender.send(mail(2), READER)
    assert breaks == 0


async def test_a_server_that_is_silent_is_given_up(sink, connect):
    async def never(*_):
        await asyncio.Event().wait()

    sink.on_recipient = never
    with pytest.raises(PostponedError, match="no answer"):
        await (await connect(sink, timeout=0.2)).send(mail(), READER)


async def test_nobody_listens(sink, connect):
    await sink.stop()
    with pytest.raises(PostponedError, match="no connection"):
        await (await connect(sink)).send(mail(), READER)
