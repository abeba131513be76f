"""The life of a service process: start in order, run until told to stop, stop in the reverse order."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Generic, NoReturn, TypeVar

import uvloop
from prometheus_client import CollectorRegistry, GCCollector, Info, PlatformCollector, ProcessCollector

from chassis import logs
from chassis.build import built_version
from chassis.health import Health
from chassis.health_collector import HealthCollector
from chassis.ops_server import ops_server
from chassis.settings import EXIT_SETTINGS, ServiceSettings, SettingsError, load, unknown
from chassis.tracing import Tracing

S = TypeVar("S", bound=ServiceSettings)
# A Runtime only hands its settings out, so one of a subclass may stand for one of the parent.
S_co = TypeVar("S_co", bound=ServiceSettings, covariant=True)

EXIT_FAILED = 1
CANCEL_AGAIN = 0.5


class Runtime(Generic[S_co]):
    """What one process has once: its name, settings, logger, health, metrics, traces, and its end."""

    def __init__(self, name: str, settings: S_co, log: logs.Logger) -> None:
        self.name = name
        self.settings = settings
        self.log = log
        self.health = Health()
        self.tracing = Tracing()
        self.metrics = CollectorRegistry(auto_describe=True)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.metrics)
        self.metrics.register(HealthCollector(self.health))
        build = Info("onasty_build", "Which service this is, and its version", registry=self.metrics)
        self.version = built_version()
        build.info({"service": name, "version": self.version})
        self.started = asyncio.Event()
        self.exit_code = 0
        self.stop_requested = asyncio.Event()

    def fail(self, reason: str) -> None:
        """Stop because the process cannot do its work any more; its exit code will be 1."""
        if not self.stop_requested.is_set():
            self.log.error("the process cannot go on", reason=reason)
            self.exit_code = EXIT_FAILED
            self.stop_requested.set()

    @asynccontextmanager
    async def background(
        self, name: str, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> AsyncIterator[None]:
        """Run a named task beside the block, and cancel it when the block ends.

        Such a task has no end of its own: when it returns or raises, the process fails.
        """

        def ended(task: asyncio.Task[None]) -> None:
            error = None if task.cancelled() else task.exception()
            self.log.error("background task ended", task=name, exc_info=error)
            self.fail(f"background task {name} ended")

        task = asyncio.create_task(work(), name=name)
        task.add_done_callback(ended)
        try:
            yield
        finally:
            task.remove_done_callback(ended)
            while not task.done():
                # Again, should a library have swallowed the first.
                task.cancel()
                await asyncio.wait([task], timeout=CANCEL_AGAIN)


Compose = Callable[[Runtime[S]], AbstractAsyncContextManager[None]]


def run(name: str, settings_type: type[S], compose: Compose[S]) -> NoReturn:
    """Be the service `name` until SIGTERM or SIGINT, then exit.

    `compose` acquires everything on entry, in order, and releases it in reverse; the process is ready
    while it is entered. Exit codes: 0 after a stop, 1 after a failure or a stop that took longer than
    `stop_timeout`, 78 for wrong settings. A second signal cuts the stop short.
    """
    try:
        settings = load(settings_type)
    except SettingsError as error:
        sys.stderr.writelines(f"{name}: {line}\n" for line in str(error).splitlines())
        sys.exit(EXIT_SETTINGS)
    log = logs.configure(name, level=settings.log_level, format=settings.log_format)
    for sentence in unknown(settings_type):
        log.warning("unknown setting", detail=sentence)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(_live(name, settings, log, compose))
    sys.exit(code)


async def _live(name: str, settings: S, log: logs.Logger, compose: Compose[S]) -> int:
    runtime = Runtime(name, settings, log)
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if runtime.stop_requested.is_set():
            _give_up(log, "second signal")
        runtime.stop_requested.set()

    # Set explicitly: a shell starts background jobs with SIGINT ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    lifetime = asyncio.create_task(_lifetime(runtime, compose), name="lifetime")
    stop = asyncio.create_task(runtime.stop_requested.wait(), name="stop")
    started = asyncio.create_task(runtime.started.wait(), name="started")
    start_limit = settings.start_timeout + settings.stop_timeout
    if not (await _first(lifetime, stop, started, within=start_limit)):
        _give_up(log, "the start took too long")
    await _first(lifetime, stop)
    started.cancel()
    stop.cancel()
    limit = loop.call_later(settings.stop_timeout, _give_up, log, "the stop took too long")
    if not runtime.started.is_set():
        lifetime.cancel()  # told to stop while starting
    await asyncio.wait([lifetime])
    limit.cancel()
    if not lifetime.cancelled() and (error := lifetime.exception()) is not None:
        if isinstance(error, SettingsError):
            sys.stderr.write(f"{name}: {error}\n")
        # Before the start nobody has sent anything yet that the operating system's words could quote.
        words = error.strerror if isinstance(error, OSError) and not runtime.started.is_set() else None
        log.error("the service failed", exc_info=error, **({"detail": words} if words else {}))
        runtime.exit_code = EXIT_SETTINGS if isinstance(error, SettingsError) else EXIT_FAILED
    log.info("stopped", exit_code=runtime.exit_code)
    return runtime.exit_code


async def _first(*tasks: asyncio.Task[Any], within: float | None = None) -> bool:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=within)
    return bool(done)


async def _lifetime(runtime: Runtime[S], compose: Compose[S]) -> None:
    settings = runtime.settings
    async with (
        ops_server(
            runtime.health, runtime.metrics, host=settings.ops_host, port=settings.ops_port
        ) as ops_port,
        _tracing(runtime) as runtime.tracing,
    ):
        service = compose(runtime)
        async with asyncio.timeout(settings.start_timeout):
            await service.__aenter__()
        try:
            # What lives from here on was made by the start and stays: the collector need not look at it.
            gc.collect()
            gc.freeze()
            runtime.started.set()
            runtime.health.start_accepting()
            runtime.log.info("ready", version=runtime.version, ops_port=ops_port, pid=os.getpid())
            await runtime.stop_requested.wait()
        finally:
            runtime.health.stop_accepting()
            runtime.log.info("stopping")
            await service.__aexit__(None, None, None)


@asynccontextmanager
async def _tracing(runtime: Runtime[S]) -> AsyncIterator[Tracing]:
    endpoint = runtime.settings.otlp_endpoint
    if endpoint is None:
        yield runtime.tracing
        return
    # With OpenTelemetry, which takes 9 MiB.
    from chassis.otlp import recording  # noqa: PLC0415

    async with recording(runtime.name, str(endpoint)) as tracing:
        yield tracing


def _give_up(log: logs.Logger, reason: str) -> NoReturn:
    waiting = [f"{task.get_name()}: {_place(task)}" for task in asyncio.all_tasks()]
    log.error("stopped at once", reason=reason, waiting=waiting)
    sys.stdout.flush()
    os._exit(EXIT_FAILED)


def _place(task: asyncio.Task[Any]) -> str:
    return " < ".join(f"{frame.f_code.co_filename}:{frame.f_lineno}" for frame in task.get_stack())
