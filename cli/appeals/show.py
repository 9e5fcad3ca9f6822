"""The list of appeals and one appeal as the API shows them, as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

from cli.review.show_case import hours
from cli.times import local_time

Shown = dict[str, Any]


def appeals_table(appeals: list[Shown]) -> Table:
    """Return one row per appeal, the most urgent first."""
    table = Table("hours left", "due for", "appeal", "level", "appellant", "waits for", "decider", "barred", "member")
    for each in appeals:
        table.add_row(
            hours(each["hours_left"]),
            each["due_for"] or "-",
            each["appeal_id"],
            each["level"] or "no rule",
            each["appellant"],
            escape(", ".join(each["waits_for"])) or each["result"] or "-",
            each["decider"] or "-",
            escape(", ".join(each["barred"])) or "-",
            each["member"],
        )
    return table


def appeal_text(shown: Shown) -> Iterator[str]:
    """Return the full text of one appeal, in reading order."""
    appeal, member = shown["appeal"], shown["member"]
    yield f"[bold]Appeal {escape(appeal['reference'])}[/bold] ({appeal['appeal_id']}) of claim {appeal['claim_id']}"
    who = f"{member['given_name']} {member['family_name']}, born {member['birth_date']}, {member['member_id']}"
    yield f"  member {escape(who)}"
    yield f"  {appeal['appellant']} asks for {appeal['subject']}; {escape(appeal['path'] or 'no rule is loaded')}"
    yield f"  {escape(shown['words'])}"
    if appeal["claim_replaced_by"]:
        yield f"  [yellow]the claim was replaced or voided by claim {appeal['claim_replaced_by']}[/]"
    for waits in appeal["waits_for"]:
        yield f"  [yellow]waits[/] for {escape(waits)}"
    for deadline in shown["deadlines"]:
        due = "[yellow]due[/]" if deadline["counted"] else "[red]due at the earliest[/]"
        yield f"  {due} {deadline['what']} {local_time(deadline['due_at'])}: {escape(deadline['arithmetic'])} ({deadline['citation']['source']})"
    yield from _levels(shown["levels"])
    yield from _lines(shown["lines"])
    yield from _people(shown)
    yield from _offers(shown["offers"])
    yield from _history(shown["history"])


def _levels(levels: list[Shown]) -> Iterator[str]:
    yield "\n  [bold]levels[/bold]"
    for level in levels:
        came_to = f": {level['result']} by {level['decided_by']}" if level["result"] else ""
        yield f"    {level['stage']:<5} {level['level']} ({level['forum']}){escape(came_to)}"
        for counted in level["window"]:
            yield f"          [dim]{escape(counted)}[/]"


def _lines(lines: list[Shown]) -> Iterator[str]:
    yield "\n  [bold]lines[/bold]"
    for line in lines:
        mark = "appealed" if line["appealed"] else "not appealed"
        yield f"    line {line['line']}: {line['code']} x {line['units']}, charge {line['charge']}, {mark}"
        for name, decided in (("first", line["first"]), ("now", line["newest"])):
            if decided is not None:
                reasons = " ".join(f"{a['group']}-{a['carc']} {a['amount']}" for a in decided["adjustments"])
                yield f"      {name}: {decided['disposition']}, payable {decided['payable']}, {escape(decided['label'])} {reasons}"
        for ruling in line["rulings"]:
            units = f", {ruling['units']} units" if ruling["units"] else ""
            yield f"      {ruling['level']}: {ruling['ruling']}{units}"


def _people(shown: Shown) -> Iterator[str]:
    yield "\n  [bold]deciders[/bold]"
    for decider in shown["deciders"]:
        yield f"    {escape(decider['person_id'])}: {escape(decider['why_not'] or 'may decide')}"


def _offers(offers: list[Shown]) -> Iterator[str]:
    yield "\n  [bold]what you may do[/bold]"
    for offer in offers:
        yield f"    {offer['action']}" + (f" [dim]no: {escape(offer['why_not'])}[/]" if offer["why_not"] else "")


def _history(history: list[Shown]) -> Iterator[str]:
    yield "\n  [bold]history[/bold]"
    for entry in history:
        yield f"    {local_time(entry['at'])} {escape(entry['person_id'])}: {entry['action']} [dim]{', '.join(entry['happened'])}[/]"
