"""A claim told in full, from stored records only: lines, findings, citations, reason codes, what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from contracts.event_builders.interest_text import in_words, interest_of
from storage.claims.overview import ClaimRecord

_MARKS = {
    "passes": "[green]passes[/green]",
    "notes": "notes ",
    "pends": "[yellow]pends [/yellow]",
    "denies": "[red]denies[/red]",
}

_SAYS = {
    "warning": "warned",
    "expired": "[red]ran out[/red]",
    "no-clock": "[red]cannot be counted[/red], since",
    "gap-warning": "[red]cannot be counted[/red], warned before the earliest",
    "gap-reached": "[red]cannot be counted and may have run out[/red]",
}


def explain(claim: dict[str, Any], record: ClaimRecord) -> Iterator[str]:
    """Yield the lines of the explanation, in reading order."""
    yield f"[bold]Claim {claim['control_number']}[/bold] revision {claim['revision']} from {claim['submitter']}"
    yield f"  claim id {claim['claim_id']}, payer claim number {claim['payer_claim_number']}"
    yield f"  received {claim['received_at']:%Y-%m-%d %H:%M} UTC"
    yield from _chain(record["chain"])
    for earlier in record["determinations"][:-1]:
        told = orjson.loads(earlier["event"])["data"]
        yield f"  superseded: version {told['version']} {told['decided_at']}, charge {told['charge']}, paid {told['paid']}"
        yield from _interest(told)
    if record["determinations"]:
        yield from _determination(orjson.loads(record["determinations"][-1]["event"]))
    elif record["pends"]:
        yield from _pended(record)
    else:
        yield "  in process: its batch has not been committed yet; ask again in a moment"
    for use in record["uses"]:
        returned = " (returned)" if use["released_at"] else ""
        yield f"  authorization {use['number']}: {use['units']} unit(s) of {use['code']} for line {use['line']}{returned}"


def _chain(related: list[dict[str, Any]]) -> Iterator[str]:
    """Say which claims this one changes and which change it."""
    for row in related:
        known = (
            f" {row['control_number']} (claim id {row['claim_id']})" if row["claim_id"] else " a claim we do not have"
        )
        since = f" since {row['recorded_at']:%Y-%m-%d %H:%M} UTC" if row["recorded_at"] else ""
        yield f"  [bold]{row['relation']}[/bold]{known}, payer claim number {row['payer_claim_number']}{since}"


def _determination(event: dict[str, Any]) -> Iterator[str]:
    data = event["data"]
    version = f" version {data['version']}" if data["version"] > 1 else ""
    yield f"  [bold]determined[/bold]{version} {data['decided_at']}: charge {data['charge']}, paid {data['paid']}"
    if data.get("prior_payers"):
        yield f"  not as primary: payers before us {data['prior_payers']}"
    if data.get("remarks"):
        yield f"  remarks {' '.join(data['remarks'])}"
    yield f"  policy data {data['policy_bundle'][:23]}"
    yield from _interest(data)
    for line in data["lines"]:
        yield f"\n  line {line['line']}: {line['code']} [bold]{line['disposition']}[/bold], {line['reason_label']}"
        yield f"    charge {line['charge']}, paid {line['paid']}"
        for adjustment in line["adjustments"]:
            remarks = f", remarks {' '.join(adjustment['rarcs'])}" if adjustment["rarcs"] else ""
            yield f"    {adjustment['group']}-{adjustment['carc']} {adjustment['amount']}{remarks}"
        for outcome in line["would_also_fail"]:
            yield f"    would also fail: {outcome}"
        yield from _findings(line["findings"])


def _interest(data: dict[str, Any]) -> Iterator[str]:
    """Tell the interest of money that came late, step by step, and what of it somebody has to settle."""
    for interest in interest_of(data):
        yield f"  [bold]interest[/bold] {interest.standing.replace('-', ' ')}: {in_words(interest)}"
        if interest.citation is not None:
            cited = f"{interest.citation.source}: {interest.citation.locator}"
            yield f"    [dim]{interest.clock}, {cited}, confidence {interest.confidence}[/dim]"
        for step in interest.arithmetic:
            yield f"    {step}"
        for why in interest.why:
            yield f"    [yellow]to be settled by a person[/yellow]: {why}"


def _pended(record: ClaimRecord) -> Iterator[str]:
    for pend in record["pends"]:
        where = f"line {pend['line']}" if pend["line"] else "claim"
        yield f"  [yellow]waits[/yellow] {pend['code']} ({where}): {pend['outcome']}; owner {pend['owner']}, due {pend['due_at']:%Y-%m-%d}"
    for notice in record["clocks"]:
        said = _SAYS.get(notice["says"], notice["says"])
        yield f"  clock {notice['clock']}: {said} {notice['at']:%Y-%m-%d %H:%M}, told {notice['told_at']:%Y-%m-%d %H:%M} UTC"
    if record["traces"]:
        yield f"  policy data {record['traces'][-1]['policy_bundle'][:23]}"
        findings = record["traces"][-1]["findings"]
        numbers = sorted({finding["line"] or 0 for finding in findings})
        for number in numbers:
            yield f"\n  line {number}" if number else "\n  whole claim"
            yield from _findings([finding for finding in findings if (finding["line"] or 0) == number])


def _findings(findings: list[dict[str, Any]]) -> Iterator[str]:
    for finding in findings:
        evidence = ", ".join(f"{e['name']}={e['value']}" for e in finding.get("evidence", ()))
        cited = f"{finding['citation']['source']}: {finding['citation']['locator']}"
        yield f"    {finding['step']:<13} {_MARKS[finding['verdict']]} {finding['outcome']}" + (
            f"  ({evidence})" if evidence else ""
        )
        yield f"                         [dim]{cited}[/dim]"
