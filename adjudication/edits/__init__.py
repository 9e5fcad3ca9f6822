"""Component edits: code, modifier, pair, unit, family, duplicate, unlisted and diagnosis checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adjudication.claim import Claim
from adjudication.findings import Finding
from adjudication.history import HistoryLine
from adjudication.reference import Plan, ReferenceData
from adjudication.vocabulary import ClaimId, LineNumber


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
) -> EditResult:
    """Run every edit on every line; no edit hides another (the fold in determination.py orders them)."""
    raise NotImplementedError
