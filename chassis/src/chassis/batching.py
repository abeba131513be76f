"""Group commit at the application: what is asked at the same time goes to PostgreSQL in one statement."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

import asyncpg

from chassis import tracing
from chassis.metrics import BatchMetrics
from chassis.postgres import Connection, RolledBackError
from contracts.context import RequestContext
from contracts.errors import ServiceError

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


_ATTRIBUTES = {"db.system.name": "postgresql"}


@dataclass(frozen=True, slots=True)
class _Waiter(Generic[Ask, Answer]):
    ask: Ask
    key: Hashable
    context: RequestContext
    answer: asyncio.Future[Answer]

    def wants_it(self) -> bool:
        """False when it was cancelled, or its deadline has passed, which it is told here."""
        if self.answer.done():
            return False
        try:
            self.context.check_deadline()
        except ServiceError as error:
            self.answer.set_exception(error)
            return False
        return True

    def give(self, answer: Answer) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def refuse(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Batcher(Generic[Ask, Answer]):
    """Answers asks together: what arrives while batches run is the next batch. There is no timer.

    - At most `in_flight` batches run at once, each of at most `max_size` asks that together weigh at most
      `max_weight`, or of one that weighs more; when fewer run, an ask starts one right away.
    - Two asks of one `key` are never at the database at once, and are sent in the order of their arrival.
    - A batch is formed when its connection is at hand. Whoever was cancelled until then, or whose deadline
      has passed, is not sent; of whoever is cancelled later, the answer is thrown away.
    - Answers are given when the connection's block has been left: after the commit, if it is a transaction.
    - A batch that PostgreSQL refuses was rolled back. It is run again, each ask by itself, so that one
      bad row, or one that is locked, fails alone. After any other error what came of a batch is unknown: all
      its waiters are told, and nothing is sent twice.

    Needs no stop: what is pending ends with the handlers that wait for it.
    """

    def __init__(
        self,
        open_connection: Callable[[], AbstractAsyncContextManager[Connection]],
        run: Callable[[Connection, Sequence[Ask]], Awaitable[Sequence[Answer]]],
        key: Callable[[Ask], Hashable],
        *,
        name: str,
        metrics: BatchMetrics,
        weigh: Callable[[Ask], int] = lambda _: 0,
        max_size: int = 64,
        max_weight: int = 4 * 1024 * 1024,
        in_flight: int = 2,
    ) -> None:
        """`run` gives one answer for each ask, in their order. `name` is the label of its metrics.

        `weigh` tells the bytes of an ask, roughly, where asks may be large.

        `run` is one statement, or `open_connection` opens a transaction: else a part of a refused batch would
        stay. `open_connection` turns what is no refusal, such as a lost connection, into a `ServiceError`,
        as `Database.connection` and `Database.transaction` do.
        """
        self._open_connection = open_connection
        self._run = run
        self._key = key
        self._weigh = weigh
        self._max_size = max_size
        self._max_weight = max_weight
        self._in_flight = in_flight
        self._size = metrics.size.labels(name)
        self._retried = metrics.retried.labels(name)
        metrics.pending.labels(name).set_function(lambda: len(self._pending))
        self._task_name = f"batch {name}"
        self._pending: deque[_Waiter[Ask, Answer]] = deque()
        self._busy: set[Hashable] = set()  # keys that are at the database
        self._batches: set[asyncio.Task[None]] = set()
        self._forming = False  # a batch waits for its connection, and will take what is pending

    async def ask(self, ask: Ask, context: RequestContext) -> Answer:
        """Raises `deadline_exceeded`, `unavailable`, and what `run` raises for this ask."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiter = _Waiter(ask, self._key(ask), context, answer)
        # Of this ask alone: the statement is of many traces.
        with tracing.within("client", self._task_name, _ATTRIBUTES):
            self._pending.append(waiter)
            if waiter.key not in self._busy:
                self._start()
            return await answer

    def _start(self) -> None:
        if self._forming or len(self._batches) >= self._in_flight:
            return
        self._forming = True
        # Not in the context of the asker: a line that is logged here is not of its request.
        task = asyncio.create_task(self._batch(), name=self._task_name, context=contextvars.Context())
        self._batches.add(task)
        task.add_done_callback(self._ended)

    def _start_if_wanted(self) -> None:
        if any(waiter.key not in self._busy and not waiter.answer.done() for waiter in self._pending):
            self._start()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        if task.cancelled():
            self._forming = False
        self._start_if_wanted()

    async def _batch(self) -> None:
        batch: list[_Waiter[Ask, Answer]] | None = None
        try:
            async with self._open_connection() as connection:
                batch = self._form()
                answers = await self._send(connection, batch)
            for waiter, answer in zip(batch, answers, strict=True):
                waiter.give(answer)
        except Exception as error:  # noqa: BLE001 - every one reaches those who wait
            if batch is None:
                batch = self._form()
                _refuse(batch, error)
            elif isinstance(error, asyncpg.PostgresError | RolledBackError) and len(batch) > 1:
                self._retried.inc()
                await self._one_by_one(batch)
            else:
                _refuse(batch, error)
        finally:
            for waiter in batch or ():
                self._busy.discard(waiter.key)
                waiter.answer.cancel()  # only where there is none: when this task was cancelled

    async def _one_by_one(self, batch: Sequence[_Waiter[Ask, Answer]]) -> None:
        for waiter in batch:
            try:
                async with self._open_connection() as connection:
                    alone = [waiter] if waiter.wants_it() else []
                    answers = await self._send(connection, alone)
                for answer in answers:
                    waiter.give(answer)
            except Exception as error:  # noqa: BLE001 - it is this one's alone
                waiter.refuse(error)

    def _form(self) -> list[_Waiter[Ask, Answer]]:
        """The oldest pending whose keys are free; from now on these are busy."""
        self._forming = False
        batch: list[_Waiter[Ask, Answer]] = []
        later: list[_Waiter[Ask, Answer]] = []
        weight = 0
        while self._pending and len(batch) < self._max_size:
            waiter = self._pending.popleft()
            if waiter.key in self._busy:
                later.append(waiter)
            elif waiter.wants_it():
                weight += self._weigh(waiter.ask)
                if batch and weight > self._max_weight:
                    later.append(waiter)  # not overtaken by lighter ones, which could go on for ever
                    break
                self._busy.add(waiter.key)
                batch.append(waiter)
        self._pending.extendleft(reversed(later))
        self._start_if_wanted()
        return batch

    async def _send(self, connection: Connection, batch: Sequence[_Waiter[Ask, Answer]]) -> Sequence[Answer]:
        if not batch:
            return ()
        self._size.observe(len(batch))
        answers = await self._run(connection, [waiter.ask for waiter in batch])
        if len(answers) != len(batch):
            raise RuntimeError(f"{len(answers)} answers to {len(batch)} asks")
        return answers


def _refuse(batch: Sequence[_Waiter[Ask, Answer]], error: Exception) -> None:
    for waiter in batch:
        waiter.refuse(error)
