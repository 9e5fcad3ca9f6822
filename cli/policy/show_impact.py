"""The impact of a policy version on recorded claims, for the terminal (80 columns), as CSV and as JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from adjudication.readjudication.impact import LineImpact, LineResult, Total, totals
from contracts.event_builders.impacts import impact_row

COLUMNS = (
    "claim_id",
    "line",
    "code",
    "plan",
    "served_on",
    "recorded",
    "recorded_paid",
    "recorded_reason",
    "before",
    "before_paid",
    "before_reason",
    "after",
    "after_paid",
    "after_reason",
    "direction",
    "amount",
    "confidence",
    "cause",
    "own_amount",
)


def totals_table(found: Sequence[Total]) -> Table:
    """One row per plan, direction, reason and confidence, with the sum of US dollars."""
    table = Table("plan, reason", "direction", "lines", "claims", "USD", box=None, padding=(0, 1))
    for name in ("lines", "claims", "USD"):
        next(column for column in table.columns if column.header == name).justify = "right"
    for each in found:
        sure = "" if each.confidence == "certain" else f" ({each.confidence})"
        where = f"{each.plan}\n  {each.reason}{sure}"
        table.add_row(where, each.direction.value, str(each.lines), str(each.claims), f"{each.amount:,.2f}")
    return table


def sample_lines(impacts: Sequence[LineImpact], size: int) -> Iterator[str]:
    """Yield the lines with the most money, each with the command that opens its claim."""
    for each in sorted(impacts, key=lambda impact: (-abs(impact.amount), impact.claim_id, impact.line))[:size]:
        yield f"{each.claim_id} line {each.line}: {each.code}, {each.direction.value}, USD {each.amount:,.2f}"
        yield f"    {_said(each.before)} -> [bold]{_said(each.after)}[/bold]"


def _said(result: LineResult) -> str:
    paid = f" USD {result.paid:,.2f}" if result.paid else ""
    return f"{result.disposition}{paid}: {result.reason}"


def rows(impacts: Sequence[LineImpact]) -> Iterator[dict[str, Any]]:
    """Yield one row per line, in the order of claims; it names no member."""
    for each in sorted(impacts, key=lambda impact: (impact.claim_id, impact.line)):
        yield impact_row(each)


def write_csv(impacts: Sequence[LineImpact], file: Path) -> None:
    """Write one row per line."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, COLUMNS)
        writer.writeheader()
        writer.writerows(rows(impacts))


def write_json(about: dict[str, Any], impacts: Sequence[LineImpact], file: Path) -> None:
    """Write the comparison, the totals and one entry per line."""
    summed = [
        {
            "plan": each.plan,
            "direction": each.direction.value,
            "reason": each.reason,
            "confidence": each.confidence.value,
            "lines": each.lines,
            "claims": each.claims,
            "amount": f"{each.amount:.2f}",
        }
        for each in totals(impacts)
    ]
    content = about | {"totals": summed, "lines": list(rows(impacts))}
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
