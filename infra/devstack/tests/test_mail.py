import asyncio
import smtplib
import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from devstack.errors import StackError
from devstack.mail_catcher import describe, mail_catcher


def letter(subject="Welcome", text="Go to https://example.org/verify?token=abc to begin."):
    message = EmailMessage()
    message["From"] = "onasty@example.org"
    message["To"] = "reader@example.org"
    message["Subject"] = subject
    message.set_content(text)
    return message


def test_a_mail_is_one_line_with_its_link():
    line = describe(letter().as_bytes(), ["reader@example.org"])

    assert line == "mail to reader@example.org: Welcome  https://example.org/verify?token=abc"


def test_the_link_of_a_mail_in_html():
    message = letter(text="no link here")
    message.clear_content()
    message.set_content('<a href="https://example.org/x">here</a>', subtype="html")

    assert describe(message.as_bytes(), ["reader@example.org"]).endswith("https://example.org/x")


def test_an_encoded_subject_is_readable():
    assert "Grüße" in describe(letter(subject="Grüße").as_bytes(), ["reader@example.org"])


def test_a_mail_cannot_write_to_the_terminal():
    content = letter(subject="red").as_bytes().replace(b"red", b"\x1b[31mred\x07")

    assert describe(content, ["reader@example.org"]).isprintable()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no headers at all",
        b"\xff\xfe\x00",
        *(
            b'Content-Type: text/plain; charset="%s"\r\n\r\n\xff' % charset
            for charset in (b"nonsense", b"idna", b"undefined", b"punycode", b"a\0b")
        ),
    ],
)
def test_any_content_has_a_line(content):
    assert describe(content, ["reader@example.org"]).startswith("mail to reader@example.org: ")


async def test_a_taken_port_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        catcher = mail_catcher(taken.getsockname()[1], tmp_path, print)
        with pytest.raises(StackError, match="cannot listen on port"):
            await catcher.__aenter__()


@pytest.mark.integration
async def test_a_caught_mail_lies_in_the_folder_and_is_shown(launch_devstack):
    devstack = launch_devstack("--only-servers")
    endpoints = devstack.wait_until_ready()
    host, port = endpoints.smtp.split(":")

    def send():
        with smtplib.SMTP(host, int(port), timeout=10) as client:
            client.send_message(letter(subject="Hello"))
            client.send_message(letter(subject="Again"))

    await asyncio.to_thread(send)

    mails = sorted(Path(endpoints.mailbox).glob("*.eml"))
    messages = [message_from_bytes(mail.read_bytes(), policy=default) for mail in mails]
    assert [message["Subject"] for message in messages] == ["Hello", "Again"]
    assert messages[0]["To"] == "reader@example.org"
    devstack.wait_for_line("mail to reader@example.org: Hello  https://example.org/verify?token=abc")
