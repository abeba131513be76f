"""A start without what is needed is refused, and no secret is ever told."""

import base64

import pytest

from auth.settings import AuthSettings
from chassis.settings import SettingsError, load

SECRET = base64.b64encode(b"s" * 32).decode()


@pytest.fixture
def environment(monkeypatch):
    for name, value in {
        "AUTH_NATS_URL": "nats://auth:x@localhost",
        "AUTH_DATABASE_URL": "postgresql://auth:x@localhost/onasty",
        "AUTH_SECRET": SECRET,
        "AUTH_PUBLIC_URL": "https://notes.example.com",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AUTH_SIGN_UP", "AUTH_SIGN_UP_DOMAINS"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("name", ["AUTH_SECRET", "AUTH_PUBLIC_URL"])
def test_what_has_no_default_is_named(environment, name):
    environment.delenv(name)
    with pytest.raises(SettingsError, match=f"{name}: Field required"):
        load(AuthSettings)


@pytest.mark.parametrize("secret", ["", "hunter2!", SECRET[:-4], base64.b64encode(b"s" * 33).decode()])
def test_a_secret_that_cannot_be_used_is_named_and_not_told(environment, secret):
    environment.setenv("AUTH_SECRET", secret)
    with pytest.raises(SettingsError, match=r"AUTH_SECRET: .*not 32 bytes of base64") as caught:
        load(AuthSettings)
    assert not secret or secret not in str(caught.value)


def test_the_secret_is_not_printed(environment):
    assert SECRET not in repr(load(AuthSettings))


@pytest.mark.parametrize(("sign_up", "domains"), [("domains", ""), ("domains", " , "), ("open", "a.org")])
def test_domains_go_with_their_setting(environment, sign_up, domains):
    environment.setenv("AUTH_SIGN_UP", sign_up)
    environment.setenv("AUTH_SIGN_UP_DOMAINS", domains)
    with pytest.raises(SettingsError, match="AUTH_SIGN_UP_DOMAINS goes with"):
        load(AuthSettings)
