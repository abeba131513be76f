"""TLS to NATS: what its certificate is worth, and that nobody in between can take it away."""

import asyncio
import os
import ssl
import subprocess
import sysconfig
from pathlib import Path

import pytest
import trustme

from chassis import broker
from chassis.nats_tls import tls_options
from chassis.provision import ProvisionSettings, administrator
from chassis.settings import ServiceSettings, SettingsError
from devstack.ports import LOOPBACK, free_ports

pytestmark = pytest.mark.integration

CONFIG = Path(__file__).parents[3] / "infra" / "nats"
WITHIN = 15


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A folder with the certificate of 127.0.0.1, its key, and who signed it."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    made = authority.issue_cert(LOOPBACK)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    made.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    made.private_key_pem.write_to_path(folder / "key.pem")
    return folder


@pytest.fixture(scope="module")
def address(certificate, tmp_path_factory):
    """NATS from infra/nats/tls.conf; `tls://` and then the rest."""
    folder = tmp_path_factory.mktemp("nats")
    for file in CONFIG.iterdir():
        (folder / file.name).write_text(file.read_text())
    users = ("admin", "auth", "gateway", "mailer", "notes")
    (folder / "passwords.conf").write_text("".join(f'{user}_password: "pw-{user}"\n' for user in users))
    port, monitor = free_ports(2)
    environment = {
        "PATH": os.environ["PATH"],
        "NATS_NAME": "nats-1",
        "NATS_LISTEN": f"{LOOPBACK}:{port}",
        "NATS_MONITOR": f"{LOOPBACK}:{monitor}",
        "NATS_STORE": str(folder / "store"),
        "NATS_CERT": str(certificate / "certificate.pem"),
        "NATS_KEY": str(certificate / "key.pem"),
    }
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    command = [program, "--config", folder / "tls.conf"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
        yield f"tls://notes:pw-notes@{LOOPBACK}:{port}"
        server.terminate()


async def connected(make_runtime, url, ca_file):
    runtime = make_runtime("notes", ServiceSettings, nats_url=url, nats_ca_file=str(ca_file))
    async with asyncio.timeout(WITHIN), broker.connected(runtime) as client:
        return client.is_connected


async def test_a_certificate_that_is_trusted_is_taken(address, certificate, make_runtime):
    assert await connected(make_runtime, address, certificate / "authority.pem")


async def test_another_is_not(address):
    settings = ProvisionSettings(nats_url=address)
    with pytest.raises(ssl.SSLCertVerificationError):
        await administrator(settings)


async def test_a_server_without_tls_is_not_spoken_to(servers, certificate):
    url = servers.nats.replace("nats://", "tls://")
    settings = ProvisionSettings(nats_url=url, nats_ca_file=str(certificate / "authority.pem"))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await administrator(settings)


async def test_certificates_that_cannot_be_read_stop_the_start(address, tmp_path, make_runtime):
    with pytest.raises(SettingsError, match=r"NATS_CA_FILE: .*No such file"):
        await connected(make_runtime, address, tmp_path / "none.pem")


def test_addresses_of_both_kinds_are_refused():
    with pytest.raises(ValueError, match="either all addresses are tls://, or none is"):
        tls_options(["tls://a:4222", "nats://b:4222"], "")


def test_without_tls_nothing_is_added():
    assert tls_options(["nats://a:4222"], "") == {}
    assert tls_options(["tls://a:4222"], "")["tls"].verify_mode is ssl.CERT_REQUIRED
