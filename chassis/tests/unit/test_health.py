"""Readiness is what the checks say."""

from chassis.health import Health


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
