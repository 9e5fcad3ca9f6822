"""The public authorities that a plan must apply before its own policies, by product line.

A plan of Medicare is bound by national and local determinations (42 CFR 422.101(b)); a plan of Medicaid by what the
state's program covers (42 CFR 438.210(a)(5)). An order of authorities without one would ignore it silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adjudication.model.reference import Plan
from adjudication.model.vocabulary import ProductLine
from adjudication.policy.catalog import Precedence
from rulebook.errors import PolicyDataError

_MEDICARE: Final = frozenset({"ncd", "lcd"})
_ASKED: Final[Mapping[ProductLine, frozenset[str]]] = {
    ProductLine.MEDICARE_ADVANTAGE: _MEDICARE,
    ProductLine.DUAL_SNP: _MEDICARE,
    ProductLine.MEDICAID: frozenset({"state-guideline"}),
}


def refuse_unasked(where: str, plan: Plan, precedence: Precedence) -> None:
    """Refuse a plan whose first benefit leaves out an authority that binds it, or places it after the plan's own policies."""
    asked = [authority.public for authority in precedence.legs[0].authorities]
    public = asked.index(False) if False in asked else len(asked)
    before = {authority.kind for authority in precedence.legs[0].authorities[:public]}
    for kind in sorted(_ASKED.get(plan.product_line, frozenset()) - before):
        raise PolicyDataError(
            f"{where}, precedence {precedence.name}",
            f"a plan of {plan.product_line} does not ask the authority {kind} before its own policies",
            f"add authority: {kind} to the order in precedence.yaml, with its policies or what was searched",
        )
