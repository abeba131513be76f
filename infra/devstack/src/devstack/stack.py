"""The composition: what is started, in which order, and stopped in the reverse."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable, Iterator

from contracts.registry import SERVICES
from devstack.data_directory import DataDirectory, opened
from devstack.endpoints import Endpoints
from devstack.errors import StackError
from devstack.mail_catcher import mail_catcher
from devstack.options import Options
from devstack.ports import LOOPBACK, free_ports, given_port, require_free
from devstack.servers import Servers
from devstack.services import (
    GATEWAY,
    Replica,
    ops_port_variable,
    replicas,
    serve_our_client,
    service,
    settings,
)
from devstack.supervised import Supervised
from devstack.terminal import Say
from devstack.together import all_or_none
from devstack.web.build import WebClient

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# From the signal on, so that all ends in under 10 s, a last kill included.
SERVICES_STOP_WITHIN = 8.0
ALL_STOP_WITHIN = 9.0
SERVER_PORTS = 5


async def run_until_signal(options: Options, say: Say) -> None:
    """Run everything until SIGINT, SIGTERM or SIGHUP, also in the middle of the start.

    Returns when everything has stopped, in under 10 s. Raises `StackError` when a part does not start;
    what was started is stopped then, too.
    """
    with opened(options.data, fresh=options.fresh) as data, _signals() as signalled:
        stack = Stack(options, data, say)
        async with mail_catcher(stack.smtp_port, data.mailbox, say), _development(stack, options, say):
            await stack.run_until(signalled)


@contextlib.contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """Set by the first signal; none does anything else, so that a second cannot interrupt the stop."""
    signalled = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Not `loop.add_signal_handler`: it ends with the loop, and a late signal would change the exit code.
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(signalled.set))
    try:
        yield signalled
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def _development(stack: Stack, options: Options, say: Say) -> contextlib.AbstractAsyncContextManager[None]:
    if not options.dev:
        return contextlib.nullcontext()
    try:
        # Of the dependency group `dev`, which a plain start does without.
        from devstack.watch import watched  # noqa: PLC0415
    except ModuleNotFoundError:
        raise StackError("--dev needs the development tools: ./task setup dev") from None
    return watched(stack.services, say)


class Stack:
    """The servers and the services of one data directory."""

    def __init__(self, options: Options, data: DataDirectory, say: Say) -> None:
        """Chooses ports and addresses; starts nothing yet. Raises `StackError`."""
        scale = _scale(options)
        given = {f"{name}=": given_port(name) for name in map(ops_port_variable, scale)}
        given["--port "] = options.port if scale else 0
        for setting, port in given.items():
            if port:
                require_free(port, setting)
        ports = iter(free_ports(SERVER_PORTS + 2 * sum(scale.values()), but=given.values()))
        self._data = data
        self._say = say
        self._servers = Servers(data, ports, fresh=options.fresh, say=say)
        self.smtp_port = next(ports)
        # What the services are told to use is what is migrated.
        self._databases = {
            name: os.environ.get(f"{name.upper()}_DATABASE_URL", url)
            for name, url in self._servers.databases.items()
        }
        planned = replicas(scale, options.port, ports)
        public_url = next(
            (replica.url for replica in planned if replica.service == GATEWAY), f"http://{LOOPBACK}"
        )
        self.services = {
            replica: self._service(replica, public_url, text_logs=options.dev) for replica in planned
        }

    def _service(self, replica: Replica, public_url: str, *, text_logs: bool) -> Supervised:
        environment = settings(
            replica,
            nats=self._servers.nats_users[replica.service],
            database=self._databases.get(replica.service),
            redis=self._servers.redis_url,
            smtp_port=self.smtp_port,
            public_url=public_url,
            secrets=self._servers.secrets,
            text_logs=text_logs,
        )
        return service(replica, environment, self._data, self._say)

    async def run_until(self, signalled: asyncio.Event) -> None:
        """Start and run everything until then; whatever happens, stop it. Raises `StackError`."""
        running = asyncio.create_task(self._run(), name="run")
        signal_wait = asyncio.create_task(signalled.wait(), name="wait for a signal")
        await asyncio.wait([running, signal_wait], return_when=asyncio.FIRST_COMPLETED)
        self._say("Stopping")
        began = asyncio.get_running_loop().time()
        signal_wait.cancel()
        running.cancel()
        await asyncio.wait([running])
        await self._stop(began)
        if not running.cancelled():
            running.result()

    async def _run(self) -> None:
        await self._start()
        keepers = [process.keeper for process in self._processes() if process.keeper]
        for failed in (await asyncio.wait(keepers, return_when=asyncio.FIRST_COMPLETED))[0]:
            failed.result()

    async def _start(self) -> None:
        async with all_or_none() as group:
            group.create_task(self._servers.start(self._databases))
            group.create_task(self._build_web())
        async with all_or_none() as group:
            for process in self.services.values():
                group.create_task(process.start())
        self._write_endpoints()
        for process in self._processes():
            process.on_change(self._write_endpoints)
        gateway = next((replica.url for replica in self.services if replica.service == GATEWAY), None)
        self._say(
            f"Onasty is at {gateway}  (Ctrl-C stops it)"
            if gateway
            else f"The servers are ready; {self._data.endpoints} says where  (Ctrl-C stops them)"
        )

    async def _build_web(self) -> None:
        if serve_our_client(self.services):
            await WebClient(self._say).build()

    async def _stop(self, began: float) -> None:
        """Stop the services, then the servers; what does not stop in time is killed."""
        # First, for they write the endpoints when something has come back.
        await asyncio.gather(*(process.leave() for process in self._processes()))
        self._data.endpoints.unlink(missing_ok=True)
        problems = await _stop(self.services.values(), until=began + SERVICES_STOP_WITHIN)
        problems += await _stop(self._servers.processes.values(), until=began + ALL_STOP_WITHIN)
        if problems:
            raise problems[0]

    def _processes(self) -> Iterable[Supervised]:
        return (*self._servers.processes.values(), *self.services.values())

    def _write_endpoints(self) -> None:
        pids = {name: [server.pid] for name, server in self._servers.processes.items()}
        metrics: dict[str, list[str]] = {}
        for replica, process in self.services.items():
            pids.setdefault(replica.service, []).append(process.pid)
            metrics.setdefault(replica.service, []).append(replica.metrics)
        gateways = [replica.url for replica in self.services if replica.service == GATEWAY]
        Endpoints(
            gateway=gateways[0] if gateways else "",
            gateways=gateways,
            nats=self._servers.nats_url,
            nats_monitor=self._servers.nats_monitor,
            nats_users=dict(self._servers.nats_users),
            postgres={**self._servers.databases, "admin": self._servers.admin_database},
            redis=self._servers.redis_url,
            secrets=self._servers.secrets,
            smtp=f"{LOOPBACK}:{self.smtp_port}",
            mailbox=str(self._data.mailbox),
            metrics=metrics,
            pids=pids,
        ).write(self._data.endpoints)


def _scale(options: Options) -> dict[str, int]:
    unknown = set(options.scale) - set(SERVICES)
    if unknown:
        raise StackError(f"There is no service {', '.join(unknown)}; there are: {', '.join(SERVICES)}.")
    return {} if options.only_servers else {name: options.scale.get(name, 1) for name in SERVICES}


async def _stop(processes: Iterable[Supervised], *, until: float) -> list[BaseException]:
    grace = max(0.0, until - asyncio.get_running_loop().time())
    ends = await asyncio.gather(*(process.stop(grace=grace) for process in processes), return_exceptions=True)
    return [problem for problem in ends if problem is not None]
