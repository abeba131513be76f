"""Sessions that ended before their access tokens did."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from prometheus_client import CollectorRegistry, Gauge

from contracts.auth.events import UserSessionsRevoked
from contracts.auth.rpc import ACCESS_TOKEN_LIFETIME
from contracts.messages import Envelope

# As far back as a token may live, and a minute for clocks that differ.
SPAN = ACCESS_TOKEN_LIFETIME + timedelta(minutes=1)


class Revocations:
    """Ids of such sessions, each for `SPAN` at least from when it was heard of: no token of it lives longer.

    Without a bound of its own, since to forget one would let its token in: about 230 bytes each. To
    open one costs a hash or a way to a provider, under the slow limit. 100 a second all the time are 23 MB.
    """

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: OrderedDict[UUID, float] = OrderedDict()
        Gauge("revoked_sessions", "Sessions whose access tokens are refused", registry=registry).set_function(
            lambda: len(self._until)
        )

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._until

    def take(self, envelope: Envelope[UserSessionsRevoked]) -> None:
        """From now on these sessions are over. May be told again."""
        now = self._clock()
        for session_id in envelope.data.session_ids:
            self._until[session_id] = now + SPAN.total_seconds()
            self._until.move_to_end(session_id)
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)
