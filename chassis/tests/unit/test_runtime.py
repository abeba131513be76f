"""The life of a process: real processes, real signals."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from importlib.metadata import version
from pathlib import Path

import pytest

ORACLE = Path(__file__).with_name("oracle.py")
SECONDS = 20


class Oracle:
    """One process and the log lines that it wrote so far."""

    def __init__(self, mode: str, **settings: str) -> None:
        environment = {
            **os.environ,
            "ORACLE_NATS_URL": "nats://oracle:of-this-test-alone@localhost",
            "ORACLE_OPS_PORT": "0",
        }
        self.process = subprocess.Popen(
            [sys.executable, str(ORACLE), mode],
            env={**environment, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[dict] = []

    def until(self, event: str) -> dict:
        for text in self.process.stdout:
            self.lines.append(json.loads(text))
            if self.lines[-1]["event"] == event:
                return self.lines[-1]
        raise AssertionError(f"no '{event}' in {self.events}")

    def end(self) -> int:
        self.lines += [json.loads(text) for text in self.process.stdout]
        return self.process.wait(SECONDS)

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]


@pytest.fixture
def start():
    started = []

    def start_oracle(mode: str, **settings: str) -> Oracle:
        started.append(Oracle(mode, **settings))
        return started[-1]

    yield start_oracle
    for oracle in started:
        oracle.process.kill()
        oracle.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_in_the_reverse_order_with_exit_code_0(start, number):
    oracle = start("plain")
    oracle.until("ready")
    oracle.process.send_signal(number)
    assert oracle.end() == 0
    assert oracle.events == [
        "first acquired",
        "ready",
        "stopping",
        "second released",
        "first released",
        "stopped",
    ]


def test_readiness_liveness_and_metrics_are_served(start):
    ready = start("plain").until("ready")
    assert ready["version"] == version("onasty-chassis")
    port = ready["ops_port"]

    def get(path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()

    assert get("/livez") == (200, "ok\n")
    assert json.loads(get("/readyz")[1]) == {"process": "ok"}
    assert "process_resident_memory_bytes" in get("/metrics")[1]


def test_a_start_can_be_stopped(start):
    oracle = start("slow-start")
    oracle.until("starting")
    oracle.process.send_signal(signal.SIGTERM)
    assert oracle.end() == 0
    assert "ready" not in oracle.events


def test_a_start_that_takes_too_long_is_given_up(start):
    oracle = start("slow-start", ORACLE_START_TIMEOUT="0.2")
    assert oracle.end() == 1
    assert oracle.events[-2] == "the service failed"


def test_a_stop_that_takes_too_long_is_cut_short(start):
    oracle = start("slow-stop", ORACLE_STOP_TIMEOUT="0.3")
    oracle.until("ready")
    oracle.process.send_signal(signal.SIGTERM)
    assert oracle.end() == 1
    assert oracle.lines[-1]["reason"] == "the stop took too long"


def test_a_second_signal_cuts_the_stop_short(start):
    oracle = start("slow-stop")
    oracle.until("ready")
    oracle.process.send_signal(signal.SIGINT)
    oracle.until("stopping")
    oracle.process.send_signal(signal.SIGINT)
    assert oracle.end() == 1
    assert oracle.lines[-1]["reason"] == "second signal"


def test_a_background_task_that_ends_ends_the_process(start):
    oracle = start("background-fails")
    assert oracle.end() == 1
    failed = next(line for line in oracle.lines if line["event"] == "background task ended")
    assert failed["task"] == "work"
    assert failed["failure"][0] == "builtins.ValueError"
    assert "hunter2" not in json.dumps(oracle.lines)


def test_wrong_settings_are_told_before_anything_starts(start):
    oracle = start("plain", ORACLE_OPS_PORT="many")
    _, told = oracle.process.communicate(timeout=SECONDS)
    assert oracle.process.returncode == 78
    assert told.startswith("oracle: ORACLE_OPS_PORT: ")


def test_a_taken_port_fails_the_start(start):
    ready = start("plain").until("ready")
    assert ready["version"] == version("onasty-chassis")
    port = ready["ops_port"]
    second = start("plain", ORACLE_OPS_PORT=str(port))
    assert second.end() == 1
    assert "address already in use" in second.lines[0]["detail"]
