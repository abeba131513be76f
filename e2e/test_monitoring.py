"""What dashboards and alerts ask for is there in a scrape of the running services, with its labels."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deployment.expressions import expressions, recorded
from deployment.queries import asked

from .conftest import soon

pytestmark = pytest.mark.e2e

# What Prometheus itself adds.
TARGET = {"job", "instance", "service"}
OF_PROMETHEUS = {"up", "ALERTS"}


async def test_every_metric_and_label_is_in_a_scrape(stack, api):
    note = await api.post("/api/v1/note", {"content": "watched", "expires_at": soon()})
    await api.post(f"/api/v1/note/{note.json['slug']}/view")
    await api.post("/api/v1/auth/signin", {"email": "nobody@example.org", "password": "a long password"})

    families, labels = set(), {}
    for urls in stack.endpoints.metrics.values():
        for url in urls:
            for family in text_string_to_metric_families((await api.get(url)).text):
                families |= names(family)
                for sample in family.samples:
                    labels.setdefault(sample.name, set()).update(sample.labels)

    for place, query in expressions():
        for metric in asked(query):
            if metric.metric in OF_PROMETHEUS | set(recorded()):
                continue
            assert metric.metric in families, f"{place}: no service has {metric.metric}"
            # What has not happened yet has no labels to be seen; the sources are looked at for those.
            missing = metric.labels - TARGET - labels.get(metric.metric, metric.labels)
            assert not missing, f"{place}: {metric.metric} has no label {', '.join(missing)}"


def names(family):
    kinds = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {family.name + suffix for suffix in kinds.get(family.type, ("",))}
