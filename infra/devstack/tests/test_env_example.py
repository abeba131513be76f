"""`.env.example` and `docs/settings.md` list the settings that there are, with values that they take."""

import base64
import os

import pytest

from devstack import settings_page
from devstack.env_example import FILE, SETTINGS, text

REQUIRED = {
    "from_address": "Onasty <onasty@example.org>",
    "sealing_keys": f"k:{base64.b64encode(b'k' * 32).decode()}",
    "client_key": "k" * 32,
    "secret": base64.b64encode(b"s" * 32).decode(),
    "public_url": "https://notes.example.com",
}


def test_every_setting_is_listed_as_it_is():
    assert FILE.read_text() == text(), "run ./task gen and commit"


def test_the_page_of_settings_is_as_they_are():
    assert settings_page.FILE.read_text() == settings_page.text(), "run ./task gen and commit"


def test_every_setting_says_what_it_is():
    silent = {
        f"{settings.model_config['env_prefix']}{name}".upper()
        for settings in SETTINGS
        for name, field in settings.model_fields.items()
        if not field.description
    }
    assert silent == set()


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_default_is_taken_as_it_is_written(settings, monkeypatch):
    for name in [name for name in os.environ if name.startswith(settings.model_config["env_prefix"])]:
        monkeypatch.delenv(name)
    required = {
        name: REQUIRED.get(name, "x") for name, field in settings.model_fields.items() if field.is_required()
    }
    built_in = settings(**required)
    for line in FILE.read_text().splitlines():
        name, _, value = line.removeprefix("#").partition("=")
        if value and name.isupper():
            monkeypatch.setenv(name, value)

    assert settings(**required) == built_in
