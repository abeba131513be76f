"""Thousands of requests made from the description, good ones and bad: no server error, no undescribed answer.

ONASTY_FULL=1: some 25,000, at random; else some 2,000, the same in every run.
"""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

FULL = os.environ.get("ONASTY_FULL") == "1"
EXAMPLES = 500 if FULL else 15
CASES = 12_500 if FULL else 1_000
PROGRAM = Path(sys.executable).with_name("schemathesis")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)


@pytest.mark.parametrize("signed_in", [False, True], ids=["anybody", "a user"])
async def test_every_answer_to_every_request_is_described(stack, user, tmp_path, signed_in):
    # Signed in, DELETE of /note/read is one of a slug that cannot be, and rightly a 400.
    checks = CHECKS if signed_in else (*CHECKS, "unsupported_method")
    options = ["--no-color", "--mode=all", f"--max-examples={EXAMPLES}", f"--checks={','.join(checks)}"]
    if not FULL:
        options += ["--generation-deterministic", "--no-shrink"]
    if signed_in:
        options += ["--header", f"Authorization: {user(lasting=3600)['Authorization']}"]
    run = await asyncio.create_subprocess_exec(
        PROGRAM,
        "run",
        f"{stack.endpoints.gateway}/api/openapi.json",
        *options,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await run.communicate())[0].decode()
    assert run.returncode == 0, said
    generated, passed = re.search(r"(\d+) generated, (\d+) passed", said).groups()
    assert generated == passed
    assert int(generated) >= CASES, said
