"""Checks every combination of reason codes: some may never be on a remittance (CAQH CORE 360 and X12 usage rules)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adjudication.model.errors import CombinationError
from adjudication.model.reference import CombinationRules
from adjudication.model.vocabulary import GroupCode


@dataclass(frozen=True, slots=True)
class Remittance:
    """The codes of one possible adjustment of a line. `documents_missing`: the reason is a document not received."""

    group: GroupCode
    carc: str
    rarcs: tuple[str, ...]
    amount: Decimal
    charge: Decimal
    decided_on: date
    documents_missing: bool = False


def check_combination(remittance: Remittance, rules: CombinationRules) -> None:
    """Raise CombinationError for a group, CARC and RARC combination that may not be sent."""
    ended = rules.deactivated.get(remittance.carc)
    if ended is not None and ended <= remittance.decided_on:
        raise _refused(remittance, f"the code was deactivated on {ended.isoformat()}; use its successor")
    if remittance.carc in rules.remark_required and not any(r not in rules.alert_remarks for r in remittance.rarcs):
        raise _refused(remittance, "the code needs a remark that is not an alert; add the RARC that says what is wrong")
    allowed = rules.only_group.get(remittance.carc)
    if allowed is not None and remittance.group not in allowed:
        raise _refused(remittance, f"the code stands only with group {', '.join(sorted(allowed))}")
    if remittance.carc in rules.never_for_documents and remittance.documents_missing:
        raise _refused(remittance, "the code is not for missing documents; use 252 or 226")
    if remittance.carc in rules.never_whole_charge and remittance.charge > 0 and remittance.amount >= remittance.charge:
        raise _refused(remittance, "the code may never carry the whole charge; say why nothing is allowed")


def _refused(remittance: Remittance, why: str) -> CombinationError:
    remarks = "+".join(remittance.rarcs) or "no remark"
    return CombinationError(f"{remittance.group.value}-{remittance.carc} with {remarks} may not be sent: {why}")
