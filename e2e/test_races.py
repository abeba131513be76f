"""Two readers, one note: 1,000 notes and 16 readers each, over two gateways and two notes processes."""

import asyncio
import random
from collections import Counter

import pytest

pytestmark = pytest.mark.e2e

NOTES = 1000
READERS = 16
AT_ONCE = 20


async def test_every_note_has_exactly_one_winner(api):
    shuffled = random.Random(20261122)
    statuses: Counter[int] = Counter()
    room = asyncio.Semaphore(AT_ONCE)

    async def race(number: int) -> int:
        async with room:
            content = f"note {number}"
            slug = (await api.post("/api/v1/note", {"content": content})).json["slug"]
            path = f"/api/v1/note/{slug}"
            ways = [
                ("POST", f"{path}/view") if shuffled.random() < 0.5 else ("GET", path) for _ in range(READERS)
            ]
            answers = await asyncio.gather(*(api.call(method, way) for method, way in ways))
            statuses.update(answer.status for answer in answers)
            return sum(answer.status == 200 and answer.json["content"] == content for answer in answers)

    winners = await asyncio.gather(*(race(number) for number in range(NOTES)))
    assert Counter(winners) == {1: NOTES}
    assert statuses == {200: NOTES, 404: NOTES * (READERS - 1)}
