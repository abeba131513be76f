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


async def test_a_new_process_is_known_before_it_is_said_to_be_ready_again(child_of):
    child = child_of("touch ready; exec sleep 60")
    await child.supervised.start()
    known = []
    child.supervised.on_change(lambda: known.append((child.supervised.pid, child.said[-1])))

    child.supervised.restart()
    async with asyncio.timeout(10):
        while child.said[-1] != "child        ready again  here":
            await asyncio.sleep(0.01)

    assert known == [(child.supervised.pid, "child        ready  here")]


async def test_a_child_that_ignores_the_signal_is_killed_in_time(child_of):
    child = child_of("trap '' TERM; touch ready; while :; do sleep 0.05; done")
    await child.supervised.start()
    began = time.monotonic()

    await child.supervised.stop(grace=0.3)

    assert time.monotonic() - began < 2
    assert "did not stop within 0.3 s and was killed" in child.said[-1]
    assert child.started == 1


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("trap 'exit 3' TERM; touch ready; while :; do sleep 0.05; done", ["child        ended with code 3"]),
        ("trap 'exit 0' TERM; touch ready; while :; do sleep 0.05; done", []),
        ("touch ready; exec sleep 60", []),
    ],
)
async def test_a_child_that_fails_its_stop_is_told(child_of, script, said):
    child = child_of(script)
    await child.supervised.start()

    await child.supervised.stop(grace=5)

    assert [line.partition(" at the stop; see ")[0] for line in child.said[1:]] == said


async def test_a_keeper_that_fails_says_so_and_its_child_is_stopped_all_the_same(child_of):
    child = child_of("touch ready; exec sleep 60")
    await child.supervised.start()

    def full():
        raise OSError("No space left on device")

    child.supervised.on_change(full)
    child.supervised.restart()
    with pytest.raises(StackError, match="child cannot be kept running: No space left"):
        await asyncio.wait_for(child.supervised.keeper, 10)
    pid = child.supervised.pid

    await child.supervised.stop(grace=5)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_log_that_cannot_be_written_does_not_end_the_keeper(child_of, tmp_path):
    child = child_of("touch ready; exec sleep 60")
    await child.supervised.start()
    log = tmp_path / "child.log"
    log.unlink()
    log.mkdir()

    child.supervised.restart()
    async with asyncio.timeout(10):
        while not any("did not come back" in line for line in child.said):
            await asyncio.sleep(0.01)
    log.rmdir()
    async with asyncio.timeout(10):
        while not any("ready again" in line for line in child.said):
            await asyncio.sleep(0.01)


async def test_after_leave_it_is_not_started_again(child_of):
    child = child_of("touch ready; exec sleep 60")
    await child.supervised.start()
    child.supervised.on_change(lambda: pytest.fail("started again"))
    child.supervised.restart()

    await child.supervised.leave()

    assert child.supervised.keeper.cancelled()
    assert child.started == 1
