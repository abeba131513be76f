"""`python -m mailer`: the service, or with a command (`--help` lists them) an operator's work."""

import sys

from chassis.runtime import run
from mailer import maintenance
from mailer.app import compose
from mailer.settings import MailerSettings

if __name__ == "__main__":
    if len(sys.argv) > 1:
        maintenance.main(sys.argv[1:])
    else:
        run("mailer", MailerSettings, compose)
