"""Prometheus takes the files; alerts sound when they should, ask for what there is, and say what to do."""

import re
import shutil
import subprocess

import pytest
import yaml

from deployment.expressions import MONITORING, expressions, log_queries, recorded, rules
from deployment.foreign_metrics import OF_CADDY, OF_PROMETHEUS
from deployment.promtool import NoPromtoolError, promtool
from deployment.queries import asked, given
from devstack.repository import ROOT

from .known_metrics import is_known, known_metrics

FOLDER = MONITORING / "prometheus"
ALERTS = [rule for rule in rules() if "alert" in rule]


@pytest.fixture(scope="session")
def checked():
    """`checked("check", "rules", …)`: what promtool says; fails the test when it is not content."""
    try:
        tool = promtool()
    except NoPromtoolError as error:
        pytest.fail(str(error), pytrace=False)

    def run(*arguments):
        done = subprocess.run([tool, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_prometheus_takes_its_configuration(checked):
    checked("check", "config", "prometheus.yml")


def test_rules_are_whole(checked):
    checked("check", "rules", "--lint=all", "--lint-fatal", *sorted(map(str, FOLDER.glob("rules/*.yml"))))


def test_alerts_sound_when_they_should_and_else_are_quiet(checked):
    checked("test", "rules", *sorted(map(str, FOLDER.glob("tests/*.yml"))))


def test_every_alert_is_tested():
    assert {test["name"] for test in cases_of("alerts")} == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_on_a_usual_day_there_is_what_it_looks_at(rule):
    (quiet,) = cases_of("quiet")
    there = {re.split(r"[{ ]", series["series"])[0] for series in quiet["input_series"]}
    assert metrics_of(rule["expr"]) <= there


def cases_of(name):
    return yaml.safe_load((FOLDER / "tests" / f"{name}.yml").read_text())["tests"]


def metrics_of(query):
    """Without those that are recorded of others."""
    found = [metric.metric for metric in asked(query)]
    return set().union(*(metrics_of(recorded()[name]) if name in recorded() else {name} for name in found))


each_expression = pytest.mark.parametrize("expression", expressions(), ids=lambda each: each.place)


@each_expression
def test_a_query_asks_for_what_there_is(expression):
    known = known_metrics()
    for metric in asked(expression.query):
        assert metric.metric in known, f"there is no {metric.metric}"
        missing = metric.labels - known[metric.metric]
        assert not missing, f"{metric.metric} has no label {', '.join(missing)}"
        for label, value in metric.matchers:
            assert is_known(value), f"no {label} of {metric.metric} is {value}"


@each_expression
def test_what_is_shown_beside_a_result_is_among_its_labels(expression):
    missing = expression.shown - given(expression.query, known_metrics())
    assert not missing, f"the result has no label {', '.join(missing)}"


@pytest.mark.parametrize(("place", "query"), log_queries())
def test_logs_are_asked_for_by_the_labels_that_alloy_gives_them(place, query):
    alloy = (MONITORING / "config.alloy").read_text()
    labels = set(re.findall(r'stage\.labels {\s*values = {(\w+) = ""}', alloy))
    asked_for = re.findall(r'(\w+)\s*[!=]=?~?\s*"([^"]*)"', re.fullmatch(r"{(.+)}", query)[1])
    assert asked_for, place
    for label, value in asked_for:
        assert label in labels, f"{place}: no line has a label {label}"
        assert is_known(value), f"{place}: no {label} is {value}"


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_what_to_do(rule):
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_its_runbook_is_there(rule):
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_no_runbook_is_of_an_alert_that_is_gone():
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "runbooks.md").read_text(), re.MULTILINE)
    named = {rule["annotations"]["runbook_url"].partition("#")[2] for rule in ALERTS}
    assert {heading.lower().replace(" ", "-") for heading in headings} == named


def test_a_machine_without_promtool_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *_: None)
    with pytest.raises(NoPromtoolError, match="apt install prometheus"):
        promtool()


def test_every_metric_of_ours_is_looked_at():
    def family(name):
        return re.sub(r"_(bucket|sum|count)$", "", name)

    looked_at = {family(metric.metric) for each in expressions() for metric in asked(each.query)}
    ours = set(known_metrics()) - set(recorded()) - {*OF_PROMETHEUS, *OF_CADDY}
    assert {family(name) for name in ours if not name.startswith(("process_", "python_"))} <= looked_at
