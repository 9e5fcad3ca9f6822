"""National Correct Coding Initiative procedure-to-procedure edits: column 1 is paid, column 2 denied (X-44).

Compared are lines of one member, one billing provider and one date, on this claim and on others. Spine MRI over
the MRS family has indicator 0: no modifier opens it. A modifier opens indicator 1 where it fits its code (NCCI manual, chapter
I, E): 91 a laboratory test, 25 an evaluation, an anatomic one a paired structure; none of these a spine study. A line whose own code or modifier is invalid does not
bundle others, since it will not be paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from adjudication.edits.context import EditContext, LineView, denies, notes, pends
from adjudication.edits.same_day import Day, Partner, Standing, by_day, bypasses, of_codes, standing
from adjudication.model import outcomes
from adjudication.model.edit_tables import EditRelease, PairEdit
from adjudication.model.findings import Evidence, Finding
from adjudication.model.pends import EDIT_PEND, SYSTEM_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber, OutcomeCode

_NEVER, _WITH_MODIFIER = "0", "1"
_GENERAL_SPECTROSCOPY = "76390"
_KEPT: Final = 8
"""Findings of one outcome on a line: enough to read, and few enough for the event of a claim with 999 lines."""


def check_pairs(context: EditContext, not_payable: frozenset[LineNumber]) -> Iterator[Finding]:
    """Find column 2 lines billed with their column 1; `not_payable` lines do not bundle others.

    Of equal partners the first is named. A line keeps the first findings of each outcome and counts the rest.
    """
    if not _may_pair(context):
        return
    days = by_day(_partners(context, not_payable))
    for view in context.views:
        day = days.get(view.line.service_date)
        if view.release is not None and day is not None:
            found = (*_column_two(view, view.release, day, context), *_paid_earlier(view, view.release, day, context))
            if found:
                yield from _bounded(found)


def _may_pair(context: EditContext) -> bool:
    """Return whether any code of the claim forms a pair with another code of the day. Most claims have none."""
    codes = {view.line.code for view in context.views}.union(past.code for past in context.same_days)
    for view in context.views:
        release, code = view.release, view.line.code
        if release is not None and not (
            codes.isdisjoint(release.by_column_two.get(code, ()))
            and codes.isdisjoint(release.by_column_one.get(code, ()))
        ):
            return True
    return False


def _partners(context: EditContext, not_payable: frozenset[LineNumber]) -> Iterator[tuple[date, Partner]]:
    """Yield the lines that a line may form a pair with: payable lines of this claim, then those of the biller's other claims."""
    for position, view in enumerate(context.views):
        line = view.line
        if line.number not in not_payable:
            opens = bypasses(line, context.reference)
            yield line.service_date, Partner(line.code, f"line {line.number}", opens, position)
    for position, past in enumerate(context.same_days, len(context.views)):
        if past.billing_npi == context.claim.billing.npi:
            opens, where = bypasses(past, context.reference), f"claim {past.claim_id} line {past.number}"
            yield past.service_date, Partner(past.code, where, opens, position, standing(past, context.sequence))


def _column_two(view: LineView, release: EditRelease, day: Day, context: EditContext) -> Iterator[Finding]:
    ones = release.by_column_two.get(view.line.code)
    if ones is None or day.keys().isdisjoint(ones):
        return
    itself, own = f"line {view.line.number}", bypasses(view.line, context.reference)
    seen: set[tuple[str, bool]] = set()
    for partner in of_codes(day, ones):
        opened = own or partner.opens
        if (partner.code, opened) in seen or partner.where == itself:
            continue
        seen.add((partner.code, opened))
        edit = release.pairs[partner.code, view.line.code]
        evidence = _evidence(release, edit, partner.where)
        if edit.indicator == _NEVER or (edit.indicator == _WITH_MODIFIER and not opened):
            yield denies(outcomes.PAIR, view.line, release.citation, *evidence)
        elif edit.indicator == _WITH_MODIFIER:
            if _needs_proof(edit, context.reference):
                yield pends(outcomes.PAIR_BYPASS_REVIEW, EDIT_PEND, view.line, release.citation, *evidence)
            else:
                yield notes(outcomes.PAIR_BYPASSED, view.line, release.citation, *evidence)


def _paid_earlier(view: LineView, release: EditRelease, day: Day, context: EditContext) -> Iterator[Finding]:
    """Find a column 2 line on an earlier claim that is approved or in process.

    If it is approved, column 1 needs a correction first. If it is in process, it may be approved without having
    seen this line, so this line is pended until that decision.
    """
    twos = release.by_column_one.get(view.line.code)
    if twos is None or day.keys().isdisjoint(twos):
        return
    own = bypasses(view.line, context.reference)
    seen: set[tuple[str, bool, bool]] = set()
    for partner in of_codes(day, twos):
        edit, undecided = release.pairs[view.line.code, partner.code], partner.standing is Standing.UNDECIDED
        if not (undecided or partner.standing is Standing.APPROVED) or edit.indicator not in (_NEVER, _WITH_MODIFIER):
            continue
        opened = own or partner.opens
        if (partner.code, opened, undecided) in seen:
            continue
        seen.add((partner.code, opened, undecided))
        evidence = _evidence(release, edit, partner.where)
        if undecided:
            yield pends(outcomes.PAIR_UNDECIDED, SYSTEM_PEND, view.line, release.citation, *evidence)
        elif edit.indicator == _NEVER or not opened:
            yield pends(outcomes.PAIR_PAID_EARLIER, EDIT_PEND, view.line, release.citation, *evidence)
        elif _needs_proof(edit, context.reference):
            yield pends(outcomes.PAIR_BYPASS_REVIEW, EDIT_PEND, view.line, release.citation, *evidence)


def _bounded(found: Sequence[Finding]) -> Iterator[Finding]:
    """Keep the first findings of each outcome; the last one kept says how many further pairs there are."""
    by_outcome: dict[OutcomeCode, list[Finding]] = {}
    for finding in found:
        by_outcome.setdefault(finding.outcome, []).append(finding)
    for findings in by_outcome.values():
        more = len(findings) - _KEPT
        if more <= 0:
            yield from findings
            continue
        yield from findings[: _KEPT - 1]
        last = findings[_KEPT - 1]
        yield replace(last, evidence=(*last.evidence, Evidence("more_pairs", str(more))))


def _needs_proof(edit: PairEdit, reference: ReferenceData) -> bool:
    """Return whether an opened pair needs distinct anatomy proved (brain with spine), which a reviewer must see."""
    return edit.column_two == _GENERAL_SPECTROSCOPY and edit.column_one in reference.family.codes


def _evidence(release: EditRelease, edit: PairEdit, where: str) -> tuple[Evidence, ...]:
    shown = f"{release.release}{', carried forward' if release.carried_forward else ''}"
    return (
        Evidence("column_one", edit.column_one),
        Evidence("column_two", edit.column_two),
        Evidence("indicator", edit.indicator),
        Evidence("release", shown),
        Evidence("found_on", where),
    )
