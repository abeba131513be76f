"""One attempt at one letter: ask to whom it goes, write it, hand it over."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from typing import Protocol

import jinja2

from contracts.errors import ErrorCode, ServiceError
from mailer.domain.address import deliverable
from mailer.domain.failure import PostponedError, RefusedError
from mailer.domain.letter import Details, Job, Outcome, Result


class DetailsSource(Protocol):
    async def details(self, job: Job) -> Details: ...


class Writer(Protocol):
    def write(self, job: Job, details: Details) -> EmailMessage: ...


class Sender(Protocol):
    async def send(self, message: EmailMessage, recipient: str) -> None: ...


class DeliverLetter:
    """Sent, if the server said so; skipped, if auth says that it has no sense any more; else why not."""

    def __init__(self, source: DetailsSource, writer: Writer, sender: Sender) -> None:
        self._source = source
        self._writer = writer
        self._sender = sender

    async def __call__(self, job: Job) -> Result:
        """Raises only what is a defect."""
        try:
            details = await self._source.details(job)
            details = replace(details, recipient=deliverable(details.recipient))
            await self._sender.send(self._writer.write(job, details), details.recipient)
        except ServiceError as error:
            obsolete = error.code is ErrorCode.LETTER_OBSOLETE
            return Result(Outcome.SKIPPED if obsolete else Outcome.LATER, error.code)
        except jinja2.TemplateError:
            return Result(Outcome.DEAD, "template")
        except RefusedError as error:
            return Result(Outcome.DEAD, error.reason)
        except PostponedError as error:
            return Result(Outcome.LATER, error.reason)
        return Result(Outcome.SENT)
