"""What a stop tells of a launcher that did not do it well."""

import subprocess

import pytest

from devstack.errors import StackError
from devstack.launcher import Devstack


@pytest.fixture
def devstack_of(tmp_path):
    """A launcher that says it is ready, and at SIGTERM does what the script says."""
    started = []

    def make(at_stop):
        output = tmp_path / "output.txt"
        script = f"trap '{at_stop}' TERM; echo ready; while :; do sleep 0.05; done"
        with output.open("wb") as file:
            started.append(subprocess.Popen(["/bin/sh", "-c", script], stdout=file))
        devstack = Devstack(started[0], tmp_path, output)
        devstack.wait_for_line("ready")
        return devstack

    yield make
    for process in started:
        process.kill()
        process.wait()


def test_a_clean_stop_is_none_to_tell_of(devstack_of):
    devstack_of("exit 0").stop_cleanly()


@pytest.mark.parametrize(
    ("at_stop", "told"),
    [
        ("echo gave up; exit 3", "ended with 3:\nready\ngave up"),
        ("echo nats did not stop and was killed; exit 0", "ended with 0:\nready\nnats did not stop"),
        ('echo "notes-1 ended with code 1 at the stop; see its log"; exit 0', "notes-1 ended with code 1"),
    ],
)
def test_a_stop_that_was_not_clean_is_an_error_with_its_words(devstack_of, at_stop, told):
    with pytest.raises(StackError, match=r"did not stop cleanly") as caught:
        devstack_of(at_stop).stop_cleanly()
    assert told in str(caught.value)
