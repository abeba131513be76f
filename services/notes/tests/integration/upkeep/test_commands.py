"""What an operator types, as processes of their own."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration


@pytest.fixture
def command(service_settings):
    async def command(*arguments, **settings):
        """`python -m notes …`: its exit code, what it said, what it complained of."""
        environment = {
            name: os.environ[name] for name in ("PATH", "COVERAGE_PROCESS_START") if name in os.environ
        } | {f"NOTES_{name.upper()}": str(value) for name, value in (service_settings | settings).items()}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "notes", *arguments),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            said, complained = await process.communicate()
        return process.returncode, said.decode(), complained.decode()

    return command


async def test_a_content_that_does_not_open_is_named_and_the_others_are_sealed_anew(
    replica, make_replica, passwords, sealing_keys, create, reveal, sql, make_key, command
):
    elsewhere = make_replica(replica.database, passwords, sealing_keys=make_key("unknown"))
    slugs = [await create(f"note {n}", at=elsewhere if n == 1 else None) for n in range(5)]
    await sql.execute("UPDATE notes SET content = content || '\\x00' WHERE slug = $1", slugs[2])
    await sql.execute("UPDATE notes SET content = '\\x00' WHERE slug = $1", slugs[3])
    left = [
        str(row["id"])
        for row in await sql.fetch(
            "SELECT id FROM notes WHERE slug = ANY($1::text[]) ORDER BY id", slugs[1:4]
        )
    ]
    new = make_key("new")
    code, said, complained = await command("reseal", sealing_keys=f"{new},{sealing_keys}")
    assert (code, said) == (1, "sealed anew: 2\n")
    assert complained.splitlines()[1:] == left
    rotated = make_replica(replica.database, passwords, sealing_keys=new)
    assert [await reveal(slugs[n], at=rotated) for n in (0, 4)] == ["note 0", "note 4"]


async def test_when_all_is_sealed_anew_the_command_ends_well(create, sealing_keys, make_key, command):
    await create()
    keys = f"{make_key('new')},{sealing_keys}"
    assert await command("reseal", sealing_keys=keys) == (0, "sealed anew: 1\n", "")
    assert await command("reseal", sealing_keys=keys) == (0, "sealed anew: 0\n", "")


async def test_the_time_to_burn_before_is_read_in_its_zone(create, reveal, command):
    slug = await create()
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    before = (now - hour).astimezone(timezone(2 * hour))  # on the clock there it is later than now here
    assert await command("burn-before", before.isoformat()) == (0, "erased: 0\n", "")
    after = (now + hour).astimezone(timezone(-2 * hour))
    assert await command("burn-before", after.isoformat()) == (0, "erased: 1\n", "")
    assert await reveal(slug) is Code.NOTE_EXPIRED


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "says"),
    [
        (["burn-before", "2026-01-31T12:00:00"], {}, 2, "say which time zone: 2026-01-31T12:00:00Z"),
        (["burn-before", "yesterday"], {}, 2, "not a time such as 2026-01-31T12:00:00Z"),
        (["burn-before"], {}, 2, "required: TIME"),
        (["burn"], {}, 2, "invalid choice: 'burn'"),
        (["reseal"], {"sealing_keys": "a:short"}, 1, "NOTES_SEALING_KEYS"),
    ],
)
async def test_what_cannot_be_understood_is_told_and_nothing_is_done(
    create, reveal, command, arguments, settings, code, says
):
    slug = await create()
    ended, said, complained = await command(*arguments, **settings)
    assert (ended, said) == (code, "")
    assert says in complained
    assert await reveal(slug) == "text"
