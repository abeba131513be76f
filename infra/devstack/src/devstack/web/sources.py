"""What the client is made of, and whether what lies there was made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Made of the rest, or for tests alone.
NO_SOURCES = frozenset({"node_modules", "dist", "tests", "coverage"})


@dataclass(frozen=True, slots=True)
class WebSources:
    """The folder of the client. Compared by content: times change with a checkout and lie after a copy."""

    folder: Path

    @property
    def build_mark(self) -> Path:
        """Lies in the build, so that any other build that replaces it removes the mark too."""
        return self.folder / "dist" / ".made-of"

    @property
    def packages_mark(self) -> Path:
        return self.folder / "node_modules" / ".made-of"

    def build(self) -> str:
        """The checksum of all that a build is made of."""
        return _checksum(self.folder, self._files())

    def packages(self) -> str:
        """The checksum of what says which packages are installed."""
        return _checksum(
            self.folder, (self.folder / name for name in (".npmrc", "package.json", "package-lock.json"))
        )

    def is_built(self) -> bool:
        """Whether the build is there, whole, and of these sources."""
        return _says(self.build_mark, self.build())

    def has_packages(self) -> bool:
        """Whether the packages of this lock are installed, all of them."""
        return _says(self.packages_mark, self.packages())

    def _files(self) -> Iterator[Path]:
        for entry in self.folder.iterdir():
            if entry.name in NO_SOURCES:
                continue
            if entry.is_dir():
                yield from (path for path in entry.rglob("*") if path.is_file())
            else:
                yield entry


def _checksum(folder: Path, files: Iterator[Path]) -> str:
    whole = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes() if path.exists() else b""
        whole.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def _says(mark: Path, checksum: str) -> bool:
    try:
        return mark.read_text() == checksum
    except OSError:
        return False
