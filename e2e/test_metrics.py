"""What the documentation says can be scraped is what can be scraped."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

TABLE = re.compile(r"\| metric \| labels \|\n\| --- \| --- \|\n((?:\|.*\n)+)")
# Those of Prometheus' own client.
LIBRARY = ("process_", "python_")


def documented() -> set[str]:
    table = TABLE.search((Path(__file__).parents[1] / "docs/operations.md").read_text())[1]
    names = set()
    for row in table.splitlines():
        names |= set(re.findall(r"`([a-z_]+)`", row.split("|")[1]))
    return names


async def test_every_metric_is_documented_and_every_documented_one_is_there(stack, api):
    there = set()
    for urls in stack.endpoints.metrics.values():
        for url in urls:
            exposition = (await api.get(url)).text
            there |= {line.split()[2] for line in exposition.splitlines() if line.startswith("# TYPE")}
    # When a counter or a histogram began, beside each of them.
    there = {name for name in there if not name.startswith(LIBRARY) and not name.endswith("_created")}
    assert there == documented()
