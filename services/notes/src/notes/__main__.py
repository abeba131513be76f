"""`python -m notes`: the service, or with a command (`--help` lists them) an operator's work."""

import sys

from chassis.runtime import run
from notes import maintenance
from notes.app import compose
from notes.settings import NotesSettings

if __name__ == "__main__":
    if len(sys.argv) > 1:
        maintenance.main(sys.argv[1:])
    else:
        run("notes", NotesSettings, compose)
