"""JSON Schema of every message, as files: what changes on the wire shows in the diff.

`python -m contracts.snapshots` writes them; the tests fail when a committed one differs.
"""

from __future__ import annotations

import json
from pathlib import Path

from contracts.errors import ErrorReply
from contracts.registry import EVENT_TYPES, REQUESTS

FOLDER = Path(__file__).parents[2] / "tests" / "snapshots"


def snapshots() -> dict[str, str]:
    """File name → text, for every request with its reply, every event, and the error."""
    schemas = {
        request.subject: {
            "request": request.model_json_schema(),
            "reply": request.reply_type.model_json_schema(mode="serialization"),
        }
        for request in REQUESTS
    }
    schemas |= {event.subject: {"event": event.model_json_schema()} for event in EVENT_TYPES}
    schemas["error"] = {"reply": ErrorReply.model_json_schema(mode="serialization")}
    return {
        f"{name}.json": json.dumps(schema, indent=2, sort_keys=True) + "\n"
        for name, schema in schemas.items()
    }


def write(folder: Path = FOLDER) -> None:
    """Make the folder hold exactly the snapshots of today."""
    folder.mkdir(exist_ok=True)
    wanted = snapshots()
    for stale in folder.glob("*.json"):
        if stale.name not in wanted:
            stale.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    write()
