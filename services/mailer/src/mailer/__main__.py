"""`python -m mailer`."""

from chassis.runtime import run
from mailer.app import compose
from mailer.settings import MailerSettings

if __name__ == "__main__":
    run("mailer", MailerSettings, compose)
