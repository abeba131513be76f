"""What lies in PostgreSQL, in logs and in metrics tells nothing of what people entrusted to us."""

import asyncio
import base64
import hashlib
import secrets
import subprocess
from collections.abc import Iterator

import pytest

from devstack.binaries import postgres_programs

pytestmark = pytest.mark.e2e

# Each its own, so that a failure says which one leaked. What the contract wants in base64url has its length.
CANARIES = {
    name: secrets.token_urlsafe(16 if "claim" in name else 32)
    for name in (
        "plaintext",
        "password",
        "wrong password",
        "content of the encrypted note",
        "link proof",
        "wrong link proof",
        "password proof",
        "wrong password proof",
        "manage token",
        "wrong manage token",
        "claim",
        "losing claim",
        "idempotency key",
    )
}
# Of what people choose not even a plain hash may lie there: it can be guessed at.
CHOSEN = ("plaintext", "password", "wrong password", "content of the encrypted note")


async def test_a_dump_of_the_schema_holds_none_of_the_secrets(api, stack, logs):
    dumps = [await write_and_read(api, stack, protected) for protected in (with_password(), with_proofs())]
    told = {log.name: log.read_text() for log in logs} | {"the launcher": stack.output}
    for url in [url for urls in stack.endpoints.metrics.values() for url in urls]:
        told[url] = (await api.get(url)).text
    for moments in dumps:
        told |= moments

    # What must be there is there: the search looks at the right things, and the form of a hash is found.
    for moment, text in told.items():
        if "dump" in moment:
            assert "COPY notes.notes" in text
            assert "COPY notes.idempotency_keys" in text
            assert hashed("manage token") in text
            assert ("leased" not in moment and "acknowledged" not in moment) or hashed("claim") in text
    assert hashed("link proof") in told["dump: proofs, written"]
    leaks = [
        f"{name} in {place}, as {form[:8]}…"
        for name, canary in CANARIES.items()
        for form in forms(name, canary)
        for place, text in told.items()
        if form in text
    ]
    assert leaks == []


def with_password():
    created = {"content": CANARIES["plaintext"], "password": CANARIES["password"]}
    shown = {"password": CANARIES["password"]}
    wrong = [({}, "note_password_wrong"), ({"password": CANARIES["wrong password"]}, "note_password_wrong")]
    return "password", created, shown, wrong


def with_proofs():
    created = {
        "content": CANARIES["content of the encrypted note"],
        "encryption": "aGVhZGVy",
        "link_proof": CANARIES["link proof"],
        "password_proof": CANARIES["password proof"],
    }
    shown = {"link_proof": CANARIES["link proof"], "password_proof": CANARIES["password proof"]}
    wrong = [
        (shown | {"link_proof": CANARIES["wrong link proof"]}, "note_proof_wrong"),
        (shown | {"password_proof": CANARIES["wrong password proof"]}, "note_password_wrong"),
    ]
    return "proofs", created, shown, wrong


async def write_and_read(api, stack, protected) -> dict[str, str]:
    """The whole life of a note, with a dump at each of its stages."""
    kind, created, shown, wrong = protected
    claim, other = {"claim": CANARIES["claim"]}, {"claim": CANARIES["losing claim"]}
    dumps = {}

    async def dump(stage: str) -> None:
        dumps[f"dump: {kind}, {stage}"] = await asyncio.to_thread(dumped, stack.endpoints.postgres["admin"])

    body = created | {"manage_token": CANARIES["manage token"]}
    headers = {"Idempotency-Key": f"{kind}-{CANARIES['idempotency key']}"}
    first, again = [await api.post("/api/v1/note", body, headers=headers) for _ in range(2)]
    assert (first.status, again.status, again.json) == (201, 201, first.json)
    reused = await api.post("/api/v1/note", body | {"content": "other"}, headers=headers)
    assert reused.status == 409
    path = f"/api/v1/note/{first.json['slug']}"
    await dump("written")

    for attempt, code in wrong:
        assert (await api.post(f"{path}/view", attempt | claim)).json["code"] == code
    for token, status in (("manage token", 200), ("wrong manage token", 404)):
        answer = await api.get(f"{path}/status", headers={"Onasty-Manage-Token": CANARIES[token]})
        assert answer.status == status
    for _ in range(2):
        read = await api.post(f"{path}/view", shown | claim)
        assert (read.status, read.json["content"]) == (200, created["content"])
    assert (await api.post(f"{path}/view", shown | other)).status == 404
    await dump("leased")

    assert (await api.post(f"{path}/ack", claim)).status == 204
    assert (await api.post(f"{path}/ack", other)).status == 404
    assert (await api.post(f"{path}/view", shown | claim)).status == 404
    await dump("acknowledged")
    return dumps


def dumped(dsn: str, schema: str = "notes") -> str:
    """A schema, by the pg_dump of PostgreSQL's own wheel; bytes are written in hex."""
    command = [postgres_programs() / "pg_dump", f"--schema={schema}", dsn]
    dump = subprocess.run(command, check=True, capture_output=True, text=True)
    return dump.stdout


def forms(name: str, canary: str) -> Iterator[str]:
    """As text, in hex and in base64, also inside something longer, and of a token the bytes that it means."""
    meant = [canary.encode(), base64.urlsafe_b64decode(canary + "==")]
    yield canary
    for data in meant:
        yield data.hex()
        yield data.hex().upper()
        for before in range(3):
            encoded = base64.b64encode(bytes(before) + data).decode()
            # Characters at the ends also hold bits of the neighbours.
            inner = encoded[4 if before else 0 : -4]
            yield inner
            yield inner.replace("+", "-").replace("/", "_")
    if name in CHOSEN:
        yield hashed(name)
        yield hashlib.md5(canary.encode(), usedforsecurity=False).hexdigest()


def hashed(name: str) -> str:
    return hashlib.sha256(CANARIES[name].encode()).hexdigest()
