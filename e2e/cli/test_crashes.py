"""What is lost when a part dies in the middle: nothing that need be."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from .conftest import ended, slug_of, until

pytestmark = pytest.mark.e2e


async def killed(process) -> None:
    process.send_signal(signal.SIGKILL)
    await ended(process)


@pytest.fixture
def taken(database):
    """`await taken(link)`: how many views were taken, and whether the content is still there."""

    async def taken(link: str) -> tuple[int, bool]:
        row = await database.fetchrow(
            "SELECT views_taken, content IS NOT NULL AS kept FROM notes WHERE slug = $1", slug_of(link)
        )
        return row["views_taken"], row["kept"]

    return taken


async def test_killed_after_the_server_answered_the_reveal(behind, proxy, taken):
    link = await behind.send(b"secret", "--password", ONASTY_PASSWORD="word")
    proxy.hold = "/view"
    process = await behind.start("read", link, ONASTY_PASSWORD="word")
    await until(lambda: any(path.endswith("/view") for path in proxy.answered), "no reveal came")
    assert await taken(link) == (1, True)
    await killed(process)
    proxy.hold = None
    read = await behind.run("read", link, ONASTY_PASSWORD="word")
    assert (read.code, read.out) == (0, b"secret")
    assert await taken(link) == (1, False)
    assert (await behind.run("read", link, ONASTY_PASSWORD="word")).code == 4


async def test_killed_while_it_writes_the_note_out(onasty, taken):
    text = b"0123456789abcdef" * 16384
    link = await onasty.send(text)
    process = await onasty.start("read", link)
    # More than a pipe holds, so that the rest waits until we read; we do not.
    beginning = await asyncio.wait_for(process.stdout.readexactly(16), 30)
    assert beginning == text[:16]
    await killed(process)
    assert await taken(link) == (1, True)
    assert (await onasty.run("read", link)).out == text


async def test_killed_before_a_byte_is_written(onasty, taken):
    link = await onasty.send(b"secret")
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writing, bytes(65536))
    os.set_blocking(writing, True)
    process = await onasty.start("read", link, stdout=writing)
    os.close(writing)
    # It has the answer when it waits for room in the pipe.
    stack = f"/proc/{process.pid}/syscall"
    await until(lambda: _writes_to_stdout(stack), "it never came to write")
    assert await taken(link) == (1, True)
    await killed(process)
    os.close(reading)
    assert (await onasty.run("read", link)).out == b"secret"


def _writes_to_stdout(path: str) -> bool:
    words = Path(path).read_text().split()
    return words[0] in {"1", "64"} and words[1] == "0x1"  # write(2) on x86-64 and ARM, to descriptor 1


async def test_killed_before_the_acknowledgement(behind, proxy):
    link = await behind.send(b"secret")
    proxy.stop = "/ack"
    process = await behind.start("read", link)
    assert await asyncio.wait_for(process.stdout.readexactly(6), 30) == b"secret"
    await killed(process)
    proxy.stop = None
    assert (await behind.run("read", link)).out == b"secret"


async def test_an_answer_that_is_lost_is_asked_for_again(behind, proxy, taken):
    proxy.lose = "/note"
    link = await behind.send(b"secret")
    assert proxy.answered == ["/api/v1/note"] * 2, "it was not made twice"
    proxy.lose = "/view"
    read = await behind.run("read", link)
    assert (read.code, read.out) == (0, b"secret")
    assert await taken(link) == (1, False)


async def test_a_create_whose_answer_was_lost_is_one_note(behind, proxy, database):
    before = await database.fetchval("SELECT count(*) FROM notes")
    proxy.lose = "/note"
    await behind.send(b"secret")
    assert await database.fetchval("SELECT count(*) FROM notes") == before + 1


async def test_an_interrupted_send_ends_with_130_and_says_nothing(behind, proxy):
    proxy.hold = "/note"
    process = await behind.start("send")
    process.stdin.write(b"secret")
    process.stdin.close()
    await until(lambda: proxy.answered, "nothing was sent")
    process.send_signal(signal.SIGINT)
    interrupted = await ended(process)
    assert (interrupted.code, interrupted.out, interrupted.err.strip()) == (130, b"", "")


async def test_an_interrupted_read_keeps_its_claim(behind, proxy):
    link = await behind.send(b"secret")
    proxy.hold = "/view"
    process = await behind.start("read", link)
    await until(lambda: any(path.endswith("/view") for path in proxy.answered), "no reveal came")
    process.send_signal(signal.SIGINT)
    assert (await ended(process)).code == 130
    proxy.hold = None
    assert (await behind.run("read", link)).out == b"secret"


@pytest.mark.parametrize("why", ["a full disk", "a reader that went"])
async def test_what_could_not_be_written_is_not_acknowledged(onasty, taken, why):
    link = await onasty.send(b"secret")
    if why == "a full disk":
        with Path("/dev/full").open("wb") as full:
            read = await onasty.run("read", link, stdout=full)
    else:
        reading, writing = os.pipe()
        os.close(reading)
        read = await onasty.run("read", link, stdout=writing)
        os.close(writing)
    assert read.code == 13
    assert read.err.startswith("onasty: The note could not be written: ")
    assert read.err.count("\n") == 1
    assert await taken(link) == (1, True)
    assert (await onasty.run("read", link)).out == b"secret"


async def test_two_at_once_have_two_claims(behind, proxy, taken):
    link = await behind.send(b"secret", "--views", "2")
    proxy.stop = "/ack"
    processes = [await behind.start("read", link) for _ in range(2)]
    out = [await asyncio.wait_for(process.stdout.readexactly(6), 30) for process in processes]
    assert out == [b"secret"] * 2
    assert (await taken(link))[0] == 2
    assert len(behind.claims) == 2


async def test_a_claim_whose_lease_is_over_costs_no_view_that_is_left(behind, proxy, database, taken):
    link = await behind.send(b"secret", "--views", "2")
    proxy.hold = "/view"
    process = await behind.start("read", link)
    await until(lambda: any(path.endswith("/view") for path in proxy.answered), "no reveal came")
    await killed(process)
    proxy.hold = None
    over = "UPDATE notes SET leases = ARRAY[now() - interval '1 s'] WHERE slug = $1"
    await database.execute(over, slug_of(link))
    assert (await behind.run("read", link)).out == b"secret"
    assert (await taken(link))[0] == 2
