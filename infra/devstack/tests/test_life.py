import os
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.integration

ONLY_SERVERS = "--only-servers"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything(launch_devstack, number):
    devstack = launch_devstack(ONLY_SERVERS)
    devstack.wait_until_ready()
    assert len(devstack.processes()) > 3

    assert devstack.stop(number) == 0

    assert devstack.processes() == []
    assert not (devstack.data / "endpoints.json").exists()


def test_a_second_signal_does_not_interrupt_the_stop(launch_devstack):
    devstack = launch_devstack(ONLY_SERVERS)
    devstack.wait_until_ready()

    devstack.process.send_signal(signal.SIGINT)
    devstack.wait_for_line("Stopping")
    assert devstack.stop(signal.SIGINT) == 0

    assert devstack.processes() == []


@pytest.mark.e2e
def test_signals_do_not_interrupt_the_stop_of_a_failed_start(launch_devstack, monkeypatch):
    monkeypatch.setenv("NOTES_LOG_LEVEL", "shouting")
    devstack = launch_devstack()
    devstack.wait_for_line("Stopping", within=60)

    deadline = time.monotonic() + 10
    while devstack.process.poll() is None and time.monotonic() < deadline:
        devstack.process.send_signal(signal.SIGINT)
        time.sleep(0.01)

    assert devstack.process.wait(1) == 1
    assert "notes-1 ended with code 78 before it was ready" in devstack.output
    assert devstack.processes() == []


def test_what_cannot_be_kept_running_ends_it_all(launch_devstack):
    devstack = launch_devstack(ONLY_SERVERS)
    endpoints = devstack.wait_until_ready()
    # As on a full disk: the new process ids cannot be written.
    (devstack.data / "endpoints.json.new").mkdir()

    os.kill(endpoints.pids["valkey"][0], signal.SIGKILL)

    assert devstack.process.wait(20) == 1
    assert "valkey cannot be kept running" in devstack.output
    assert devstack.processes() == []


@pytest.mark.parametrize("line", ["valkey ", "postgres "])
def test_a_signal_during_the_start_stops_everything(launch_devstack, line):
    devstack = launch_devstack(ONLY_SERVERS)
    devstack.wait_for_line(line)

    assert devstack.stop() == 0

    assert devstack.processes() == []


def test_a_signal_at_the_very_start_leaves_nothing(launch_devstack):
    devstack = launch_devstack(ONLY_SERVERS)
    devstack.wait_until((devstack.data / "devstack.lock").exists, "locked", within=10)

    assert devstack.stop() == 0

    assert devstack.processes() == []


def test_endpoints_are_for_their_owner_alone(launch_devstack):
    devstack = launch_devstack(ONLY_SERVERS)
    endpoints = devstack.wait_until_ready()

    for name in ("endpoints.json", "passwords.json"):
        assert stat.S_IMODE((devstack.data / name).stat().st_mode) == 0o600
    assert set(endpoints.pids) == {"nats", "postgres", "valkey"}
    assert set(endpoints.nats_users) == {"auth", "notes", "gateway", "mailer"}
    assert set(endpoints.postgres) == {"auth", "notes", "mailer", "admin"}
    assert endpoints.gateways == []
    assert 'gateway"' not in (devstack.data / "endpoints.json").read_text().split("nats_users")[0]


def test_a_second_start_on_the_same_data_is_refused(launch_devstack):
    first = launch_devstack(ONLY_SERVERS)
    first.wait_until_ready()

    second = launch_devstack(ONLY_SERVERS, data=first.data)

    assert second.process.wait(10) == 1
    assert f"in use by another devstack, process {first.process.pid}" in second.output
    assert first.wait_until_ready()
    assert first.stop() == 0


def test_a_taken_port_is_refused_with_a_way_out(launch_devstack):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        devstack = launch_devstack("--port", str(port))

        assert devstack.process.wait(10) == 1

    assert f"Port {port} is taken" in devstack.output
    assert "--port 0" in devstack.output
    assert devstack.processes() == []


def test_a_taken_port_for_operators_is_named_by_its_setting(launch_devstack, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("NOTES_OPS_PORT", str(port))
        devstack = launch_devstack()

        assert devstack.process.wait(10) == 1

    assert f"Port {port} is taken" in devstack.output
    assert "NOTES_OPS_PORT=0" in devstack.output


def test_a_port_that_is_none_is_named_by_its_setting(launch_devstack, monkeypatch):
    monkeypatch.setenv("GATEWAY_OPS_PORT", "abc")
    devstack = launch_devstack()

    assert devstack.process.wait(10) == 1
    assert devstack.output == "devstack: GATEWAY_OPS_PORT is not a port: 0 to 65535.\n"


def test_an_unknown_service_is_refused(launch_devstack):
    devstack = launch_devstack("--scale", "nots=2")

    assert devstack.process.wait(10) == 1
    assert "no service nots; there are: auth" in devstack.output


def test_a_folder_of_somebody_else_is_not_taken_over(launch_devstack, data_directory):
    (data_directory / "logs").mkdir()
    (data_directory / "logs" / "precious.txt").write_text("mine")

    devstack = launch_devstack(ONLY_SERVERS, "--fresh", data=data_directory)

    assert devstack.process.wait(10) == 1
    assert "not of a devstack" in devstack.output
    assert (data_directory / "logs" / "precious.txt").read_text() == "mine"


def test_a_server_that_cannot_start_is_named_with_the_end_of_its_log(launch_devstack, data_directory):
    first = launch_devstack(ONLY_SERVERS, data=data_directory)
    first.wait_until_ready()
    assert first.stop() == 0
    (data_directory / "servers" / "postgres" / "data" / "postgresql.conf").write_text("nonsense = 1\n")

    second = launch_devstack(ONLY_SERVERS, data=data_directory)

    assert second.process.wait(30) == 1
    assert "postgres ended with code 1 before it was ready" in second.output
    assert 'unrecognized configuration parameter "nonsense"' in second.output
    assert second.processes() == []


def test_help_says_what_it_does():
    shown = subprocess.run(
        [sys.executable, "-m", "devstack", "--help"], capture_output=True, text=True, check=True
    )

    for word in ("--data-dir", "--only-servers", "--scale", "--fresh", "endpoints.json"):
        assert word in shown.stdout
