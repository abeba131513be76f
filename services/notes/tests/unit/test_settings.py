"""A start without a usable sealing key is refused, and no key is ever told."""

import base64

import pytest

from chassis.settings import SettingsError, load
from notes.settings import NotesSettings

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("NOTES_NATS_URL", "nats://notes:of-these-tests-alone@localhost")
    monkeypatch.setenv("NOTES_DATABASE_URL", "postgresql://notes:of-these-tests-alone@localhost/onasty")
    monkeypatch.delenv("NOTES_SEALING_KEYS", raising=False)
    return monkeypatch


def test_without_a_key_there_is_no_start(environment):
    with pytest.raises(SettingsError, match="NOTES_SEALING_KEYS: missing"):
        load(NotesSettings)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("", "each key needs an id of its own"),
        (KEY, "each key needs an id of its own|not 32 bytes"),
        (f"a:{KEY},a:{KEY}", "each key needs an id of its own"),
        (f"a:{KEY[:-8]}", "key 1: not 32 bytes of base64"),
        (f"a:{KEY},b:hunter2!", "key 2: not 32 bytes of base64"),
    ],
)
def test_a_key_that_cannot_be_used_is_named_and_not_told(environment, keys, says):
    environment.setenv("NOTES_SEALING_KEYS", keys)
    with pytest.raises(SettingsError, match=says) as caught:
        load(NotesSettings)
    assert "hunter2" not in str(caught.value)
    assert KEY[:16] not in str(caught.value)


def test_a_ring_of_keys_is_taken(environment):
    environment.setenv("NOTES_SEALING_KEYS", f"new:{KEY},old:{KEY}")
    assert KEY not in repr(load(NotesSettings))
