"""Replacements and voids of synthetic claims, by our number for the claim they change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from adjudication.corrections.judge import ChainClaim, CurrentLine
from adjudication.model.claim import Claim
from adjudication.model.determination import Adjustment, Disposition
from adjudication.model.vocabulary import Frequency, GroupCode, LineNumber
from contracts.ids import claim_id, payer_claim_number
from tests.builders.activities.claims import RECEIVED, a_claim


def a_correction(
    of: Claim | str,
    *codes: str,
    control: str,
    frequency: Frequency = Frequency.REPLACEMENT,
    received_at: datetime = RECEIVED,
    revision: int = 1,
) -> Claim:
    """A clean claim that replaces (or voids) another one, or whatever claim has that payer claim number."""
    claim = a_claim(control, *codes, received_at=received_at)
    number = of if isinstance(of, str) else payer_claim_number(of.claim_id)
    identity = claim_id(claim.submitter, control, revision)
    if isinstance(of, Claim):
        claim = replace(claim, member=of.member, billing=of.billing)
    return replace(claim, claim_id=identity, revision=revision, frequency=frequency, payer_claim_number=number)


def a_void(of: Claim | str, *codes: str, control: str, received_at: datetime = RECEIVED) -> Claim:
    """A clean claim that voids another one."""
    return a_correction(of, *codes, control=control, frequency=Frequency.VOID, received_at=received_at)


def standing(
    claim: Claim,
    *,
    version: int = 1,
    pended: bool = False,
    disposition: Disposition = Disposition.APPROVED,
    changed_by: Claim | None = None,
    superseded: bool = False,
    by_control_number: bool = False,
) -> ChainClaim:
    """Where a claim stands: decided as stated (every line alike) unless version is 0."""
    lines = tuple(_line(line.number, line.code, line.charge, disposition) for line in claim.lines) if version else ()
    by = None if changed_by is None else changed_by.claim_id
    return ChainClaim(claim, version, pended, lines, by, superseded, by_control_number)


def _line(number: LineNumber, code: str, amount: Decimal, disposition: Disposition) -> CurrentLine:
    paid = Decimal("412.50") if disposition is Disposition.APPROVED else Decimal(0)
    carc = "45" if disposition is Disposition.APPROVED else "18"
    adjustment = Adjustment(GroupCode.CONTRACTUAL, carc, amount - paid)
    return CurrentLine(number, code, disposition, amount, paid, (adjustment,))
