"""The way of docs/by-hand.md: servers, a folder of secrets, TLS to NATS and mail, services as processes."""

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from contextlib import ExitStack, asynccontextmanager
from email import message_from_bytes, policy

import aiohttp
import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from devstack.nats_with_tls import nats_with_tls
from devstack.ports import LOOPBACK, free_ports
from devstack.repository import ROOT

pytestmark = pytest.mark.integration

SITE = "https://notes.example.org"
ADA = "ada@example.com"
PASSWORD = "correct horse battery"
OF_THE_MAIL_SERVER = "0f1e2d3c4b5a"
SERVICES = ("auth", "notes", "mailer", "gateway")
WITHIN = 30


class Mail:
    """A server that takes letters by STARTTLS alone, and from who knows the password."""

    def __init__(self, certificate):
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
        self.letters = asyncio.Queue()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        assert session.ssl
        assert session.authenticated
        self.letters.put_nowait(message_from_bytes(envelope.content, policy=policy.default))
        return "250 Kept"

    @asynccontextmanager
    async def listening(self):
        def speaker():
            return SMTP(
                self,
                tls_context=self._tls,
                require_starttls=True,
                auth_required=True,
                authenticator=lambda *words: AuthResult(
                    success=words[-1].password == OF_THE_MAIL_SERVER.encode(), handled=False
                ),
            )

        server = await asyncio.get_running_loop().create_server(speaker, LOOPBACK, 0)
        async with server:
            yield server.sockets[0].getsockname()[1]


@pytest.fixture
def folder(certificate, launch_devstack, tmp_path):
    """The secrets, with addresses of servers that run: those of --only-servers, and a NATS with TLS."""
    servers = launch_devstack("--only-servers").wait_until_ready()
    folder = tmp_path / "secrets"
    subprocess.run([ROOT / "infra/compose/secrets.sh", folder], check=True, stdout=subprocess.DEVNULL)
    for name in ("auth", "notes", "mailer"):
        put(folder / f"{name}_database_url", servers.postgres[name])
    for name in ("auth", "gateway"):
        put(folder / f"{name}_redis_url", servers.redis)
    put(folder / "mailer_smtp_password", OF_THE_MAIL_SERVER)

    passwords = (folder / "nats_passwords.conf").read_text()
    with nats_with_tls(tmp_path / "nats", certificate, passwords) as (port, monitor):
        for name in ("admin", *SERVICES):
            password = (folder / f"nats_{name}_password").read_text()
            user = "provision" if name == "admin" else name
            put(folder / f"{user}_nats_url", f"tls://{name}:{password}@{LOOPBACK}:{port}")
        provision(folder, certificate, f"http://{LOOPBACK}:{monitor}")
        yield folder


def put(path, text):
    path.unlink(missing_ok=True)
    path.write_text(text + "\n")


def environment(folder, certificate, **more):
    """No secret stands in it."""
    names = [f"{name.upper()}_NATS_CA_FILE" for name in (*SERVICES, "provision")]
    return {
        "PATH": os.environ["PATH"],
        "ONASTY_SECRETS_DIR": str(folder),
        **dict.fromkeys(names, str(certificate / "authority.pem")),
        **more,
    }


def provision(folder, certificate, monitor):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "chassis.provision"],
        env=environment(folder, certificate, PROVISION_NATS_MONITOR_URL=monitor),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@asynccontextmanager
async def running(settings, logs):
    """All services, until the block ends, when each stops and says that all was well."""
    ports = free_ports(len(SERVICES))
    with ExitStack() as processes:
        started = []
        for name, port in zip(SERVICES, ports, strict=True):
            log = processes.enter_context((logs / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", name],
                env=settings | {f"{name.upper()}_OPS_PORT": str(port)},
                stdout=log,
                stderr=log,
            )
            processes.callback(process.wait)
            processes.callback(process.kill)
            started.append(process)
        async with asyncio.timeout(WITHIN), aiohttp.ClientSession() as session:
            for name, port in zip(SERVICES, ports, strict=True):
                while not await ready(session, port):
                    assert all(process.poll() is None for process in started), name
                    await asyncio.sleep(0.05)
        yield
        for process in started:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(WITHIN) for process in started] == [0] * len(started)


async def ready(session, port):
    try:
        async with session.get(f"http://{LOOPBACK}:{port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def test_services_work_with_files_for_secrets_and_tls_to_nats_and_mail(folder, certificate, tmp_path):
    mail = Mail(certificate)
    (port,) = free_ports(1)
    async with mail.listening() as smtp_port:
        settings = environment(
            folder,
            certificate,
            AUTH_PUBLIC_URL=SITE,
            GATEWAY_PUBLIC_URL=SITE,
            GATEWAY_PORT=str(port),
            GATEWAY_TRUSTED_PROXIES="127.0.0.0/8",
            GATEWAY_HSTS_MAX_AGE="31536000",
            MAILER_PUBLIC_URL=SITE,
            MAILER_FROM_ADDRESS="Onasty <onasty@example.org>",
            MAILER_SMTP_HOST=LOOPBACK,
            MAILER_SMTP_PORT=str(smtp_port),
            MAILER_SMTP_USER="onasty@example.org",
            MAILER_SMTP_CA_FILE=str(certificate / "authority.pem"),
        )
        proxy = {"X-Forwarded-For": "192.0.2.7"}
        async with (
            running(settings, tmp_path),
            aiohttp.ClientSession(f"http://{LOOPBACK}:{port}/api/v1/", headers=proxy) as people,
        ):
            await first_note(people, mail)
    said = "".join((tmp_path / f"{name}.log").read_text() for name in SERVICES)
    assert '"level": "error"' not in said
    secrets = [file.read_text().strip() for file in folder.iterdir() if file.suffix != ".conf"]
    assert not [secret for secret in secrets if secret and secret in said]


async def first_note(people, mail):
    """From the sign-up to a note that was read once."""
    credentials = {"email": ADA, "password": PASSWORD}
    async with people.post("auth/signup", json=credentials) as answer:
        assert answer.status == 201, await answer.text()
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    async with asyncio.timeout(WITHIN):
        letter = await mail.letters.get()
    text = letter.get_body(("plain",)).get_content()
    link = next(word for word in text.split() if word.startswith(f"{SITE}/verify#"))
    async with people.post("auth/verify", json={"token": link.partition("#")[2]}) as answer:
        assert answer.status == 200
    async with people.post("auth/signin", json=credentials) as answer:
        token = (await answer.json())["access_token"]
    signed_in = {"Authorization": f"Bearer {token}"}
    async with people.post("note", json={"content": "secret", "notify": True}, headers=signed_in) as answer:
        assert answer.status == 201
        slug = (await answer.json())["slug"]
    async with people.post(f"note/{slug}/view", json={}) as answer:
        assert (await answer.json())["content"] == "secret"
    async with people.post(f"note/{slug}/view", json={}) as answer:
        assert (await answer.json())["code"] == "note_already_read"
    async with asyncio.timeout(WITHIN):
        assert (await mail.letters.get())["subject"] == "Your note was opened"
