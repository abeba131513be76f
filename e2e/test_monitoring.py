"""What dashboards and alerts ask for is there in a scrape of the running services, with its labels."""

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deployment.expressions import expressions, recorded
from deployment.foreign_metrics import OF_CADDY, OF_PROMETHEUS, TARGET
from deployment.queries import asked

from .conftest import proof
from .letters import PASSWORD
from .streams import watching

pytestmark = pytest.mark.e2e

# Series that begin with what does not happen here: limits, a provider's sign-in, rows that became old.
NOT_PROVOKED = {
    "auth_oauth_sign_ins_total",
    "auth_swept_total",
    "http_connections_refused_total",
    "rate_limit_refusals_total",
    "rate_limit_without_redis_total",
}


@pytest.fixture
async def scraped(stack, api, sign_up, write, view):
    """Names of metrics, and of each that has a series its labels, after a little of everything."""
    address, _ = await sign_up()
    tokens = (await api.post("/api/v1/auth/signin", {"email": address, "password": PASSWORD})).json
    refreshed = await api.post("/api/v1/auth/refresh-tokens", {"refresh_token": tokens["refresh_token"]})
    assert refreshed.status == 200
    manage = {"Onasty-Manage-Token": proof()}
    path = await write(manage_token=manage["Onasty-Manage-Token"])
    async with aiohttp.ClientSession() as session, watching(session) as watch:
        live = await watch(f"{stack.endpoints.gateway}{path}/events", manage)
        await live.until("snapshot")
        await view(path)
        await live.until("revealed")
        assert await live.end() == "over"

    families, labels = set(), {}
    for urls in stack.endpoints.metrics.values():
        for url in urls:
            for family in text_string_to_metric_families((await api.get(url)).text):
                families |= names(family)
                for sample in family.samples:
                    labels.setdefault(sample.name, set()).update(sample.labels)
    return families, labels


async def test_every_metric_and_label_is_in_a_scrape(scraped):
    families, labels = scraped
    unseen = set()
    for each in expressions():
        for metric in asked(each.query):
            # Caddy itself is asked in infra/deployment/tests/test_caddy.py.
            if metric.metric in {*OF_PROMETHEUS, *OF_CADDY, *recorded()}:
                continue
            assert metric.metric in families, f"{each.place}: no service has {metric.metric}"
            if metric.metric not in labels:
                unseen.add(metric.metric)
                continue
            missing = metric.labels - TARGET - labels[metric.metric]
            assert not missing, f"{each.place}: {metric.metric} has no label {', '.join(missing)}"
    # Labels are looked at in the sources, too (infra/deployment/tests/test_prometheus.py).
    assert unseen <= NOT_PROVOKED, f"have no series: {', '.join(unseen - NOT_PROVOKED)}"


def names(family):
    kinds = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {family.name + suffix for suffix in kinds.get(family.type, ("",))}
