"""The nodes of the compose files, each as a process on ports of its own."""

import asyncio
import json
import os
import shutil
import signal
import sys

from devstack.binaries import scripts
from devstack.ports import LOOPBACK, free_ports
from devstack.probe import http_ok
from devstack.process import Program, run, spawn
from devstack.repository import ROOT

NODES = ("nats", "nats-2", "nats-3")
WITHIN = 45


class Cluster:
    """The nodes by name; each on ports of its own, and else as in its container. The first may be alone."""

    def __init__(self, compose, secrets, folder, nodes=NODES):
        self.services = compose("nats-cluster")["services"] if len(nodes) > 1 else compose()["services"]
        self._secrets = secrets
        self._folder = folder
        ports = iter(free_ports(3 * len(nodes)))
        self._ports = {node: (next(ports), next(ports), next(ports)) for node in nodes}
        self._programs = {node: self._program(node, folder / node) for node in nodes}
        self.running = {}

    def url(self, user):
        password = (self._secrets / f"nats_{user}_password").read_text()
        return ",".join(f"nats://{user}:{password}@{LOOPBACK}:{self._ports[node][0]}" for node in self._ports)

    @property
    def monitors(self):
        return ",".join(f"http://{LOOPBACK}:{self._ports[node][1]}" for node in self._ports)

    def _program(self, node, folder):
        shutil.copytree(ROOT / "infra" / "nats", folder)
        shutil.copy(self._secrets / "nats_passwords.conf", folder / "passwords.conf")
        routes = (self._secrets / "nats_routes.conf").read_text()
        for number, other in enumerate(self._ports, 1):
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

    async def operate(self, module, *arguments):
        """Have the operator's command end well, with the settings of its container."""
        environment = self.services["provision"]["environment"] | {
            "PROVISION_NATS_MONITOR_URL": self.monitors,
            "PROVISION_NATS_URL": self.url("admin"),
            "PATH": os.environ["PATH"],
        }
        del environment["ONASTY_SECRETS_DIR"]
        argv = (sys.executable, "-P", "-m", module, *arguments)
        await run(Program(name=module, argv=argv, log=self._folder / module, env=environment), within=WITHIN)

    async def stop(self):
        for node in list(self.running):
            await self.kill(node)

    async def lead(self, admin, stream, port):
        """Have the node with this port for clients lead it; gives its name."""
        node = next(node for node, ports in self._ports.items() if ports[0] == port)
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
