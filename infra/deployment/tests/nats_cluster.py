"""The nodes of `infra/compose/nats-cluster.yml`, each as a process on ports of its own."""

import asyncio
import json
import shutil
import signal

from devstack.binaries import scripts
from devstack.ports import LOOPBACK, free_ports
from devstack.probe import http_ok
from devstack.process import Program, spawn
from devstack.repository import ROOT

NODES = ("nats", "nats-2", "nats-3")
WITHIN = 45


class Cluster:
    """The nodes by name; each on ports of its own, and else as in its container."""

    def __init__(self, compose, secrets, folder):
        self.services = compose("nats-cluster")["services"]
        self._secrets = secrets
        ports = iter(free_ports(3 * len(NODES)))
        self._ports = {node: (next(ports), next(ports), next(ports)) for node in NODES}
        self._programs = {node: self._program(node, folder / node) for node in NODES}
        self.running = {}

    def url(self, user):
        password = (self._secrets / f"nats_{user}_password").read_text()
        return ",".join(f"nats://{user}:{password}@{LOOPBACK}:{self._ports[node][0]}" for node in NODES)

    @property
    def monitors(self):
        return ",".join(f"http://{LOOPBACK}:{self._ports[node][1]}" for node in NODES)

    def _program(self, node, folder):
        shutil.copytree(ROOT / "infra" / "nats", folder)
        shutil.copy(self._secrets / "nats_passwords.conf", folder / "passwords.conf")
        routes = (self._secrets / "nats_routes.conf").read_text()
        for number, other in enumerate(NODES, 1):
            routes = routes.replace(f"nats-{number}:6222", f"{LOOPBACK}:{self._ports[other][2]}")
        (folder / "routes.conf").write_text(routes)
        client, monitor, cluster = (f"{LOOPBACK}:{port}" for port in self._ports[node])
        service = self.services[node]
        command, config = service["command"]
        return Program(
            name=node,
            argv=(str(scripts() / "nats-server"), command, str(folder / config.rpartition("/")[2])),
            log=folder / "log",
            env={
                **service["environment"],
                "NATS_LISTEN": client,
                "NATS_MONITOR": monitor,
                "NATS_CLUSTER_LISTEN": cluster,
                "NATS_STORE": str(folder / "data"),
            },
        )

    async def start(self, *nodes):
        for node in nodes:
            self.running[node] = await spawn(self._programs[node])
        async with asyncio.timeout(WITHIN):
            for node in nodes:
                while not await http_ok(LOOPBACK, self._ports[node][1], "/healthz"):
                    await asyncio.sleep(0.05)

    async def lead(self, admin, stream, port):
        """Have the node with this port for clients lead it; gives its name."""
        node = next(node for node in NODES if self._ports[node][0] == port)
        name = self.services[node]["environment"]["NATS_NAME"]
        js = admin.jetstream()
        async with asyncio.timeout(WITHIN):
            while (await js.stream_info(stream)).cluster.leader != name:
                wish = json.dumps({"placement": {"preferred": name}}).encode()
                await admin.request(f"$JS.API.STREAM.LEADER.STEPDOWN.{stream}", wish)
                await asyncio.sleep(0.2)
        return node

    async def kill(self, node):
        process = self.running.pop(node)
        process.send_signal(signal.SIGKILL)
        await process.wait()
