"""`python -m auth`."""

from auth.app import compose
from auth.settings import AuthSettings
from chassis.runtime import run

if __name__ == "__main__":
    run("auth", AuthSettings, compose)
