import asyncio
import os
import time

import pytest

from devstack.errors import StackError
from devstack.process import Program
from devstack.supervised import Supervised


class Child:
    """A shell script under supervision; it is ready when it has written `ready`."""

    def __init__(self, folder, script):
        self.said = []
        self.starts = folder / "starts"
        log = folder / "child.log"
        log.touch()
        self.ready = folder / "ready"
        program = Program(
            name="child",
            argv=("/bin/sh", "-c", f"echo $$ >> starts; {script}"),
            log=log,
            env=dict(os.environ),
            folder=folder,
        )
        self.supervised = Supervised(program, self._is_ready, address="here", say=self.said.append)

    async def _is_ready(self, _):
        return self.ready.exists()

    @property
    def started(self):
        return len(self.starts.read_text().split()) if self.starts.exists() else 0

    async def wait_for_starts(self, count):
        async with asyncio.timeout(10):
            while self.started < count:
                await asyncio.sleep(0.01)


@pytest.fixture
async def child_of(tmp_path):
    children = []

    def make(script):
        children.append(Child(tmp_path, script))
        return children[0]

    yield make
    for child in children:
        await child.supervised.stop(grace=1)


async def test_it_is_started_when_it_is_ready(child_of):
    child = child_of("touch ready; exec sleep 60")

    await child.supervised.start()

    assert child.said == ["child        ready  here"]
    assert child.supervised.pid == int(child.starts.read_text())


async def test_a_child_that_ends_instead_is_an_error_with_its_words(child_of):
    child = child_of("echo no luck; exit 3")

    with pytest.raises(StackError, match=r"(?s)child ended with code 3 before it was ready.*no luck"):
        await child.supervised.start()


async def test_a_crash_loop_does_not_spin(child_of):
    child = child_of("touch ready; sleep 0.1; exit 1")
    began = time.monotonic()

    await child.supervised.start()
    await child.wait_for_starts(4)

    assert time.monotonic() - began > 0.1 + 0.2 + 0.4
    assert child.said[1] == "child        ended with code 1; starting it again"


async def test_a_wanted_restart_does_not_wait_for_the_delay(child_of):
    child = child_of("touch ready; exec sleep 60")
    await child.supervised.start()
    first = child.supervised.pid
    changed = asyncio.Event()
    child.supervised.on_change(changed.set)

    child.supervised.restart()
    async with asyncio.timeout(5):
        await changed.wait()

    assert child.supervised.pid != first
    assert child.said[-1] == "child        ready again  here"


async def test_a_child_that_ignores_the_signal_is_killed_in_time(child_of):
    child = child_of("trap '' TERM; touch ready; while :; do sleep 0.05; done")
    await child.supervised.start()
    began = time.monotonic()

    await child.supervised.stop(grace=0.3)

    assert time.monotonic() - began < 2
    assert "did not stop within 0.3 s and was killed" in child.said[-1]
    assert child.started == 1
