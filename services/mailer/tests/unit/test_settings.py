"""A mistake is told at the start, by its name, and without its value."""

from email.message import EmailMessage

import pytest

from chassis.settings import SettingsError, load
from mailer.app import sending
from mailer.settings import MailerSettings, sender_address

REQUIRED = {
    "NATS_URL": "nats://mailer:of-these-tests-alone@127.0.0.1:1",
    "DATABASE_URL": "postgresql://127.0.0.1:1/onasty",
    "FROM_ADDRESS": "Onasty <onasty@example.org>",
    "PUBLIC_URL": "https://notes.example.org",
}


@pytest.fixture
def settings(monkeypatch):
    def read(**values):
        for name, value in {**REQUIRED, **values}.items():
            monkeypatch.setenv(f"MAILER_{name}", value)
        return load(MailerSettings)

    return read


def test_the_sender_has_a_name_and_an_address(settings):
    address = sender_address(settings().from_address)
    assert (address.display_name, address.addr_spec) == ("Onasty", "onasty@example.org")
    assert sender_address("onasty@example.org").display_name == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FROM_ADDRESS", "Onasty"),
        ("FROM_ADDRESS", "onasty@"),
        ("FROM_ADDRESS", "Onästy <onasty@example.org>"),
        ("FROM_ADDRESS", "Onasty\r\nBcc: <a@b.example>"),
        ("PUBLIC_URL", "notes.example.org"),
        ("RETRY_DELAYS", "soon"),
        ("GIVE_UP_AFTER", "P0D"),
        ("SMTP_SECURITY", "ssl"),
    ],
)
def test_a_wrong_one_is_named(settings, name, value):
    with pytest.raises(SettingsError) as caught:
        settings(**{name: value})
    assert f"MAILER_{name}: " in str(caught.value)
    assert value not in str(caught.value)


def test_a_password_never_goes_in_the_clear(settings):
    with pytest.raises(SettingsError, match="MAILER_SMTP_USER needs MAILER_SMTP_SECURITY"):
        settings(SMTP_USER="onasty", SMTP_PASSWORD="secret", SMTP_SECURITY="none")


def test_a_stop_has_time_for_the_last_attempt(settings):
    settings(ATTEMPT_TIMEOUT="14", STOP_TIMEOUT="25")
    with pytest.raises(SettingsError, match="MAILER_STOP_TIMEOUT must be 11 s above"):
        settings(ATTEMPT_TIMEOUT="14", STOP_TIMEOUT="24.9")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "MAILER_SMTP_HOST is missing"),
        ({"SMTP_HOST": "127.0.0.1", "SMTP_CA_FILE": "/nowhere.pem"}, "MAILER_SMTP_CA_FILE cannot be used"),
    ],
)
async def test_a_sender_that_cannot_work_is_refused(settings, values, reason):
    with pytest.raises(SettingsError, match=reason):
        async with sending(settings(**values)):
            pass


async def test_for_development_mail_is_shown(settings, capsys):
    message = EmailMessage()
    message["Subject"] = "Hello"
    message.set_content("the link")
    async with sending(settings(SENDER="console")) as sender:
        await sender.send(message, "reader@example.net")
    assert capsys.readouterr().out == "To: reader@example.net\nSubject: Hello\n\nthe link\n\n"
