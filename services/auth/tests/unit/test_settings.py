"""A start without what is needed is refused, and no secret is ever told."""

import base64

import pytest

from auth.settings import AuthSettings
from chassis.settings import SettingsError, load

SECRET = base64.b64encode(bytes(range(32))).decode()
PASSWORD = "of-these-tests-alone"


@pytest.fixture
def environment(monkeypatch):
    for name, value in {
        "AUTH_NATS_URL": f"nats://auth:{PASSWORD}@localhost",
        "AUTH_DATABASE_URL": f"postgresql://auth:{PASSWORD}@localhost/onasty",
        "AUTH_SECRET": SECRET,
        "AUTH_PUBLIC_URL": "https://notes.example.com",
    }.items():
        monkeypatch.setenv(name, value)
    for name in set(AuthSettings.model_fields) - {"nats_url", "database_url", "secret", "public_url"}:
        monkeypatch.delenv(f"AUTH_{name.upper()}", raising=False)
    return monkeypatch


@pytest.mark.parametrize("name", ["AUTH_SECRET", "AUTH_PUBLIC_URL"])
def test_what_has_no_default_is_named(environment, name):
    environment.delenv(name)
    with pytest.raises(SettingsError, match=f"{name}: missing"):
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


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"GOOGLE_CLIENT_ID": "x"}, "AUTH_GOOGLE_CLIENT_ID and AUTH_GOOGLE_CLIENT_SECRET go together"),
        ({"GITHUB_CLIENT_SECRET": "x"}, "AUTH_GITHUB_CLIENT_ID and AUTH_GITHUB_CLIENT_SECRET go together"),
        ({"GITHUB_CLIENT_ID": "x", "GITHUB_CLIENT_SECRET": "hunter2!"}, "AUTH_REDIS_URL is needed"),
        ({"GITHUB_TOKEN_URL": "github.com"}, "AUTH_GITHUB_TOKEN_URL: "),
    ],
)
def test_half_a_provider_is_told_in_one_line(environment, given, told):
    for name, value in given.items():
        environment.setenv(f"AUTH_{name}", value)
    with pytest.raises(SettingsError, match=told) as caught:
        load(AuthSettings)
    assert len(str(caught.value).splitlines()) == 1
    assert "hunter2!" not in str(caught.value)


def test_a_whole_provider_is_configured_and_an_empty_one_is_not(environment):
    for name, value in {
        "GITHUB_CLIENT_ID": "x",
        "GITHUB_CLIENT_SECRET": PASSWORD,
        "GOOGLE_CLIENT_ID": "",
        "GOOGLE_CLIENT_SECRET": "",
        "REDIS_URL": f"redis://:{PASSWORD}@localhost",
    }.items():
        environment.setenv(f"AUTH_{name}", value)
    settings = load(AuthSettings)
    assert settings.oauth_providers == ["github"]
    assert PASSWORD not in repr(settings)
