"""What the mailer asks of auth, and tells it."""

from __future__ import annotations

from uuid import UUID

from chassis import tracing
from chassis.rpc_client import RpcClient
from contracts.auth.rpc import GetMailDetails, GetUserContact, MailOutcome, SettleMail
from contracts.context import RequestContext
from mailer.domain.letter import Details, Job, Outcome

ANSWER_WITHIN = 4.0
SETTLED_WITHIN = 1.0


class AuthClient:
    """Requests carry the event's id as their request id, so that the logs of both sides meet."""

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc = rpc

    async def details(self, job: Job) -> Details:
        """To whom it goes, as of now. Raises `letter_obsolete`, and what `RpcClient` raises."""
        context = _context(job.id, ANSWER_WITHIN)
        if job.letter.is_known_to_auth:
            found = await self._rpc.call(GetMailDetails(event_id=job.id), context)
            return Details(found.recipient, found.requested_at, found.link)
        contact = await self._rpc.call(GetUserContact(user_id=job.user_id), context)
        return Details(contact.email, job.requested_at)

    async def settled(self, event_id: UUID, outcome: Outcome) -> None:
        """Tell how it ended, within a second. Raises what `RpcClient` raises."""
        context = _context(event_id, SETTLED_WITHIN)
        await self._rpc.call(SettleMail(event_id=event_id, outcome=MailOutcome(outcome)), context)


def _context(event_id: UUID, seconds: float) -> RequestContext:
    span = tracing.current()
    return RequestContext.lasting(
        seconds, request_id=str(event_id), traceparent=span.traceparent if span else None
    )
