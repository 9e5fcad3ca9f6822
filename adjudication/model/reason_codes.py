"""The gate every reason code passes: the combinations that a remittance may never carry (CAQH CORE 360 and X12 usage rules)."""

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


def check_combination(said: Remittance, rules: CombinationRules) -> None:
    """Raise CombinationError for a group, CARC and RARC combination that may not be sent."""
    ended = rules.deactivated.get(said.carc)
    if ended is not None and ended <= said.decided_on:
        raise _refused(said, f"the code was deactivated on {ended.isoformat()}; use its successor")
    if said.carc in rules.remark_required and not any(r not in rules.alert_remarks for r in said.rarcs):
        raise _refused(said, "the code needs a remark that is not an alert; add the RARC that says what is wrong")
    allowed = rules.only_group.get(said.carc)
    if allowed is not None and said.group not in allowed:
        raise _refused(said, f"the code stands only with group {', '.join(sorted(allowed))}")
    if said.carc in rules.never_for_documents and said.documents_missing:
        raise _refused(said, "the code is not for missing documents; use 252 or 226")
    if said.carc in rules.never_whole_charge and said.charge > 0 and said.amount >= said.charge:
        raise _refused(said, "the code may never carry the whole charge; say why nothing is allowed")


def _refused(said: Remittance, why: str) -> CombinationError:
    remarks = "+".join(said.rarcs) or "no remark"
    return CombinationError(f"{said.group.value}-{said.carc} with {remarks} may not be sent: {why}")
