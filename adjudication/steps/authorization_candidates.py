"""The authorizations that may cover the lines of one claim, looked up once per plan, number and code.

A claim may have hundreds of lines and a member dozens of authorizations, but a claim has few codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from adjudication.model.authorizations import Authorization, AuthorizedService
from adjudication.model.claim import Claim
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import AuthorizationNumber, PlanId

Offer = tuple[Authorization, AuthorizedService]


@dataclass(frozen=True, slots=True)
class _Found:
    """The authorizations of one plan and number, and their services that cover each code asked about so far."""

    authorizations: tuple[Authorization, ...]
    by_code: dict[str, tuple[Offer, ...]] = field(default_factory=dict)


class Candidates:
    """The authorizations that a claim names, else the member's own under a plan; never another member's."""

    def __init__(self, claim: Claim, authorizations: Sequence[Authorization]) -> None:
        """Keep the member's own."""
        self._own = [a for a in authorizations if a.member_id == claim.member.member_id]
        self._found: dict[tuple[PlanId, AuthorizationNumber | None], _Found] = {}

    def of(self, plan: Plan, number: AuthorizationNumber | None) -> Sequence[Authorization]:
        """Return those that may cover a line of a plan."""
        return self._of(plan, number).authorizations

    def offers(self, plan: Plan, number: AuthorizationNumber | None, code: str) -> Sequence[Offer]:
        """Return their services that cover a code, whatever their status and dates."""
        found = self._of(plan, number)
        if code not in found.by_code:
            found.by_code[code] = tuple((a, s) for a in found.authorizations for s in a.services if s.covers(code))
        return found.by_code[code]

    def _of(self, plan: Plan, number: AuthorizationNumber | None) -> _Found:
        key = (plan.plan_id, number)
        if key not in self._found:
            of_plan = (a for a in self._own if (a.plan_id == plan.plan_id if number is None else a.number == number))
            self._found[key] = _Found(tuple(of_plan))
        return self._found[key]
