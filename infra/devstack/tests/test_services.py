import os
import signal
import urllib.request

import pytest

pytestmark = pytest.mark.e2e


def status(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status


def test_the_whole_stack_starts_scales_and_stops(launch_devstack):
    devstack = launch_devstack("--scale", "notes=2", "gateway=2")
    endpoints = devstack.wait_until_ready()

    assert f"Onasty is at {endpoints.gateway} " in devstack.output
    assert endpoints.gateways[0] == endpoints.gateway
    assert len(set(endpoints.gateways)) == 2
    assert {name: len(pids) for name, pids in endpoints.pids.items()} == {
        "nats": 1, "postgres": 1, "valkey": 1, "auth": 1, "notes": 2, "gateway": 2, "mailer": 1,
    }  # fmt: skip
    for urls in endpoints.metrics.values():
        assert [status(url) for url in urls] == [200] * len(urls)
    for gateway in endpoints.gateways:
        assert status(f"{gateway}/api/ping") == 200
    assert devstack.stop(signal.SIGINT) == 0
    assert devstack.processes() == []


def test_a_service_that_dies_is_started_again(launch_devstack):
    devstack = launch_devstack()
    before = devstack.wait_until_ready()

    os.kill(before.pids["notes"][0], signal.SIGKILL)

    devstack.wait_for_line("notes-1      ended with signal 9; starting it again")
    devstack.wait_for_line("notes-1      ready again")
    devstack.wait_until(lambda: devstack.endpoints.pids != before.pids, "up to date", within=5)
    assert devstack.endpoints.metrics == before.metrics
    assert devstack.stop() == 0
    assert devstack.processes() == []


def test_a_kill_of_the_launcher_takes_the_services_along(launch_devstack):
    devstack = launch_devstack()
    devstack.wait_until_ready()

    devstack.process.kill()
    devstack.process.wait()

    devstack.wait_until_gone(within=5)


def test_a_service_that_cannot_start_is_named_with_its_own_words(launch_devstack, monkeypatch):
    monkeypatch.setenv("NOTES_LOG_LEVEL", "shouting")
    devstack = launch_devstack()

    assert devstack.process.wait(60) == 1
    assert "notes-1 ended with code 78 before it was ready" in devstack.output
    assert "NOTES_LOG_LEVEL" in devstack.output
    assert devstack.processes() == []
