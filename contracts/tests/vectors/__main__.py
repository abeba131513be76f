"""Writes the vectors into a folder: `python contracts/tests/vectors [FOLDER]`."""

import json
import sys
from pathlib import Path

from good import lengths, notes
from links import links
from refused import refused

FOLDER = Path(__file__).parents[2] / "vectors"


def write(folder: Path) -> None:
    files = {"notes": notes(), "refused": refused(), "lengths": lengths(), "links": links()}
    for name, vectors in files.items():
        text = json.dumps(vectors, indent=1 if name != "lengths" else None) + "\n"
        (folder / f"{name}.json").write_text(text)


write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
