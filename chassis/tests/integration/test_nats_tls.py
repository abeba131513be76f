"""TLS to NATS: what its certificate is worth, and that nobody in between can take it away."""

import asyncio
import ssl

import pytest

from chassis import broker
from chassis.nats_tls import tls_options
from chassis.provision import ProvisionSettings, administrator
from chassis.settings import ServiceSettings, SettingsError
from devstack.nats_with_tls import nats_with_tls
from devstack.ports import LOOPBACK

pytestmark = pytest.mark.integration

WITHIN = 15


@pytest.fixture(scope="module")
def address(certificate, tmp_path_factory):
    """NATS from infra/nats/tls.conf; `tls://` and then the rest."""
    users = ("admin", "auth", "gateway", "mailer", "notes")
    passwords = "".join(f'{user}_password: "pw-{user}"\n' for user in users)
    with nats_with_tls(tmp_path_factory.mktemp("tls") / "nats", certificate, passwords) as (port, _):
        yield f"tls://notes:pw-notes@{LOOPBACK}:{port}"


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
