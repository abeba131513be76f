"""Notes processes are killed with -9 again and again under load; what clients saw is recorded and judged.

`ONASTY_FULL=1` makes it 200 kills, `ONASTY_SEED` repeats the choices of an earlier run.
"""

import asyncio
import os
import random
import re
import secrets
import signal
import time
from collections import Counter
from typing import Any

import aiohttp
import asyncpg
import pytest

from .conftest import Answer, Api
from .history import Event, Note, broken_rules

pytestmark = pytest.mark.e2e

KILLS = 200 if os.environ.get("ONASTY_FULL") else 20
SEED = int(os.environ.get("ONASTY_SEED", secrets.randbits(32)))
# While some start again, others must answer: at least one is alive, and most of the time more.
PROCESSES = 4
ALIVE = 1
WORKERS = 8
# Between two notes of a worker. Less, and a process that starts again waits long for a core.
THINKS = 0.3
CANARY = f"plaintext-{secrets.token_hex(8)}"
# A reader who has asked again for so long may have lost its view by rights.
LEASE = 60.0
STARTS_WITHIN, SWEPT_WITHIN = 40.0, 15.0
READY_AGAIN = re.compile(r"^(notes-\d) +ready again", re.MULTILINE)


class Clients:
    """They write and read notes, ask again when they must, and remember everything."""

    def __init__(self, api: Api, seed: int) -> None:
        self.history: list[Event] = []
        self.left_unread: list[Note] = []
        self.ended = False
        self._api = api
        self._seed = seed

    async def work(self, worker: int) -> None:
        """Notes, one after the other; each is read by more claims than it has views, all at once."""
        choice = random.Random(f"{self._seed}.{worker}")
        number = 0
        while not self.ended:
            number += 1
            note = Note(f"{CANARY} {worker}.{number}", views=choice.choice((1, 1, 1, 3)))
            await self._write(note, choice)
            if note.slug and choice.random() < 0.1:
                self.left_unread.append(note)
            elif note.slug:
                await self.read(note, choice, claims=note.views + 2)
            await asyncio.sleep(choice.uniform(0, THINKS))

    async def read_what_was_left(self) -> None:
        """As many claims as there are views: each must win."""
        choice = random.Random(self._seed)
        room = asyncio.Semaphore(WORKERS)

        async def one(note: Note) -> None:
            async with room:
                await self.read(note, choice, claims=note.views)

        async with asyncio.TaskGroup() as readers:
            for note in self.left_unread:
                readers.create_task(one(note))

    async def _write(self, note: Note, choice: random.Random) -> None:
        body = {"content": note.content, "max_views": note.views}
        if choice.random() < 0.5:
            # Once: without an answer it may have been written.
            answer = await self._ask("create", note, "", "/api/v1/note", body)
        else:
            headers = {"Idempotency-Key": note.content}
            # Many hang up, so that it is repeated while it is done, and after it.
            patience = choice.uniform(0.001, 0.05) if choice.random() < 0.5 else None
            answer = await self._insist(
                "create", note, "", "/api/v1/note", body, headers=headers, patience=patience
            )
        if answer is not None and answer.status == 201:
            note.slug = answer.json["slug"]

    async def read(self, note: Note, choice: random.Random, *, claims: int) -> None:
        async with asyncio.TaskGroup() as readers:
            for _ in range(claims):
                # A choice of its own: else the order of answers would decide what is chosen.
                reader = random.Random(choice.random())
                readers.create_task(self._reader(note, secrets.token_urlsafe(16), reader))

    async def _reader(self, note: Note, claim: str, choice: random.Random) -> None:
        path, body = f"/api/v1/note/{note.slug}", {"claim": claim}
        # Some hang up, early or late, and come back with the same claim.
        patience = choice.uniform(0.001, 0.05) if choice.random() < 0.1 else None
        first = await self._insist("reveal", note, claim, f"{path}/view", body, patience=patience)
        if first.status == 200 and choice.random() < 0.5:
            await self._insist("reveal", note, claim, f"{path}/view", body)
        if first.status == 200 and choice.random() < 0.8:
            await self._insist("acknowledge", note, claim, f"{path}/ack", body)
            if choice.random() < 0.3:
                await self._insist("reveal", note, claim, f"{path}/view", body)

    async def _insist(self, *request: Any, patience: float | None = None, **options: Any) -> Answer:
        """Until it is answered: 503 and silence leave open what was done."""
        async with asyncio.timeout(LEASE):
            while True:
                answer = await self._ask(*request, patience=patience, **options)
                if answer is not None and answer.status != 503:
                    return answer
                patience = None
                await asyncio.sleep(0.05)  # a client that heeds Retry-After a little

    async def _ask(
        self,
        what: str,
        note: Note,
        claim: str,
        path: str,
        body: dict[str, Any],
        *,
        patience: float | None = None,
        **options: Any,
    ) -> Answer | None:
        begun, answer = time.time(), None
        try:
            async with asyncio.timeout(patience):
                answer = await self._api.post(path, body, **options)
        except TimeoutError:
            pass
        status, said = (answer.status, answer.json if answer.body else {}) if answer else (None, {})
        self.history.append(Event(what, note, claim, begun, time.time(), status, said))
        return answer


