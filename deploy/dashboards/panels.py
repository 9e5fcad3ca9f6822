"""Panels in one form: a title, a unit, and one query per line. Needs grafana-foundation-sdk (requirements/deploy.txt)."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, Row
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${source}")
Queries = dict[str, str]
"""The legend of each line, and its query."""


def dashboard(title: str, uid: str) -> Dashboard:
    """Begin a dashboard; its source of data is chosen on the page."""
    return (
        Dashboard(title)
        .uid(uid)
        .tags(["claimwright", "generated"])
        .refresh("30s")
        .time("now-3h", "now")
        .editable()
        .with_variable(DatasourceVariable("source").label("Prometheus").type("prometheus"))
    )


def row(title: str) -> Row:
    """Begin a row of panels."""
    return Row(title)


def lines(title: str, says: str, queries: Queries, unit: str = "short") -> Lines:
    """Draw queries over time; `says` explains the panel."""
    panel = Lines().title(title).description(says).unit(unit).min(0).datasource(SOURCE).span(8).height(7)
    for legend, query in queries.items():
        panel = panel.with_target(Dataquery().expr(query).legend_format(legend))
    return panel


def number(title: str, says: str, query: str, unit: str = "short") -> Stat:
    """Show one figure."""
    target = Dataquery().expr(query).instant()
    return Stat().title(title).description(says).unit(unit).datasource(SOURCE).span(4).height(4).with_target(target)
