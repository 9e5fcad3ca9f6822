"""Component edits: code, modifier, pair, unit, family, duplicate, unlisted and diagnosis checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adjudication.edits.components import check_components, check_places
from adjudication.edits.context import EditContext, edit_context
from adjudication.edits.diagnoses import check_diagnoses
from adjudication.edits.discs import check_discs
from adjudication.edits.duplicates import check_duplicates
from adjudication.edits.family import check_family, completed_claims
from adjudication.edits.line_checks import check_codes, check_revenue_codes, check_revenue_lines, check_unit_basis
from adjudication.edits.modifiers import check_modifiers
from adjudication.edits.orderers import check_orderers
from adjudication.edits.overlaps import check_overlaps
from adjudication.edits.pairs import check_pairs
from adjudication.edits.patients import check_patient
from adjudication.edits.readers import check_readers
from adjudication.edits.reductions import check_reductions
from adjudication.edits.sexes import check_sexes
from adjudication.edits.statements import check_statements
from adjudication.edits.stays import check_stays
from adjudication.edits.tables import check_tables
from adjudication.edits.units import check_units
from adjudication.edits.unlisted import check_unlisted
from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.findings import Citation, Finding
from adjudication.model.history import HistoryLine
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber, Step, Verdict

_CLEAN: Final = Citation("claims-practice", "B1 step 11: code edits")


@dataclass(frozen=True, slots=True)
class EditResult:
    """Findings, and the waiting claims that this claim's components complete."""

    findings: tuple[Finding, ...]
    completes: tuple[ClaimId, ...] = ()


def apply_component_edits(
    claim: Claim,
    plans: Mapping[LineNumber, Plan],
    history: Sequence[HistoryLine],
    as_of: datetime,
    reference: ReferenceData,
    *,
    sequence: int,
) -> EditResult:
    """Run every edit on every line; no edit hides another (adjudication/steps/determine.py orders them).

    `sequence` is this claim's place in the ledger, so that of two conflicting claims only the later one gets the finding.
    """
    context = edit_context(claim, plans, history, as_of, sequence, reference)
    coding = (*check_codes(context), *check_modifiers(context))
    not_payable = frozenset(f.line for f in coding if f.verdict is Verdict.DENIES and f.line is not None)
    pairs = (*check_tables(context), *check_pairs(context, not_payable))
    bundled = not_payable | {f.line for f in pairs if f.verdict is Verdict.DENIES and f.line is not None}
    findings = (
        *check_patient(context),
        *check_statements(context),
        *coding,
        *check_unit_basis(context),
        *check_revenue_lines(context),
        *check_revenue_codes(context),
        *pairs,
        *check_reductions(context, bundled),
        *check_stays(context),
        *check_units(context),
        *check_family(context),
        *check_discs(context),
        *check_duplicates(context),
        *check_components(context),
        *check_overlaps(context),
        *check_places(context),
        *check_unlisted(context),
        *check_diagnoses(context),
        *check_orderers(context),
        *check_readers(context),
        *check_sexes(context),
    )
    return EditResult((*findings, *_clean(context, findings)), completed_claims(context))


def _clean(context: EditContext, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the finding that the edits found nothing on a line, which shows that it was checked."""
    faulty = {f.line for f in findings if f.verdict is not Verdict.NOTES}
    return tuple(
        Finding(Step.EDITS, outcomes.EDITS_CLEAN, Verdict.PASSES, _CLEAN, view.line.number)
        for view in context.views
        if view.line.number not in faulty
    )
