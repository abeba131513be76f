"""Many readers, one note: 1,000 notes and 16 readers each, over two gateways and two notes processes.

`ONASTY_FULL=1` makes it 10,000 notes.
"""

import asyncio
import os
import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

pytestmark = pytest.mark.e2e

NOTES = 10_000 if os.environ.get("ONASTY_FULL") else 1000
READERS = 16
AT_ONCE = 20

Result = TypeVar("Result")


async def test_every_note_has_exactly_one_winner(api, stack):
    shuffled = random.Random(20261122)
    statuses: Counter[int] = Counter()
    retried = await batches_retried(api, stack)

    async def race(number: int) -> int:
        content = f"note {number}"
        slug = (await api.post("/api/v1/note", {"content": content})).json["slug"]
        path = f"/api/v1/note/{slug}"
        ways = [
            ("POST", f"{path}/view") if shuffled.random() < 0.5 else ("GET", path) for _ in range(READERS)
        ]
        answers = await asyncio.gather(*(api.call(method, way) for method, way in ways))
        statuses.update(answer.status for answer in answers)
        return sum(answer.status == 200 and answer.json["content"] == content for answer in answers)

    assert Counter(await raced(race)) == {1: NOTES}
    assert statuses == {200: NOTES, 404: NOTES * (READERS - 1)}
    assert await batches_retried(api, stack) == retried
    await both_had_batches(api, stack)


async def test_every_note_has_exactly_one_claim_that_wins_and_it_alone_may_ask_again(api, stack):
    shuffled = random.Random(20261123)
    statuses: Counter[int] = Counter()
    retried = await batches_retried(api, stack)

    async def race(number: int) -> tuple[int, ...]:
        """How many won; then what the winner and a loser are told within the lease, and after it."""
        content = f"note {number}"
        slug = (await api.post("/api/v1/note", {"content": content})).json["slug"]
        path = f"/api/v1/note/{slug}"
        claims = [secrets.token_urlsafe(16) for _ in range(READERS)]

        async def reads(claim: str) -> int:
            answer = await api.post(f"{path}/view", {"claim": claim})
            assert answer.status != 200 or answer.json["content"] == content
            return answer.status

        answers = dict(zip(claims, await asyncio.gather(*(reads(claim) for claim in claims)), strict=True))
        statuses.update(answers.values())
        won = [claim for claim, status in answers.items() if status == 200]
        lost = shuffled.choice([claim for claim in claims if claim not in won])
        # Both at once, so that they may be a batch, and over whichever gateway and notes process comes next.
        within = await asyncio.gather(reads(won[0]), reads(lost))
        acknowledged = await api.post(f"{path}/ack", {"claim": won[0]})
        after = await asyncio.gather(reads(won[0]), reads(lost))
        return (len(won), *within, acknowledged.status, *after)

    assert Counter(await raced(race)) == {(1, 200, 404, 204, 404, 404): NOTES}
    assert statuses == {200: NOTES, 404: NOTES * (READERS - 1)}
    assert await batches_retried(api, stack) == retried
    await both_had_batches(api, stack)


async def raced(race: Callable[[int], Awaitable[Result]]) -> list[Result]:
    """A race for every note, some at a time: enough for batches to overlap, and no reader waits for long."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Result:
        async with room:
            return await race(number)

    return await asyncio.gather(*(one(number) for number in range(NOTES)))


async def batches_retried(api, stack) -> float:
    """Of all notes processes, so far: what PostgreSQL refused, a deadlock above all."""
    lines = [line for text in await metrics(api, stack) for line in text.splitlines()]
    return sum(float(line.split()[-1]) for line in lines if line.startswith("batches_retried_total"))


async def both_had_batches(api, stack) -> None:
    """Each process has had a share of them, or there was nothing that could meet."""
    texts = await metrics(api, stack)
    assert len(texts) == 2
    assert all("batch_size_count" in text for text in texts)


async def metrics(api, stack) -> list[str]:
    return [(await api.get(url)).text for url in stack.endpoints.metrics["notes"]]
