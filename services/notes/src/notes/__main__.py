"""`python -m notes`."""

from chassis.runtime import run
from notes.app import compose
from notes.settings import NotesSettings

if __name__ == "__main__":
    run("notes", NotesSettings, compose)
