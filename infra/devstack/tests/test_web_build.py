"""When the web client is built: a small npm that tells what it was asked stands for the real one."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from devstack.errors import StackError
from devstack.services import Replica, serve_our_client
from devstack.web import node
from devstack.web.build import WebClient

NPM = """#!/bin/sh
echo "$*" >>"$ASKED"
case "$1" in
  ci) mkdir -p node_modules ;;
  run)
    if grep -q HANG src/*.ts; then echo half >dist/index.html; sleep 60 & echo $! >"$ASKED.child"; wait; fi
    rm -rf dist
    mkdir dist
    cat src/*.ts >dist/index.html
    if grep -q MISTAKE src/*.ts; then echo "main.ts: a mistake" >&2; exit 1; fi ;;
esac
"""
NODE = "#!/bin/sh\necho v24.1.0\n"
PACKAGES = "ci --include=dev --ignore-scripts --no-audit --no-fund"
BUILD = "run build"


def program(path, text):
    path.write_text(text)
    path.chmod(0o755)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Client:
    """A client's folder, and what was done with it."""

    def __init__(self, path):
        self.path = path
        self.folder = path / "web"
        self.asked = path / "asked"
        self.child = path / "asked.child"
        self.said = []
        (self.folder / "src").mkdir(parents=True)
        self.write("one")
        (self.folder / "package.json").write_text("{}")
        (self.folder / "package-lock.json").write_text("{}")

    def write(self, text):
        (self.folder / "src" / "main.ts").write_text(text)

    @property
    def served(self):
        return (self.folder / "dist" / "index.html").read_text()

    async def build(self):
        """What npm was asked."""
        self.asked.write_text("")
        await WebClient(self.said.append, folder=self.folder, state=self.path / "state").build()
        return self.asked.read_text().splitlines()


@pytest.fixture
def client(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin" / "npm", NPM)
    program(tmp_path / "bin" / "node", NODE)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    client = Client(tmp_path)
    monkeypatch.setenv("ASKED", str(client.asked))
    return client


async def test_what_is_missing_is_built_and_what_is_there_is_left_alone(client):
    assert await client.build() == [PACKAGES, BUILD]
    assert client.said == [
        "web          installing the client's packages",
        "web          building the client",
    ]
    assert client.served == "one"
    os.utime(client.folder / "src" / "main.ts", (2**31, 2**31))
    assert await client.build() == []
    assert len(client.said) == 2


async def test_another_source_is_built_and_another_lock_installed(client):
    await client.build()
    client.write("two")
    assert await client.build() == [BUILD]
    assert client.served == "two"
    (client.folder / "public").mkdir()
    (client.folder / "public" / "icon.svg").write_text("")
    assert await client.build() == [BUILD]
    (client.folder / "package-lock.json").write_text('{"lockfileVersion": 3}')
    assert await client.build() == [PACKAGES, BUILD]
    (client.folder / "tests").mkdir()
    (client.folder / "tests" / "test_main.py").write_text("")
    assert await client.build() == []


async def test_what_somebody_else_has_built_is_built_anew(client):
    await client.build()
    shutil.rmtree(client.folder / "dist")
    (client.folder / "dist").mkdir()
    (client.folder / "dist" / "index.html").write_text("of other sources")
    assert await client.build() == [BUILD]
    assert client.served == "one"


async def test_what_was_interrupted_is_done_again(client):
    await client.build()
    client.write("HANG")
    building = asyncio.create_task(client.build())
    async with asyncio.timeout(10):
        while not client.child.exists():
            await asyncio.sleep(0.01)
    building.cancel()
    await asyncio.wait([building])
    # Nor does what npm has started go on and write into the next build.
    child = int(client.child.read_text())
    async with asyncio.timeout(10):
        while is_alive(child):
            await asyncio.sleep(0.01)
    client.write("one")
    assert await client.build() == [BUILD]


async def test_two_at_once_build_once(client):
    client.asked.write_text("")
    both = [WebClient(client.said.append, folder=client.folder, state=client.path) for _ in range(2)]
    await asyncio.gather(*(each.build() for each in both))
    assert client.asked.read_text().splitlines() == [PACKAGES, BUILD]


async def test_a_mistake_is_shown_with_what_to_do_and_tried_again(client):
    client.write("MISTAKE")
    with pytest.raises(StackError) as caught:
        await client.build()
    said = str(caught.value)
    assert said.startswith("The web client is not built. npm run build failed with code 1.")
    assert "main.ts: a mistake" in said
    assert said.endswith("Mend what it names, and start again.")
    client.write("right")
    assert await client.build() == [BUILD]


@pytest.mark.parametrize(
    ("version", "suitable"),
    [
        ("v18.20.4", False),
        ("v20.18.9", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v26.0.0", True),
        ("", False),
    ],
)
def test_old_versions_of_node_are_passed_by(version, suitable):
    assert node.is_suitable(version) is suitable


@pytest.mark.parametrize("machine", ["no node", "an old node", "no npm"])
async def test_where_the_machine_has_none_the_wheel_is_taken(tmp_path, monkeypatch, machine):
    if machine != "no node":
        program(tmp_path / "node", NODE if machine == "no npm" else "#!/bin/sh\necho v18.20.4\n")
    if machine != "no npm":
        program(tmp_path / "npm", NPM)
    monkeypatch.setenv("PATH", str(tmp_path))
    wheel = tmp_path / "wheel"
    found = iter([None, wheel])
    monkeypatch.setattr(node, "wheel_folder", lambda: next(found))
    ran = []

    async def run(program, *, within):
        ran.append(program.argv[1:])

    monkeypatch.setattr(node, "run", run)
    taken = await node.find_node(tmp_path / "log", lambda _: None)
    assert taken.npm[0] == str(wheel / "bin" / "node")
    assert taken.path == f"{wheel / 'bin'}{os.pathsep}{tmp_path}"
    assert ran == [("setup", "web")]


def test_servers_alone_and_who_has_a_client_of_their_own_build_none(monkeypatch):
    monkeypatch.delenv("GATEWAY_WEB_ROOT", raising=False)
    gateway = Replica(service="gateway", number=1, ops_port=1)
    assert serve_our_client([gateway])
    assert not serve_our_client([])
    monkeypatch.setenv("GATEWAY_WEB_ROOT", "/elsewhere")
    assert not serve_our_client([gateway])
