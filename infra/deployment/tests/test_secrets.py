"""A secret that is missing or weak ends a service at its start: one line, its name, nothing of its value."""

import base64
import os

import pytest
from pydantic import SecretStr

from auth.settings import AuthSettings
from chassis.provision import ProvisionSettings
from chassis.runtime import run
from chassis.secret_strength import weakness
from chassis.settings import load
from gateway.settings import GatewaySettings
from mailer.settings import MailerSettings
from notes.settings import NotesSettings

RANDOM = base64.b64encode(bytes(range(32))).decode()
STRONG = {
    "nats_url": "tls://user:0f1e2d3c4b5a@nats:4222",
    "database_url": "postgresql://user:0f1e2d3c4b5a@postgres/onasty",
    "redis_url": "redis://:0f1e2d3c4b5a@redis:6379/0",
    "secret": RANDOM,
    "sealing_keys": f"k1:{RANDOM}",
    "client_key": RANDOM,
    "google_client_secret": "GOCSPX-0f1e2d3c",
    "github_client_secret": "0f1e2d3c4b5a",
    "smtp_password": "0f1e2d3c",
}
OTHERS = {
    "public_url": "https://notes.example.org",
    "from_address": "onasty@example.org",
    "smtp_user": "onasty@example.org",
    "google_client_id": "its-id",
    "github_client_id": "its-id",
}
# Too short, also as an address writes it; what examples say; names; no chance in it.
URLS = ("0f1e2d3c4b5", "%30%66%31%65%32%64", "changeme-please", "mailer-user-01", "abababababababab")
WEAK = {
    "nats_url": [*(f"nats://user:{password}@nats:4222" for password in URLS), "nats://nats:4222"],
    "database_url": [f"postgresql://user:{password}@postgres/onasty" for password in URLS],
    "redis_url": [*(f"redis://:{password}@redis:6379/0" for password in URLS), "redis://redis:6379/0"],
    "secret": [
        "hunter2",
        RANDOM[:-8],
        base64.b64encode(bytes(32)).decode(),
        base64.b64encode(b"s" * 32).decode(),
    ],
    "sealing_keys": [
        RANDOM,
        f"k1:{RANDOM[:-8]}",
        f"k1:{RANDOM},k2:{base64.b64encode(b'k' * 32).decode()}",
    ],
    "client_key": [RANDOM[:31], "k" * 32, "changeme" * 4],
    "google_client_secret": ["0f1e2d3", "your-client-secret"],
    "github_client_secret": ["0f1e2d3", "changeme"],
    "smtp_password": ["0f1e2d3", "password", "secret-password"],
}
SERVICES = {
    "auth": AuthSettings,
    "gateway": GatewaySettings,
    "mailer": MailerSettings,
    "notes": NotesSettings,
    "provision": ProvisionSettings,
}


def secrets_of(kind):
    return [name for name, field in kind.model_fields.items() if field.annotation is SecretStr]


def given(kind, without=None):
    """Variables of a service of which each setting is good."""
    prefix = kind.model_config["env_prefix"]
    return {
        f"{prefix}{name}".upper(): value
        for name, value in (STRONG | OTHERS).items()
        if name in kind.model_fields and name != without
    }


@pytest.fixture
def start(monkeypatch, capsys):
    """`start("notes", variables)`: its exit code, and each line that it says."""
    for name in [
        name for name in os.environ if name.startswith((*(f"{s.upper()}_" for s in SERVICES), "ONASTY_"))
    ]:
        monkeypatch.delenv(name)

    def start(service, variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            run(service, SERVICES[service], None)
        return ended.value.code, capsys.readouterr().err.splitlines()

    return start


EACH = [(service, name) for service, kind in SERVICES.items() for name in secrets_of(kind)]


@pytest.mark.parametrize(("service", "name"), EACH)
def test_a_missing_one_stops_the_start(start, service, name):
    code, lines = start(service, given(SERVICES[service], without=name))
    assert code == 78
    (line,) = lines
    assert line.startswith(f"{service}: ")
    assert f"{service}_{name}".upper() in line


@pytest.mark.parametrize("way", ["variable", "file"])
@pytest.mark.parametrize(("service", "name"), EACH)
def test_an_empty_one_is_missing(start, tmp_path, service, name, way):
    variables = given(SERVICES[service], without=name)
    variable = f"{service}_{name}".upper()
    if way == "file":
        (tmp_path / variable.lower()).write_text("\n")
        variables["ONASTY_SECRETS_DIR"] = str(tmp_path)
    else:
        variables[variable] = ""
    code, (line,) = start(service, variables)
    assert code == 78
    assert variable in line


@pytest.mark.parametrize(
    ("service", "name", "value"), [(*each, value) for each in EACH for value in WEAK[each[1]]]
)
def test_a_weak_one_stops_the_start_and_is_not_told(start, service, name, value):
    code, (line,) = start(service, given(SERVICES[service]) | {f"{service}_{name}".upper(): value})
    assert code == 78
    assert line.startswith(f"{service}: {service.upper()}_{name.upper()}: ")
    assert value not in line
    if "@" in value:
        assert value.rpartition("@")[0].rpartition(":")[2] not in line


def test_how_long_one_must_be_is_said(start):
    code, lines = start("gateway", given(GatewaySettings) | {"GATEWAY_CLIENT_KEY": RANDOM[:31]})
    assert (code, lines) == (78, ["gateway: GATEWAY_CLIENT_KEY: too short, 32 characters at least"])


@pytest.mark.parametrize("service", SERVICES)
def test_good_ones_are_taken(monkeypatch, service):
    for name, value in given(SERVICES[service]).items():
        monkeypatch.setenv(name, value)
    load(SERVICES[service])


def test_those_of_an_installation_are_good(secrets):
    """What infra/compose/secrets.sh makes."""
    made = [path for path in secrets.iterdir() if path.stat().st_size and "conf" not in path.name]
    assert len(made) > 20
    assert {path.name: weakness(path.read_text()) for path in made} == {path.name: None for path in made}


def test_postgresql_may_have_its_password_elsewhere():
    assert weakness("postgresql://notes@/onasty?host=/run/postgresql&passfile=/run/secrets/pgpass") is None
