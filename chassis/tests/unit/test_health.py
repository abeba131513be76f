"""Readiness is what the checks say."""

from prometheus_client import CollectorRegistry

from chassis.health import Health
from chassis.health_collector import HealthCollector


def test_ready_while_accepting_and_every_required_check_is_content():
    health = Health()
    state: list[str] = []
    health.require("nats", lambda: state[0] if state else None)
    health.watch("redis", lambda: "away")
    assert health.report() == (False, {"process": "not accepting", "nats": "ok", "redis": "away"})
    health.start_accepting()
    assert health.report() == (True, {"process": "ok", "nats": "ok", "redis": "away"})
    state.append("disconnected")
    assert health.report()[0] is False
    state.clear()
    health.stop_accepting()
    assert health.report()[0] is False


def test_a_scrape_says_what_readiness_says():
    health, registry = Health(), CollectorRegistry()
    registry.register(HealthCollector(health))
    health.require("nats", lambda: "disconnected")
    health.watch("redis", lambda: None)
    health.start_accepting()
    assert registry.get_sample_value("ready") == 0
    checks = {
        name: registry.get_sample_value("health_check", {"check": name})
        for name in ("process", "nats", "redis")
    }
    assert checks == {"process": 1, "nats": 0, "redis": 1}