async def test_nothing_acknowledged_is_lost_and_nothing_read_twice(launch_devstack, monkeypatch, capsys):
    with capsys.disabled():
        print(f"\nONASTY_SEED={SEED}", end=" ", flush=True)  # noqa: T201 - whoever repeats it needs it
    monkeypatch.setenv("NOTES_SWEEP_INTERVAL", "1")
    # What a killed process had in hand is answered with 503 after so long, and asked again.
    monkeypatch.setenv("GATEWAY_REQUEST_TIMEOUT", "2.5")
    devstack = launch_devstack("--scale", f"notes={PROCESSES}", "gateway=2")
    endpoints = await asyncio.to_thread(devstack.wait_until_ready)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        clients = Clients(Api(session, endpoints.gateways), SEED)
        async with asyncio.TaskGroup() as workers:
            for worker in range(WORKERS):
                workers.create_task(clients.work(worker))
            await kill_again_and_again(devstack, clients)
            clients.ended = True
        await clients.read_what_was_left()

    history = clients.history
    seen = Counter(f"{event.what} {event.status}" for event in history)
    with capsys.disabled():
        print(dict(sorted(seen.items())), end=" ")  # noqa: T201
    assert broken_rules(history) == [], f"seed {SEED}"
    # The kills were felt, and what is judged was there to judge.
    assert {"create 201", "reveal 200", "reveal 404", "reveal None", "acknowledge 204"} <= set(seen)
    assert any(event.status == 503 for event in history)
    assert clients.left_unread
    await nothing_is_left(endpoints.postgres["notes"], history)


async def kill_again_and_again(devstack, clients: Clients) -> None:
    """One process after the other, at any moment of the work, also while others start again."""
    choice = random.Random(SEED)
    names = [f"notes-{number}" for number in range(1, PROCESSES + 1)]
    killed: Counter[str] = Counter()

    async def alive() -> list[str]:
        """Those that are ready, as soon as there is one more than must be left."""
        async with asyncio.timeout(STARTS_WITHIN):
            while True:
                back = Counter(READY_AGAIN.findall(devstack.output))
                if len(ready := [name for name in names if back[name] == killed[name]]) > ALIVE:
                    return ready
                await asyncio.sleep(0.02)

    while killed.total() < KILLS:
        worked = len(clients.history) + choice.randrange(1, 100)
        async with asyncio.timeout(STARTS_WITHIN):
            while len(clients.history) < worked:
                await asyncio.sleep(0.005)
        victim = choice.choice(await alive())
        os.kill(devstack.endpoints.pids["notes"][names.index(victim)], signal.SIGKILL)
        killed[victim] += 1


async def nothing_is_left(dsn: str, history: list[Event]) -> None:
    """Every row is accounted for, sealed while it has content, and without content when it is over."""
    database = await asyncpg.connect(dsn)
    try:
        rows = {row["slug"]: row for row in await database.fetch("SELECT * FROM notes")}
        written = {event.note.slug for event in history if event.note.slug}
        # Asked for once, without an answer: one row each, or none. Whatever was repeated has its slug.
        unknown = {event.note for event in history if not event.note.slug}
        assert written <= set(rows)
        assert len(rows) - len(written) <= len(unknown), f"seed {SEED}: rows that nobody asked for"
        for row in rows.values():
            assert row["content"] is None or (row["key_id"] and CANARY.encode() not in row["content"])

        winners = {
            event.claim: event.note.slug
            for event in history
            if event.what == "reveal" and event.status == 200
        }
        for event in history:
            if event.what == "acknowledge" and event.status == 204:
                winners.pop(event.claim, None)
        for slug in written - set(winners.values()):
            assert rows[slug]["content"] is None, f"seed {SEED}: acknowledged, and not erased: {slug}"

        # Leases that nobody acknowledged end by time: two minutes pass at once.
        leased = await database.execute(
            """
            UPDATE notes SET erase_at = erase_at - interval '2 minutes',
                leases = ARRAY(SELECT lease - interval '2 minutes'
                               FROM unnest(leases) WITH ORDINALITY AS held (lease, place) ORDER BY place)
            WHERE content IS NOT NULL AND views_taken > 0
            """
        )
        assert leased != "UPDATE 0"
        async with asyncio.timeout(SWEPT_WITHIN):
            while await database.fetchval(
                "SELECT count(*) FROM notes WHERE content IS NOT NULL AND slug = ANY($1)", list(written)
            ):
                await asyncio.sleep(0.05)
        untouched = "SELECT count(*) FROM notes WHERE content IS NOT NULL AND views_taken > 0"
        assert await database.fetchval(untouched) == 0
    finally:
        await database.close()
