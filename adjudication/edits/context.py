"""The input of every edit: the claim's lines with their code, plan and tables looked up once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.edit_tables import EditRelease
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.reference import Plan, ProcedureCode, ReferenceData
from adjudication.model.vocabulary import LineNumber, OutcomeCode, PendCode, Step, Verdict
from adjudication.quick_values import quick


@quick
@dataclass(frozen=True, slots=True)
class LineView:
    """A line with the code valid on its date, its plan, and the edit tables its plan applies on that date."""

    line: ClaimLine
    procedure: ProcedureCode | None
    plan: Plan | None
    release: EditRelease | None


@quick
@dataclass(frozen=True, slots=True)
class EditContext:
    """One claim under edit. `history` holds other claims' lines that were not denied and count.

    `same_days`: those on a service date of this claim. `earlier`: of these, those of claims accepted before this one,
    since of two conflicting claims only the later one gets the finding.
    `undecided` holds those of corrections that do not count yet, but may wait for this claim. `unclear`: lines of claims
    that may be this patient's or another person's; no other field has them.
    """

    claim: Claim
    views: tuple[LineView, ...]
    history: tuple[HistoryLine, ...]
    sequence: int
    as_of: datetime
    reference: ReferenceData
    same_days: tuple[HistoryLine, ...] = ()
    earlier: tuple[HistoryLine, ...] = ()
    undecided: tuple[HistoryLine, ...] = ()
    unclear: tuple[HistoryLine, ...] = ()


def edit_context(
    claim: Claim,
    plans: Mapping[LineNumber, Plan],
    history: Sequence[HistoryLine],
    as_of: datetime,
    sequence: int,
    reference: ReferenceData,
) -> EditContext:
    """Look up what the edits need, once per line."""
    views = []
    for line in claim.lines:
        if reference.outside_scope(line.code, line.service_date) is not None:
            continue  # another system decides this line
        plan = plans.get(line.number)
        release = None
        if plan is not None and plan.adopts_ncci:
            release = reference.edit_release(claim.form, line.service_date, plan.edit_program)
        views.append(LineView(line, reference.procedure(line.code, line.service_date), plan, release))
    accepted = [h for h in history if h.stands and h.claim_id != claim.claim_id]
    others = [h for h in accepted if not h.unclear]
    unclear = tuple(h for h in accepted if h.unclear and _matters(h, sequence, reference))
    standing, undecided = tuple(h for h in others if h.counts), tuple(h for h in others if not h.counts)
    days = {line.service_date for line in claim.lines}
    same_days = tuple([line for line in standing if line.service_date in days])
    earlier = tuple([line for line in same_days if line.sequence < sequence])
    own = (same_days, earlier, undecided)
    return EditContext(claim, tuple(views), standing, sequence, as_of, reference, *own, unclear)


def _matters(past: HistoryLine, sequence: int, reference: ReferenceData) -> bool:
    """Return whether a line of an uncertain patient matters; an undecided later claim does not, unless its component completes this one."""
    return past.sequence < sequence or past.state is LineState.APPROVED or past.code in reference.family.codes


def denies(outcome: OutcomeCode, line: ClaimLine, citation: Citation, *evidence: Evidence) -> Finding:
    """Build a finding that denies a line for an administrative reason."""
    return Finding(Step.EDITS, outcome, Verdict.DENIES, citation, line.number, evidence)


def pends(outcome: OutcomeCode, pend: PendCode, line: ClaimLine, citation: Citation, *evidence: Evidence) -> Finding:
    """Build a finding that pends a line."""
    return Finding(Step.EDITS, outcome, Verdict.PENDS, citation, line.number, evidence, pend)


def notes(outcome: OutcomeCode, line: ClaimLine, citation: Citation, *evidence: Evidence) -> Finding:
    """Build a finding that informs."""
    return Finding(Step.EDITS, outcome, Verdict.NOTES, citation, line.number, evidence)
