"""Writes one line with a different result as a row for files, the ledger and screens; it names no member."""

from __future__ import annotations

from typing import Any

from adjudication.readjudication.impact import LineImpact


def impact_row(each: LineImpact) -> dict[str, Any]:
    """Return the row of a line; amounts are decimal strings in US dollars."""
    row: dict[str, Any] = {"claim_id": each.claim_id, "line": each.line, "code": each.code, "plan": each.plan}
    row["served_on"] = each.served_on.isoformat()
    for name, result in (("recorded", each.recorded), ("before", each.before), ("after", each.after)):
        row[name] = "waits" if result is None else result.disposition
        row[f"{name}_paid"] = "" if result is None else f"{result.paid:.2f}"
        row[f"{name}_reason"] = "" if result is None else result.reason
    kept = {"direction": each.direction.value, "amount": f"{each.amount:.2f}", "confidence": each.confidence.value}
    kept |= {"cause": each.cause.value, "own_amount": f"{each.own_amount:.2f}"}
    if each.sources:
        kept["sources"] = " ".join(each.sources)
    return row | kept
