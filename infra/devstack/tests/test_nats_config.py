import json

import pytest

from contracts.permissions import Permissions
from devstack.nats_server import render


@pytest.fixture
def config():
    text = render(
        port=4222,
        http_port=8222,
        store="/data/jetstream",
        passwords={"admin": "a", "reader": "r", "mute": "m"},
        rights={
            "reader": Permissions(("ask.it",), ("_INBOX_reader.>",), "_INBOX_reader", responds=True),
            "mute": Permissions((), ("_INBOX_mute.>",), "_INBOX_mute", responds=False),
        },
    )
    return json.loads(text)


def user(config, name):
    return next(user for user in config["authorization"]["users"] if user["user"] == name)


def test_acknowledged_means_on_disk(config):
    assert config["jetstream"]["sync_interval"] == "always"


def test_it_listens_on_this_machine_only(config):
    assert config["listen"] == "127.0.0.1:4222"
    assert config["http"] == "127.0.0.1:8222"


def test_payload_limit_is_8_mib(config):
    assert config["max_payload"] == 8388608


def test_nobody_is_let_in_without_a_password(config):
    assert "no_auth_user" not in config
    assert all(user["password"] for user in config["authorization"]["users"])


def test_a_service_has_the_rights_of_its_contract(config):
    assert user(config, "reader") == {
        "user": "reader",
        "password": "r",
        "permissions": {
            "publish": {"allow": ["ask.it"]},
            "subscribe": {"allow": ["_INBOX_reader.>"]},
            "allow_responses": {"max": 1, "expires": "60s"},
        },
    }


def test_no_subjects_means_none_and_not_all(config):
    assert user(config, "mute")["permissions"]["publish"] == {"deny": [">"]}
    assert "allow_responses" not in user(config, "mute")["permissions"]


def test_the_administrator_may_do_everything(config):
    assert user(config, "admin") == {"user": "admin", "password": "a"}
