"""What the mailer asks of auth, and tells it."""

from __future__ import annotations

from chassis.logs import Logger
from chassis.rpc_client import RpcClient
from contracts.auth.rpc import GetMailDetails, GetUserContact, MailOutcome, SettleMail
from contracts.context import RequestContext
from contracts.errors import ServiceError
from mailer.domain.letter import Details, Job, Letter, Outcome

ANSWER_WITHIN = 4.0
SETTLED_WITHIN = 1.0


class AuthClient:
    """Requests carry the event's id as their request id, so that the logs of both sides meet."""

    def __init__(self, rpc: RpcClient, log: Logger) -> None:
        self._rpc = rpc
        self._log = log

    async def details(self, job: Job) -> Details:
        """To whom it goes, as of now. Raises `letter_obsolete`, and what `RpcClient` raises."""
        context = RequestContext.lasting(ANSWER_WITHIN, request_id=str(job.id))
        if _is_known_to_auth(job):
            found = await self._rpc.call(GetMailDetails(event_id=job.id), context)
            return Details(found.recipient, found.requested_at, found.link)
        contact = await self._rpc.call(GetUserContact(user_id=job.user_id), context)
        return Details(contact.email, job.requested_at)

    async def settled(self, job: Job, outcome: Outcome) -> None:
        """Tell how it ended, once, within a second; untold, auth forgets the address a day later."""
        if not _is_known_to_auth(job):
            return
        context = RequestContext.lasting(SETTLED_WITHIN, request_id=str(job.id))
        try:
            await self._rpc.call(SettleMail(event_id=job.id, outcome=MailOutcome(outcome)), context)
        except ServiceError as error:
            self._log.info("auth was not told how a letter ended", code=error.code)


def _is_known_to_auth(job: Job) -> bool:
    # Its cause lies in notes: auth has recorded nothing for this event.
    return job.letter is not Letter.NOTE_OPENED
