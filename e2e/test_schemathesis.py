"""Thousands of requests made from the description, good ones and bad: no server error, no undescribed answer.

ONASTY_FULL=1: 25,000 and more, at random; else more than 2,000, nearly the same in every run.
"""

import asyncio
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from .described import Description

pytestmark = pytest.mark.e2e

FULL = os.environ.get("ONASTY_FULL") == "1"
# For each operation, and walks along the links of them all.
EXAMPLES, WALKS = (300, 600) if FULL else (10, 60)
CASES = 12_500 if FULL else 1_000
HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("schemathesis")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
# These want a session that lives, a token of a letter, our own Origin, a provider or a time to come: at
# random they succeed by luck or never, and the first that did would end the session of the others.
# test_description.py sees each succeed.
NOT_AT_RANDOM = {
    "begin_oauth",
    "begin_oauth_by_old_path",
    "begin_oauth_link",
    "change_account_password",
    "change_expiry",
    "close_cookie_session",
    "confirm_email_change",
    "confirm_email_change_by_path",
    "current_user",
    "delete_account",
    "export_account",
    "list_identities",
    "list_sessions",
    "open_cookie_session",
    "refresh_cookie_session",
    "request_email_change",
    "reset_password",
    "reset_password_by_path",
    "revoke_session",
    "sign_out_everywhere",
    "unlink_identity",
    "verify_email",
    "verify_email_by_path",
}


async def run(stack, folder: Path, checks: tuple[str, ...], headers: dict[str, str]) -> Counter:
    """The operations that succeeded, how often; fails unless every answer passed every check."""
    folder.mkdir()
    (folder / "schemathesis.toml").write_text(f"[phases.stateful.generation]\nmax-examples = {WALKS}\n")
    options = ["--no-color", "--mode=all", f"--max-examples={EXAMPLES}", f"--checks={','.join(checks)}"]
    options += ["--report=ndjson", "--report-ndjson-path=report.ndjson"]
    if not FULL:
        options += ["--generation-deterministic", "--no-shrink"]
    for id in Description.committed().streams():
        # It would wait for their end.
        options += ["--exclude-operation-id", id]
    for name, value in headers.items():
        options += ["--header", f"{name}: {value}"]
    program = await asyncio.create_subprocess_exec(
        PROGRAM,
        "run",
        f"{stack.endpoints.gateway}/api/openapi.json",
        *options,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "schemathesis_hooks"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await program.communicate())[0].decode()
    assert program.returncode == 0, said
    generated, passed = re.search(r"(\d+) generated, (\d+) passed", said).groups()
    assert generated == passed
    assert int(generated) >= CASES, said
    return successes(folder / "report.ndjson")


def successes(report: Path) -> Counter:
    done: Counter[str | None] = Counter()
    wanted = Description.committed().successes()
    for line in report.read_text().splitlines():
        recorded = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for id, interaction in recorded.get("interactions", {}).items():
            case = recorded["cases"][id]["value"]
            status = (interaction.get("response") or {}).get("status_code")
            done[wanted.get((case["method"], case["path"], status))] += 1
    return done


@pytest.fixture
async def ada(api, link_of):
    """The account of the examples can sign in."""
    credentials = Description.committed().example("sign_in", "a_verified_account")
    if (await api.post("/api/v1/auth/signin", credentials)).status != 200:
        await api.post("/api/v1/auth/signup", credentials)
        token = (await link_of(credentials["email"])).partition("#")[2]
        assert (await api.post("/api/v1/auth/verify", {"token": token})).status == 200


async def test_every_answer_is_described_and_every_operation_succeeds(stack, user, ada, tmp_path):
    # Signed in, DELETE of /note/read is one of a slug that cannot be, and rightly a 400.
    anybody, signed_in = await asyncio.gather(
        run(stack, tmp_path / "anybody", (*CHECKS, "unsupported_method"), {}),
        run(stack, tmp_path / "a user", CHECKS, user(lasting=3600)),
    )
    described = set(Description.committed().successes().values()) - Description.committed().streams()
    assert described - set(anybody + signed_in) <= NOT_AT_RANDOM
