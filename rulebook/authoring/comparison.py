"""Compares a line's review before and after facts change, leg by leg, criterion by criterion."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape

from adjudication.policy.catalog import LegRuling
from rulebook.authoring.flips import CriterionFlip, criterion_flips
from rulebook.authoring.why import leg_result
from storage.decisions.recorded_reviews import Review


def compared(before: Review, after: Review) -> Iterator[str]:
    """Yield the results of a line before and after, and the criteria with changed answers."""
    line = before.line
    yield f"[bold]line {line.number}[/bold]: {line.subject.code} on {line.subject.service_date}"
    if line.plan is None:
        yield "  [yellow]no plan covers the line, so no policy can be asked again[/yellow]"
        return
    was, now = _legs(before), _legs(after)
    for name in {**was, **now}:
        yield from _leg(name, was.get(name), now.get(name))


def _legs(review: Review) -> dict[str, LegRuling]:
    return {leg.leg: leg for leg in review.legs}


def _leg(name: str, before: LegRuling | None, after: LegRuling | None) -> Iterator[str]:
    was, now = _result(before), _result(after)
    yield f"  leg {name}"
    yield f"    before: {escape(was)}"
    yield f"    after:  [bold]{escape(now)}[/bold]" + ("" if was != now else " (unchanged)")
    if before is None or after is None:
        return
    if _version(before) != _version(after):
        yield f"    asked before: {_version(before)}; after: {_version(after)}"
    flips = criterion_flips((before.program, before.answers), (after.program, after.answers))
    yield from (f"      {text}" for flip in flips for text in flip_text(flip))
    if not flips:
        yield "      no criterion turned"


def flip_text(flip: CriterionFlip) -> Iterator[str]:
    """Yield one criterion with a changed answer."""
    yield f"{flip.before} -> [bold]{flip.after}[/bold]  {escape(flip.text)} [dim]{flip.node_id}[/dim]"


def _result(leg: LegRuling | None) -> str:
    if leg is None:
        return "not asked"
    rule = leg.ruling.rule if leg.ruling is not None else None
    return leg_result(leg) + ("" if rule is None else f", by {rule.rule_id}")


def _version(leg: LegRuling) -> str:
    return "no policy" if leg.program is None else f"{leg.program.version.policy} {leg.program.version.version}"
