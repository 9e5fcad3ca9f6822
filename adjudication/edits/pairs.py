"""National Correct Coding Initiative procedure-to-procedure edits: column 1 is paid, column 2 denied (X-44).

Compared are lines of one member, one billing provider and one date, on this claim and on others. Spine MRI over
the MRS family has indicator 0: no modifier opens it. A line whose own code or modifier is invalid does not
bundle others, since it will not be paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adjudication.edits.context import EditContext, LineView, denies, notes, pends
from adjudication.model import outcomes
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.history import LineState
from adjudication.model.pends import EDIT_PEND, POLICY_PEND, SYSTEM_PEND
from adjudication.model.reference import EditRelease, ModifierKind, PairEdit, ReferenceData
from adjudication.model.vocabulary import LineNumber

_GAP = Citation("claims-practice", "B1 step 11: edit tables of the quarter of service")
_NEVER, _WITH_MODIFIER = "0", "1"
_GENERAL_SPECTROSCOPY = "76390"


@dataclass(frozen=True, slots=True)
class _Partner:
    """The other side of a pair: a line of this claim or of another one."""

    code: str
    modifiers: tuple[str, ...]
    where: str


def check_tables(context: EditContext) -> Iterator[Finding]:
    """Find dates of service for which no edit tables are loaded: such a line pends."""
    for view in context.views:
        if view.plan is not None and view.plan.adopts_ncci and view.release is None:
            day = Evidence("service_date", view.line.service_date.isoformat())
            yield pends(outcomes.TABLES_NOT_LOADED, POLICY_PEND, view.line, _GAP, day)


def check_pairs(context: EditContext, not_payable: frozenset[LineNumber]) -> Iterator[Finding]:
    """Find column 2 lines billed with their column 1; `not_payable` are lines that bundle nothing."""
    for view in context.views:
        if view.release is None:
            continue
        for partner in _partners(view, context, not_payable):
            edit = view.release.pairs.get((partner.code, view.line.code))
            if edit is not None:
                yield from _column_two(view, view.release, edit, partner, context.reference)
        yield from _paid_earlier(view, view.release, context)


def _partners(view: LineView, context: EditContext, not_payable: frozenset[LineNumber]) -> Iterator[_Partner]:
    day = view.line.service_date
    for other in context.views:
        line = other.line
        if line.number != view.line.number and line.service_date == day and line.number not in not_payable:
            yield _Partner(line.code, line.modifiers, f"line {line.number}")
    for past in context.history:
        if past.service_date == day and past.billing_npi == context.claim.billing.npi:
            yield _Partner(past.code, past.modifiers, f"claim {past.claim_id} line {past.number}")


def _column_two(
    view: LineView, release: EditRelease, edit: PairEdit, partner: _Partner, reference: ReferenceData
) -> Iterator[Finding]:
    evidence = _evidence(release, edit, partner.where)
    opened = _bypasses(view.line.modifiers, reference) or _bypasses(partner.modifiers, reference)
    if edit.indicator == _NEVER or (edit.indicator == _WITH_MODIFIER and not opened):
        yield denies(outcomes.PAIR, view.line, release.citation, *evidence)
    elif edit.indicator == _WITH_MODIFIER:
        if _needs_proof(edit, reference):
            yield pends(outcomes.PAIR_BYPASS_REVIEW, EDIT_PEND, view.line, release.citation, *evidence)
        else:
            yield notes(outcomes.PAIR_BYPASSED, view.line, release.citation, *evidence)


def _paid_earlier(view: LineView, release: EditRelease, context: EditContext) -> Iterator[Finding]:
    """Find a column 2 line on another claim that is approved, or being decided at this moment, before this one.

    Approved, paying column 1 too needs a correction first. In process, it may be approved any moment without having
    seen this line, so this one waits a little for that decision.
    """
    for past in context.history:
        undecided = past.state is LineState.IN_PROCESS and past.sequence < context.sequence
        if not (undecided or past.state is LineState.APPROVED) or past.service_date != view.line.service_date:
            continue
        edit = release.pairs.get((view.line.code, past.code))
        if (
            edit is None
            or past.billing_npi != context.claim.billing.npi
            or edit.indicator not in (_NEVER, _WITH_MODIFIER)
        ):
            continue
        opened = _bypasses(view.line.modifiers, context.reference) or _bypasses(past.modifiers, context.reference)
        evidence = _evidence(release, edit, f"claim {past.claim_id} line {past.number}")
        if undecided:
            yield pends(outcomes.PAIR_UNDECIDED, SYSTEM_PEND, view.line, release.citation, *evidence)
        elif edit.indicator == _NEVER or not opened:
            yield pends(outcomes.PAIR_PAID_EARLIER, EDIT_PEND, view.line, release.citation, *evidence)
        elif _needs_proof(edit, context.reference):
            yield pends(outcomes.PAIR_BYPASS_REVIEW, EDIT_PEND, view.line, release.citation, *evidence)


def _needs_proof(edit: PairEdit, reference: ReferenceData) -> bool:
    """Say whether an opened pair needs distinct anatomy proved (brain with spine), which a reviewer must see."""
    return edit.column_two == _GENERAL_SPECTROSCOPY and edit.column_one in reference.family.codes


def _bypasses(modifiers: tuple[str, ...], reference: ReferenceData) -> bool:
    rules = (reference.modifiers.get(modifier) for modifier in modifiers)
    return any(rule is not None and rule.kind is ModifierKind.PAIR_BYPASS for rule in rules)


def _evidence(release: EditRelease, edit: PairEdit, where: str) -> tuple[Evidence, ...]:
    shown = f"{release.release}{', carried forward' if release.carried_forward else ''}"
    return (
        Evidence("column_one", edit.column_one),
        Evidence("column_two", edit.column_two),
        Evidence("indicator", edit.indicator),
        Evidence("release", shown),
        Evidence("found_on", where),
    )
