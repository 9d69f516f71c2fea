"""The dashboard and the alerts name metrics and labels that exist, and docs/operate.md every alert."""

import json
import re

import pytest
import yaml

from faceverify.health_checks import look
from faceverify.metrics.views import everything
from tests.support.servers import ROOT

ALERTS = ROOT / "deploy" / "alerts.yaml"
DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
GUIDE = ROOT / "docs" / "operate.md"
NAME = re.compile(r"\bfaceverify_\w+")
LABELS = re.compile(r"(faceverify_\w+)\{([^}]*)\}")
HISTOGRAM = ("_bucket", "_sum", "_count")
MADE_BY_PROMETHEUS = {"instance", "le", "job"}


@pytest.fixture(scope="module")
def rules() -> list[dict]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture(scope="module")
def expressions(rules) -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [
        *(rule["expr"] for rule in rules),
        *(target["expr"] for panel in panels for target in panel["targets"]),
    ]


@pytest.fixture
def labels(db) -> dict[str, set[str]]:
    """The labels of each sample that /metrics may show."""
    from faceverify.metrics import definitions, state

    found = {}
    for metric in definitions.registry._collector_to_names:
        own = set(metric._labelnames)  # type: ignore[attr-defined]
        histogram = metric._type == "histogram"  # type: ignore[attr-defined]
        for end in HISTOGRAM if histogram else ("_total",):
            found[metric._name + end] = own  # type: ignore[attr-defined]
    for gauge in state.collect():
        found[gauge.name] = set(gauge._labelnames)
    return found


def test_every_metric_that_they_name_exists(labels, expressions):
    named = {name for expression in expressions for name in NAME.findall(expression)}

    assert named <= labels.keys()
    assert len(named) > 12


def test_they_choose_by_labels_that_exist(labels, expressions):
    for expression in expressions:
        for name, chosen in LABELS.findall(expression):
            assert set(re.findall(r"(\w+)\s*[=!]", chosen)) <= labels[name], expression
        by = {
            label.strip()
            for group in re.findall(r"\bby \(([^)]*)\)", expression)
            for label in group.split(",")
        }
        known = set().union(
            *(labels[name] for name in NAME.findall(expression)), MADE_BY_PROMETHEUS
        )
        assert by <= known, expression


def test_every_metric_is_on_the_dashboard(labels):
    text = DASHBOARD.read_text()

    assert not [name for name in labels if re.sub("_(bucket|sum|count)$", "", name) not in text]


def test_the_rules_are_as_prometheus_wants_them(rules, expressions):
    names = [rule["alert"] for rule in rules]

    assert len(set(names)) == len(names)
    for rule in rules:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}, rule["alert"]
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
    for expression in expressions:
        assert expression.count("(") == expression.count(")")
        assert expression.count("[") == expression.count("]")


def test_the_panels_have_room_of_their_own():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        own = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not own & cells, panel["title"]
        assert at["x"] + at["w"] <= 24
        cells |= own
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_the_guide_says_what_each_alert_and_each_finding_means(rules, db):
    guide = GUIDE.read_text()
    findings, _states = look()

    assert [rule["alert"] for rule in rules if f"`{rule['alert']}`" not in guide] == []
    assert [each.name for each in findings if f"`{each.name}`" not in guide] == []
    assert everything() is not None


def test_the_guide_names_every_code_of_an_outage():
    from faceverify import outages

    codes = {each.code for each in vars(outages).values() if isinstance(each, outages.Outage)}

    assert [code for code in codes if f"`{code}`" not in GUIDE.read_text()] == []
