"""The worklist and a case as the API shows them, as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

from cli.times import local_time

Shown = dict[str, Any]
_MARKS = {"met": "[green]✓[/]", "not met": "[red]✗[/]", "unknown": "[yellow]?[/]"}


def worklist(tasks: list[Shown]) -> Table:
    """One row per claim, the most urgent first."""
    table = Table("left", "claim", "waits for", "held by")
    for column in table.columns:
        column.overflow = "fold"  # no column is shortened, because a shortened id or code is useless
    table.columns[1].no_wrap = True
    table.columns[2].min_width = max((len(pend["code"]) for task in tasks for pend in task["pends"]), default=0)
    for task in tasks:
        arrived = {document["kind"] for document in task["arrived"]}
        open_requests = [asked["kind"] for asked in task["asked"] if asked["answered_at"] is None]
        documents = [f"documents asked {len(open_requests)}"] * bool(open_requests)
        documents += [f"documents came {len(arrived)}"] * bool(arrived)
        lines = " ".join(line["code"] for line in task["lines"])
        table.add_row(
            f"{hours(task['hours_left'])} h\n{_clock(task['clock'])}",
            f"{task['claim_id']}\n{escape(task['control_number'])}\n{task['member']}\n{lines}",
            "\n".join([*dict.fromkeys(f"{p['code']} ({p['owner']})" for p in task["pends"]), *documents]),
            task["held_by"]["person_id"] if task["held_by"] else "-",
        )
    return table


def hours(left: float | None) -> str:
    """Return how many hours are left, red when it is a day or less."""
    if left is None:
        return "-"
    return f"[red]{left:.0f}[/]" if left < 24 else f"{left:.0f}"


def _clock(clock: Shown | None) -> str:
    if clock is None:
        return "-"
    return escape(clock["rule"]) + (" (stopped)" if clock["tolled"] else "")


def case(shown: Shown) -> Iterator[str]:
    """Return the full text of one case, in reading order."""
    task = shown["task"]
    yield f"[bold]Claim {escape(task['control_number'])}[/bold] ({task['claim_id']})"
    member = shown["member"]
    who = f"{member['given_name']} {member['family_name']}, born {member['birth_date']}, {member['member_id']}"
    yield f"  member {escape(who)}"
    yield f"  plans {', '.join(task['plans']) or '-'}; diagnoses {', '.join(shown['diagnoses'])}"
    held = task["held_by"]
    yield f"  assigned to {held['person_id']} until {held['until']}" if held else "  not assigned"
    for pend in task["pends"]:
        where = f"line {pend['line']}" if pend["line"] else "claim"
        yield f"  [yellow]waits[/] {pend['code']} ({where}) {pend['outcome']}: {escape(pend['label'])}; owner {pend['owner']}, due {local_time(pend['due_at'])}"
    for held in shown["held"]:
        yield from _held(held)
    for line in task["lines"]:
        yield f"  line {line['number']}: {line['code']} x {line['units']}, charge {line['charge']}, {line['service_date']}"
    for asked in task["asked"]:
        answered = (
            f"answered {local_time(asked['answered_at'])}"
            if asked["answered_at"]
            else f"due {local_time(asked['due_at'])}"
        )
        yield f"  asked for {escape(asked['label'])} on {local_time(asked['asked_at'])}, {answered}"
    for document in task["arrived"]:
        yield f"  came {escape(document['label'])} on {local_time(document['received_at'])}, document {escape(document['document_id'])}"
    for review in shown["reviews"]:
        yield from _review(review)
    yield from _facts(shown["facts"])
    yield from _history(shown["history"])


def _held(held: Shown) -> Iterator[str]:
    shown = ", ".join(f"{name} {value}" for name, value in held["facts"].items())
    yield f"  [yellow]held[/] {held['code']} --outcome {held['outcome']} --decision [bold]{held['about']}[/]: {escape(shown)}"
    for line in held["lines"]:
        by = ", ".join(line["people"]) or "no person"
        yield f"    line {line['line']} {line['disposition']}, payable {line['payable']}: {escape(line['reason'])}; decided by {escape(by)}"


def _review(review: Shown) -> Iterator[str]:
    yield f"\n  [bold]line {review['line']}[/bold] {review['code']} under the policies"
    if review["note"]:
        yield f"    [yellow]{escape(review['note'])}[/]"
    for leg in review["legs"]:
        named = f", {leg['policy']} {leg['version']}" if leg["policy"] else ""
        yield f"    {leg['leg']}: [bold]{leg['result']}[/bold]{named} ({leg['authority']})"
        for rule in leg["rules"]:
            if rule["decides"]:
                yield from _rule(rule)
    for change in review["would_change"]:
        source = change["document_label"] or ("a reviewer" if change["judgement"] else "any document")
        yield f"    [cyan]would change it[/] {escape(change['text'])} ({', '.join(change['facts'])}); ask: {escape(source)}"
        for answer, results in change["results"].items():
            yield f"      {escape(answer)}: {', '.join(f'{leg} {result}' for leg, result in results.items())}"


def _rule(rule: Shown) -> Iterator[str]:
    yield f"      because of {rule['rule_id']} {escape(rule['title'])}"
    for part in ("applies", "criteria", "unless"):
        if rule[part] is not None:
            yield f"      {part}"
            yield from _node(rule[part], 4)


def _node(node: Shown, depth: int) -> Iterator[str]:
    words = escape(node["text"] or node["how"])
    needed = " [yellow]needed[/]" if node["needed"] else ""
    yield f"{'  ' * depth}{_MARKS[node['answer']]} {words} [dim]{node['node_id']}[/]{needed}"
    for child in node["children"]:
        yield from _node(child, depth + 1)


def _facts(facts: list[Shown]) -> Iterator[str]:
    if facts:
        yield "\n  [bold]facts[/bold]"
    for fact in facts:
        by = f" by {fact['author']}" if fact["author"] else ""
        document = f", document {fact['document']}" if fact["document"] else ""
        text = f"{fact['fact']} = {fact['value']} ({fact['source']}, {fact['recorded_on']}{by}{document})"
        yield f"    {escape(text)}"


def _history(history: list[Shown]) -> Iterator[str]:
    if history:
        yield "\n  [bold]history[/bold]"
    for done in history:
        content = ", ".join(f"{name} {value}" for name, value in done["content"].items() if value not in (None, []))
        yield f"    {local_time(done['at'])} {done['person_id']} ({done['role']}): {done['action']}" + (
            f" [dim]{escape(content)}[/]" if content else ""
        )
