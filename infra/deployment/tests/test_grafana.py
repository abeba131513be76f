"""The dashboards are those of the code, hold what Grafana knows, and ask sources that there are."""

import json

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from deployment.dashboards.files import FOLDER, texts
from deployment.expressions import MONITORING, panels

NAMES = sorted(texts())


def committed(name):
    return json.loads((FOLDER / name).read_text())


def test_they_are_those_of_the_code():
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == texts(), "run ./task gen and commit"


@pytest.mark.parametrize("name", NAMES)
def test_they_hold_what_the_schema_knows(name):
    there = committed(name)
    understood = json.loads(json.dumps(Dashboard.from_json(there), cls=JSONEncoder))
    assert understood == there


@pytest.mark.parametrize("name", NAMES)
def test_each_panel_asks_a_source_that_is_provisioned(name):
    provisioned = MONITORING / "grafana" / "provisioning" / "datasources" / "onasty.yml"
    sources = {source["uid"] for source in yaml.safe_load(provisioned.read_text())["datasources"]}
    for panel in panels(committed(name)):
        assert panel["datasource"]["uid"] in sources, panel["title"]
        letters = [target["refId"] for target in panel["targets"]]
        assert all(letters), panel["title"]
        assert len(letters) == len(set(letters)), panel["title"]


def test_addresses_of_dashboards_differ():
    uids = [committed(name)["uid"] for name in NAMES]
    assert len(uids) == len(set(uids)) == 4


@pytest.mark.parametrize("path", sorted(MONITORING.rglob("*.yml")), ids=lambda path: path.stem)
def test_every_other_file_is_yaml(path):
    assert yaml.safe_load(path.read_text())
