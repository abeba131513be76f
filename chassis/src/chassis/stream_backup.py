"""What lies in the streams, as a file: saved while everything runs, restored before anything does.

    python -m chassis.stream_backup save FILE
    python -m chassis.stream_backup restore FILE

with `PROVISION_NATS_URL`, as an administrator; `-` is standard output or input. JetStream's own snapshots:
messages, their times, and how far each consumer is. The file is a sequence of frames, four bytes of length
and so many bytes; of each stream its configuration as JSON, the snapshot in any number, and an empty one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import nats
from nats.aio.client import Client
from nats.errors import ConnectionClosedError, NoRespondersError
from nats.js.errors import APIError, NotFoundError

from chassis.provision import ProvisionSettings, administrator
from chassis.settings import SettingsError, load
from contracts.registry import STREAMS

API = "$JS.API.STREAM"
LENGTH_BYTES = 4
CHUNK = 128 * 1024
# Seconds: of one answer, and of one before which JetStream reads the whole stream, the first of a snapshot
# and the last of a restore.
ANSWER_WITHIN = 10.0
READ_WITHIN = 600.0
UNHEARD_REST = 0.05
LOST_WITHIN = 1.0


class BackupError(Exception):
    """It was not done; the text says why."""


class StreamThereError(BackupError):
    """A stream was left as it is, and what the file has of it was passed over."""


async def save(client: Client, stream: str, file: BinaryIO) -> int:
    """Write a stream; how many messages it has. Raises `BackupError`, and what NATS raises."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    try:
        begun = await _asked(
            client,
            f"{API}.SNAPSHOT.{stream}",
            {"deliver_subject": inbox, "chunk_size": CHUNK, "jsck": True},
            READ_WITHIN,
        )
        _write(file, json.dumps({"config": begun["config"], "state": begun["state"]}).encode())
        while (chunk := await subscription.next_msg(ANSWER_WITHIN)).data:
            _write(file, chunk.data)
            if chunk.reply:
                # It sends so much before it waits for this.
                await chunk.respond(b"")
    finally:
        await subscription.unsubscribe()
    if (status := (chunk.headers or {}).get("Status", "204")) != "204":
        raise BackupError(f"JetStream broke off the snapshot of {stream} ({status})")
    _write(file, b"")
    return int(begun["state"]["messages"])


async def restore(client: Client, file: BinaryIO, replicas: int = 1) -> tuple[str, int] | None:
    """Make the next stream of the file; its name and how many messages it has, or None after the last.

    It gets the copies that it had, but `replicas` at most: a server that is alone takes no more than one.
    One that is there and empty is replaced. Raises `StreamThereError` for one that is not, after which the
    next may be asked for; `BackupError` for a file that is no backup, and what NATS raises.
    """
    head = file.read(LENGTH_BYTES)
    if not head:
        return None
    try:
        wish = json.loads(_body(file, head))
        name = wish["config"]["name"]
        wish["config"]["num_replicas"] = min(wish["config"].get("num_replicas", 1), replicas)
    except (ValueError, KeyError, TypeError):
        raise BackupError("this file is no backup of streams") from None
    if there := await _make_room(client, name):
        while _body(file, file.read(LENGTH_BYTES)):
            pass
        raise StreamThereError(f"{name} is there, with {there} messages, and was left as it is")
    begun = await _asked(client, f"{API}.RESTORE.{name}", wish, ANSWER_WITHIN)
    while chunk := _body(file, file.read(LENGTH_BYTES)):
        if answer := await _told(client, begun["deliver_subject"], chunk, ANSWER_WITHIN):
            _checked(answer)
    done = _checked(await _told(client, begun["deliver_subject"], b"", READ_WITHIN))
    return name, int(done["state"]["messages"])


async def _make_room(client: Client, name: str) -> int:
    """How many messages are in the way; one without any is deleted."""
    js = client.jetstream()
    with contextlib.suppress(NotFoundError):
        if there := (await js.stream_info(name)).state.messages:
            return there
        await js.delete_stream(name)
    return 0


async def _asked(client: Client, subject: str, wish: dict[str, Any], within: float) -> dict[str, Any]:
    return _checked(await _told(client, subject, json.dumps(wish).encode(), within))


async def _told(client: Client, subject: str, data: bytes, within: float) -> bytes:
    """The answer. What nobody heard is said again: in a cluster, word of a new listener takes its time."""
    deadline = time.monotonic() + ANSWER_WITHIN
    while True:
        asking = asyncio.ensure_future(client.request(subject, data, within))
        # nats-py (2.16) lets a request wait when its connection is closed.
        while not (await asyncio.wait([asking], timeout=LOST_WITHIN))[0]:
            if client.is_closed:
                asking.cancel()
                raise ConnectionClosedError
        try:
            return asking.result().data
        except NoRespondersError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(UNHEARD_REST)


def _checked(data: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(data)
    if error := answer.get("error"):
        APIError.from_error(error)
    return answer


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)


def _body(file: BinaryIO, head: bytes) -> bytes:
    size = int.from_bytes(head, "big")
    data = file.read(size)
    if len(head) < LENGTH_BYTES or len(data) < size:
        raise BackupError("this file is cut short, or no backup of streams")
    return data


@contextlib.contextmanager
def _opened(path: str, *, new: bool) -> Iterator[BinaryIO]:
    if path == "-":
        yield sys.stdout.buffer if new else sys.stdin.buffer
        return
    with Path(path).open("xb" if new else "rb") as file:
        yield file


async def _restore_all(client: Client, file: BinaryIO, replicas: int) -> None:
    """Also those after one that is there, so that a restore that broke off can be repeated."""
    left = []
    while True:
        try:
            made = await restore(client, file, replicas)
        except StreamThereError as there:
            left.append(str(there))
            continue
        if made is None:
            break
        sys.stderr.write(f"{made[0]}: {made[1]} messages\n")
    if left:
        raise BackupError(f"{'; '.join(left)}. To have it as in the backup, delete it and repeat this")


async def main(arguments: list[str]) -> None:
    """The command: a line for each stream, apart from what standard output may be."""
    parser = argparse.ArgumentParser(prog="stream_backup", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("command", choices=["save", "restore"])
    parser.add_argument("file", metavar="FILE", help="a new one, or one that was saved; - for standard")
    options = parser.parse_args(arguments)
    saves = options.command == "save"
    settings = load(ProvisionSettings)
    with _opened(options.file, new=saves) as file:
        client = await administrator(settings)
        try:
            if saves:
                for stream in STREAMS:
                    sys.stderr.write(f"{stream.name}: {await save(client, stream.name, file)} messages\n")
            else:
                await _restore_all(client, file, settings.replicas)
        finally:
            await client.close()


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1:]))
    except (SettingsError, BackupError, ValueError) as error:  # ValueError: of NATS's address
        sys.exit(f"stream_backup: {error}")
    except APIError as error:
        sys.exit(f"stream_backup: JetStream refused: {error.description or type(error).__name__}")
    except nats.errors.Error as error:
        sys.exit(f"stream_backup: JetStream did not do it: {type(error).__name__}")
    except OSError as error:
        sys.exit(f"stream_backup: {error.filename or 'NATS'}: {error.strerror or type(error).__name__}")
