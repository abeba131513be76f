from devstack.services import Replica, settings


def told(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return settings(
        Replica(service="mailer", number=1, ops_port=1),
        nats="nats://x",
        database="postgresql://x",
        redis="redis://x",
        smtp_port=2525,
        public_url="http://127.0.0.1:8080",
        secrets={},
        text_logs=False,
    )


def test_the_mailer_sends_to_the_mailbox(monkeypatch):
    environment = told(monkeypatch)
    assert (environment["MAILER_SMTP_HOST"], environment["MAILER_SMTP_PORT"]) == ("127.0.0.1", "2525")
    assert environment["MAILER_SMTP_SECURITY"] == "none"
    assert environment["MAILER_PUBLIC_URL"] == "http://127.0.0.1:8080"


def test_what_the_environment_says_wins(monkeypatch):
    environment = told(monkeypatch, MAILER_SMTP_HOST="mail.example.org", MAILER_SMTP_SECURITY="tls")
    assert (environment["MAILER_SMTP_HOST"], environment["MAILER_SMTP_SECURITY"]) == (
        "mail.example.org",
        "tls",
    )
