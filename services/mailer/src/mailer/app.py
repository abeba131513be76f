"""The composition root: the only file of this service that names concrete classes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis import broker, postgres, rpc_server
from chassis.consumer import consuming
from chassis.rpc_client import RpcClient
from chassis.runtime import Runtime
from chassis.settings import SettingsError
from contracts.registry import SERVICES
from mailer.auth_client import AuthClient
from mailer.commands.deliver_letter import DeliverLetter, Sender
from mailer.commands.record_letter import RecordLetter
from mailer.commands.report_outcome import ReportOutcome
from mailer.consumers import subscriptions
from mailer.dispatcher import Dispatcher, dispatching
from mailer.domain.retry import Retry
from mailer.letters.writer import LetterWriter
from mailer.rpc import operations
from mailer.senders import smtp
from mailer.senders.console import ConsoleSender
from mailer.settings import MailerSettings, sender_address
from mailer.storage.job_repository import JobRepository
from mailer.storage.upkeep_repository import UpkeepRepository
from mailer.upkeep import Upkeep


@asynccontextmanager
async def compose(runtime: Runtime[MailerSettings]) -> AsyncIterator[None]:
    """Start in this order, stop in the reverse: the letters in hand, then the events, then the rest."""
    (consumer,) = SERVICES["mailer"].consumers
    async with (
        sending(runtime.settings) as sender,
        postgres.connected(runtime) as database,
        broker.connected(runtime) as client,
    ):
        settings = runtime.settings
        auth = AuthClient(RpcClient(runtime, client))
        writer = LetterWriter(sender_address(settings.from_address), settings.public_url)
        jobs = JobRepository(database)
        report = ReportOutcome(jobs, auth, runtime.log)
        dispatcher = Dispatcher(
            jobs,
            DeliverLetter(auth, writer, sender),
            report,
            Retry.parse(settings.retry_delays, settings.give_up_after),
            attempt_timeout=settings.attempt_timeout,
            stop_requested=runtime.stop_requested,
            log=runtime.log,
            tracing=runtime.tracing,
            metrics=runtime.metrics,
        )
        upkeep = Upkeep(UpkeepRepository(database), report, runtime.log, runtime.metrics)
        async with (
            runtime.background("upkeep", upkeep.run),
            consuming(
                runtime,
                client,
                database,
                consumer,
                subscriptions(RecordLetter(jobs)),
                after_commit=dispatcher.wake,
            ),
            # Behind the streams: a start that waits for them, or fails, has sent nothing.
            dispatching(runtime, dispatcher),
            rpc_server.serving(runtime, client, operations()),
        ):
            yield


@asynccontextmanager
async def sending(settings: MailerSettings) -> AsyncIterator[Sender]:
    """The sender that the settings name. Raises `SettingsError`."""
    if settings.sender == "console":
        yield ConsoleSender()
        return
    async with smtp_sending(settings) as sender:
        yield sender


@asynccontextmanager
async def smtp_sending(settings: MailerSettings) -> AsyncIterator[smtp.SmtpSender]:
    """To the server that the settings name. Raises `SettingsError`."""
    if not settings.smtp_host:
        raise SettingsError("MAILER_SMTP_HOST is missing: name a server, or set MAILER_SENDER=console")
    server = smtp.SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        timeout=settings.attempt_timeout,
    )
    try:
        tls = smtp.tls_context(settings.smtp_ca_file)
    except OSError as error:
        raise SettingsError(f"MAILER_SMTP_CA_FILE cannot be used: {error.strerror}") from None
    async with smtp.connected(server, sender_address(settings.from_address).addr_spec, tls) as sender:
        yield sender
