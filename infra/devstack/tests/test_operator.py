import base64
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

pytestmark = pytest.mark.integration


@pytest.fixture
async def no_keys(servers):
    """Others leave keys on these servers that another secret sealed."""
    connection = await asyncpg.connect(servers.postgres["auth"])
    try:
        await connection.execute("TRUNCATE signing_keys")
        yield
        await connection.execute("TRUNCATE signing_keys")
    finally:
        await connection.close()


def test_keys_are_rotated_with_the_secret_of_the_running_stack(servers, no_keys):
    def rotate(**environment):
        return subprocess.run(
            [
                *(sys.executable, "-P", "-m", "devstack.operator"),
                *(f"--data-dir={Path(servers.mailbox).parent}", "keys", "rotate"),
            ],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    rotated = rotate()
    assert (rotated.returncode, rotated.stderr) == (0, "")
    assert " signs from " in rotated.stdout
    given = rotate(AUTH_SECRET=base64.b64encode(bytes(range(32))).decode())
    assert "AUTH_SECRET: not the one" in given.stderr, "what the environment says stays"
