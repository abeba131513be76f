"""Events that a consumer gave up on: list them, look at one, deliver them again.

    python -m chassis.dead_letters list
    python -m chassis.dead_letters show SEQUENCE
    python -m chassis.dead_letters replay SEQUENCE … | --all

with `PROVISION_NATS_URL`, as an administrator. Replayed, an event is published again under its own id and
subject, and the dead letter is deleted: whoever handled it already knows it by its inbox.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import nats
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from chassis.provision import ProvisionSettings, administrator
from chassis.settings import SettingsError, load
from contracts.streams import DEAD_LETTERS, EVENTS

PREFIX = "dead"
REASON = "Onasty-Dead-Reason"
DELIVERIES = "Onasty-Dead-Deliveries"
PLACE = "Onasty-Dead-Sequence"
MESSAGE_ID = "Nats-Msg-Id"


async def publish(js: JetStreamContext, consumer: str, message: Msg, reason: str) -> None:
    """Keep a message, its headers, and why it was given up. Twice is once. Raises what JetStream raises."""
    metadata = message.metadata
    await js.publish(
        f"{PREFIX}.{consumer}.{message.subject}",
        message.data,
        stream=DEAD_LETTERS.name,
        headers={
            **(message.headers or {}),
            REASON: reason,
            DELIVERIES: str(metadata.num_delivered),
            PLACE: str(metadata.sequence.stream),
            MESSAGE_ID: f"{consumer}:{metadata.sequence.stream}:{metadata.timestamp.timestamp()}",
        },
    )


async def every(js: JetStreamContext) -> AsyncIterator[RawStreamMsg]:
    """All dead letters, oldest first."""
    state = (await js.stream_info(DEAD_LETTERS.name)).state
    for sequence in range(max(1, state.first_seq), state.last_seq + 1):
        try:
            yield await js.get_msg(DEAD_LETTERS.name, seq=sequence)
        except NotFoundError:  # replayed, or too old by now
            continue


async def replay(js: JetStreamContext, letter: RawStreamMsg) -> None:
    """Publish the event again and delete its dead letter. Raises what JetStream raises."""
    _, _, subject = (letter.subject or "").split(".", 2)
    kept = {
        name: value for name, value in (letter.headers or {}).items() if not name.startswith("Onasty-Dead-")
    }
    # Not the event's own: JetStream would drop it as a repetition within two minutes.
    kept[MESSAGE_ID] = f"replay:{letter.seq}:{letter.headers and letter.headers.get(MESSAGE_ID)}"
    await js.publish(subject, letter.data or b"", stream=EVENTS.name, headers=kept)
    await js.delete_msg(DEAD_LETTERS.name, letter.seq or 0)


async def main(arguments: list[str]) -> None:
    """The command."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "replay" and bool(options.sequence) == options.all:
        parser.error("replay: say which, by sequence, or --all")
    async with _administrator() as js:
        if options.command == "list":
            async for letter in every(js):
                sys.stdout.write(_line(letter) + "\n")
        elif options.command == "show":
            letter = await js.get_msg(DEAD_LETTERS.name, seq=options.sequence)
            sys.stdout.write(f"{_line(letter)}\n{json.dumps(letter.headers, indent=2)}\n")
            sys.stdout.write((letter.data or b"").decode(errors="replace") + "\n")
        else:
            count = 0
            for letter in [letter async for letter in _chosen(js, options.sequence, all_of=options.all)]:
                await replay(js, letter)
                count += 1
            sys.stdout.write(f"replayed: {count}\n")


async def _chosen(
    js: JetStreamContext, sequences: Iterable[int], *, all_of: bool
) -> AsyncIterator[RawStreamMsg]:
    if all_of:
        async for letter in every(js):
            yield letter
        return
    for sequence in sequences:
        yield await js.get_msg(DEAD_LETTERS.name, seq=sequence)


def _line(letter: RawStreamMsg) -> str:
    headers = letter.headers or {}
    _, consumer, subject = (letter.subject or "").split(".", 2)
    return f"{letter.seq}  {consumer}  {subject}  after {headers.get(DELIVERIES)}: {headers.get(REASON)}"


@asynccontextmanager
async def _administrator() -> AsyncIterator[JetStreamContext]:
    client = await administrator(load(ProvisionSettings))
    try:
        yield client.jetstream()
    finally:
        await client.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dead_letters", description=__doc__.split("\n")[0] if __doc__ else ""
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="a line each: sequence, consumer, event, reason")
    show = commands.add_parser("show", help="headers and event of one")
    show.add_argument("sequence", type=int)
    again = commands.add_parser("replay", help="deliver again")
    again.add_argument("sequence", type=int, nargs="*")
    again.add_argument("--all", action="store_true")
    return parser


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1:]))
    except (SettingsError, ValueError) as error:  # ValueError: files or addresses that cannot be used
        sys.exit(f"dead_letters: {error}")
    except NotFoundError:
        sys.exit("dead_letters: there is no such dead letter; `list` shows them")
    except (OSError, nats.errors.Error) as error:
        sys.exit(f"dead_letters: JetStream did not do it: {type(error).__name__}")
