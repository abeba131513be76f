from itertools import count

import pytest

from devstack.environment import for_servers
from devstack.services import Replica, replicas, settings


@pytest.fixture(autouse=True)
def nothing_inherited(monkeypatch):
    for name in ("GATEWAY_OPS_PORT", "GATEWAY_HOST", "NOTES_NATS_URL"):
        monkeypatch.delenv(name, raising=False)


def settings_of(replica):
    return settings(
        replica,
        nats="nats://n",
        database="postgresql://d",
        redis="redis://r",
        smtp_port=25,
        public_url="http://g",
        secrets={"NOTES_SEALING_KEYS": "k", "GATEWAY_CLIENT_KEY": "c"},
        text_logs=False,
    )


def test_the_first_gateway_takes_the_port_and_all_ports_differ():
    planned = replicas({"gateway": 2, "notes": 2}, 8080, count(1))

    assert [replica.name for replica in planned] == ["gateway-1", "gateway-2", "notes-1", "notes-2"]
    assert planned[0].http_port == 8080
    ports = [port for replica in planned for port in (replica.ops_port, replica.http_port) if port]
    assert len(ports) == len(set(ports)) == 6


def test_port_0_is_any_free_one():
    assert replicas({"gateway": 1}, 0, count(1))[0].http_port == 2


def test_the_port_for_operators_may_be_given(monkeypatch):
    monkeypatch.setenv("GATEWAY_OPS_PORT", "9090")

    first, second = replicas({"gateway": 2}, 0, count(1))

    assert first.ops_port == 9090
    assert second.ops_port != 9090


def test_what_the_user_set_wins_but_for_the_ports(monkeypatch):
    monkeypatch.setenv("NOTES_NATS_URL", "nats://mine")
    monkeypatch.setenv("NOTES_OPS_PORT", "1")

    environment = settings_of(Replica(service="notes", number=2, ops_port=2))

    assert environment["NOTES_NATS_URL"] == "nats://mine"
    assert environment["NOTES_OPS_PORT"] == "2"
    assert environment["NOTES_DATABASE_URL"] == "postgresql://d"
    assert "NOTES_REDIS_URL" not in environment


@pytest.mark.parametrize("service", ["auth", "gateway"])
def test_redis_is_told_to_who_uses_it(service):
    environment = settings_of(Replica(service=service, number=1, ops_port=2))

    assert environment[f"{service.upper()}_REDIS_URL"] == "redis://r"


def test_a_service_is_told_its_own_secrets_alone():
    environment = settings_of(Replica(service="notes", number=1, ops_port=2))

    assert environment["NOTES_SEALING_KEYS"] == "k"
    assert "GATEWAY_CLIENT_KEY" not in environment


def test_variables_of_libpq_do_not_reach_a_service(monkeypatch):
    monkeypatch.setenv("PGSSLMODE", "require")

    assert "PGSSLMODE" not in settings_of(Replica(service="notes", number=1, ops_port=2))


def test_a_gateway_that_listens_everywhere_is_reached_on_this_machine(monkeypatch):
    monkeypatch.setenv("GATEWAY_HOST", "0.0.0.0")

    assert Replica(service="gateway", number=1, ops_port=1, http_port=80).url == "http://127.0.0.1:80"


def test_a_service_does_not_get_the_settings_of_the_others(monkeypatch):
    for name in (
        "AUTH_KEY",
        "MAILER_PASSWORD",
        "GATEWAY_CONCURRENCY",
        "PROVISION_NATS_URL",
        "NOTES_MINE",
        "NOTEBOOK",
    ):
        monkeypatch.setenv(name, "x")

    environment = settings_of(Replica(service="notes", number=1, ops_port=2))

    assert {"NOTES_MINE", "NOTEBOOK"} <= set(environment)
    assert not any(name.startswith(("AUTH_", "MAILER_", "GATEWAY_", "PROVISION_")) for name in environment)


def test_the_servers_get_nothing_but_what_they_need(monkeypatch):
    for name in ("AWS_SECRET_ACCESS_KEY", "LC_ALL", "NOTES_DATABASE_URL"):
        monkeypatch.setenv(name, "x")

    environment = for_servers()

    assert environment["LC_ALL"] == "x"
    assert environment["PATH"]
    assert not {"AWS_SECRET_ACCESS_KEY", "NOTES_DATABASE_URL", "HOME"} & set(environment)
