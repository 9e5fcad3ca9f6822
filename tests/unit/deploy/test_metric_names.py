"""Alerts, dashboards and the chart name metrics that the code declares, and no others; every alert has its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.metric_catalog import PAGE, ROOT, known, page, temporal_names

RULES = sorted((ROOT / "deploy" / "alerts").glob("*.rules.yaml"))
TESTS = sorted((ROOT / "deploy" / "alerts" / "tests").glob("*.yaml"))
NAMING = [
    *RULES,
    *TESTS,
    *sorted((ROOT / "deploy" / "dashboards").rglob("*.json")),
    *sorted((ROOT / "deploy" / "helm").rglob("templates/*.yaml")),
]
"""Every file that may name a metric."""

OURS = re.compile(r"\bclaimwright_[a-z0-9_]+\b")
RECORDED = re.compile(r"\bclaimwright:[a-z0-9_:]+\b")
TEMPORAL = re.compile(r"\btemporal_[a-z_]+_(?:total|bucket|sum|count|seconds|available|used|pollers)\b")
PAGES = ROOT / "docs" / "operations" / "alerts"


def _rules() -> Iterator[dict[str, Any]]:
    for file in RULES:
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


def _alerts() -> list[dict[str, Any]]:
    return [rule for rule in _rules() if "alert" in rule]


@pytest.mark.parametrize("file", NAMING, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_metric_that_is_named_is_declared_in_the_code(file: Path) -> None:
    samples = {sample for each in known() for sample in each.samples}
    roles = {"claimwright_owner", "claimwright_identity"}
    assert set(OURS.findall(file.read_text())) - samples - roles == set()


def test_every_label_that_an_alert_uses_is_one_of_its_metric() -> None:
    labels = {sample: {*each.labels, "le", "instance"} for each in known() for sample in each.samples}
    matched = [pair for rule in _rules() for pair in re.findall(r"(claimwright_[a-z0-9_]+)\{([^}]*)\}", rule["expr"])]
    assert matched
    for name, matchers in matched:
        used = set(re.findall(r"([a-z_]+)\s*[=!]~?", matchers))
        assert used <= labels[name], f"{name} has no label {used - labels[name]}"


def test_every_recorded_figure_that_is_used_is_recorded() -> None:
    recorded = {rule["record"] for rule in _rules() if "record" in rule}
    used = {name for file in NAMING for name in RECORDED.findall(file.read_text())}
    assert used == recorded


def test_every_metric_of_temporal_that_is_named_is_one_of_its_core() -> None:
    core = temporal_names()
    named = {name for file in NAMING for name in TEMPORAL.findall(file.read_text())}
    assert named
    for name in named:
        base = re.sub(r"(_seconds)?(_total|_bucket|_sum|_count)?$", "", name.removeprefix("temporal_"))
        assert base in core, f"Temporal's SDK has no metric {name}"


def test_the_page_of_metrics_is_that_of_the_code() -> None:
    assert PAGE.read_text() == page(), "run `python -m tools.metric_catalog`"


def test_no_metric_has_a_label_that_could_name_a_claim_or_a_person() -> None:
    identifying = re.compile(r"claim|member|person|patient|workflow_id|run_id|control|batch|npi|user|subject")
    labels = {(each.name, label) for each in known() for label in each.labels}
    assert len(labels) > 20
    assert not [(name, label) for name, label in labels if identifying.search(label)]


def test_every_alert_links_its_page_and_every_page_is_of_an_alert() -> None:
    linked = {rule["annotations"]["runbook_url"]: rule["alert"] for rule in _alerts()}
    for link, alert in linked.items():
        file = ROOT / link
        assert file.parent == PAGES
        assert file.is_file(), f"{alert} links {link}, which is not there"
        assert alert in file.read_text(), f"{link} does not name its alert {alert}"
    assert {ROOT / link for link in linked} == {file for file in PAGES.glob("*.md") if file.name != "README.md"}


def test_every_alert_says_how_urgent_it_is_and_what_is_wrong() -> None:
    assert len(_alerts()) > 20
    for rule in _alerts():
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        assert rule["annotations"]["summary"].endswith("."), rule["alert"]


def test_every_alert_is_tried_by_a_rule_test() -> None:
    """promtool runs them (`make test-deploy`); here it is enough that none is forgotten."""
    tried = {
        case["alertname"]
        for file in TESTS
        for t in yaml.safe_load(file.read_text())["tests"]
        for case in t["alert_rule_test"]
    }
    assert tried == {rule["alert"] for rule in _alerts()}
