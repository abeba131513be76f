"""What watches an installation reaches what it watches, however many replicas there are."""

import re
from urllib.parse import urlsplit

import pytest
import yaml

from deployment.expressions import MONITORING

from .test_compose import SERVICES

ALLOY = re.sub(r"^\s*//.*$", "", (MONITORING / "config.alloy").read_text(), flags=re.MULTILINE)


@pytest.fixture(scope="session")
def services(compose):
    return compose(profile="monitoring")["services"]


@pytest.fixture(scope="session")
def jobs():
    config = yaml.safe_load((MONITORING / "prometheus" / "prometheus.yml").read_text())
    return {job["job_name"]: job for job in config["scrape_configs"]}


def meet(services, one, other):
    """They are in a network together."""
    return bool(set(services[one]["networks"]) & set(services[other]["networks"]))


def test_prometheus_asks_for_all_addresses_of_every_service(services, jobs):
    (found,) = jobs["onasty"]["dns_sd_configs"]
    # The engine answers with one address for each replica in a network that whoever asks is in.
    assert found["type"] == "A"
    assert set(found["names"]) == set(SERVICES)
    for name, settings in SERVICES.items():
        assert found["port"] == settings.model_fields["ops_port"].default
        assert meet(services, "prometheus", name), name
        # With either there could be no second.
        assert not {"container_name", "ports"} & set(services[name]), name


def test_prometheus_reaches_the_rest_of_the_monitoring(services, jobs):
    targets = [config["targets"][0].partition(":")[0] for config in jobs["monitoring"]["static_configs"]]
    assert set(targets) == {"localhost", "loki", "alloy", "grafana"}
    for name in set(targets) - {"localhost"}:
        assert meet(services, "prometheus", name), name
    # Left to itself it would listen on its own loopback.
    assert "--server.http.listen-addr=0.0.0.0:12345" in services["alloy"]["command"]


def test_grafana_reaches_its_sources(services):
    file = MONITORING / "grafana" / "provisioning" / "datasources" / "onasty.yml"
    for source in yaml.safe_load(file.read_text())["datasources"]:
        host = urlsplit(source["url"]).hostname
        assert meet(services, "grafana", host), host


def test_alloy_hands_lines_on_from_the_engine_to_loki(services):
    parts = {".".join(part) for part in re.findall(r'^([\w.]+) "(\w+)" {$', ALLOY, re.MULTILINE)}
    passed = re.findall(r"= \[?((?:\w+\.)+\w+)\.(?:targets|receiver)", ALLOY)
    # What reads is the only one that nobody else names.
    assert parts - set(passed) == {"loki.source.file.containers"}
    assert set(passed) <= parts
    assert ALLOY.count("{") == ALLOY.count("}")
    (url,) = re.findall(r'url = "(.+)"', ALLOY)
    assert meet(services, "alloy", urlsplit(url).hostname)
    (read,) = re.findall(r'"__path__" = "([^*]+)/\*', ALLOY)
    assert read in {volume["target"] for volume in services["alloy"]["volumes"]}
