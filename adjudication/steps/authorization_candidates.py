"""The authorizations that may cover the lines of one claim, looked up once per plan, number and code.

A claim may have hundreds of lines and a member dozens of authorizations, but a claim has few codes.
"""

from __future__ import annotations

from collections.abc import Sequence

from adjudication.model.authorizations import Authorization, AuthorizedService
from adjudication.model.claim import Claim
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import AuthorizationNumber, PlanId

Offer = tuple[Authorization, AuthorizedService]
_Key = tuple[PlanId, AuthorizationNumber | None]


class Candidates:
    """The authorizations that a claim names, else the member's own under a plan; never another member's."""

    def __init__(self, claim: Claim, authorizations: Sequence[Authorization]) -> None:
        """Keep the member's own."""
        self._own = [a for a in authorizations if a.member_id == claim.member.member_id]
        self._found: dict[_Key, list[Authorization]] = {}
        self._offers: dict[tuple[_Key, str], list[Offer]] = {}

    def of(self, plan: Plan, number: AuthorizationNumber | None) -> list[Authorization]:
        """Return those that may cover a line of a plan."""
        key = (plan.plan_id, number)
        found = self._found.get(key)
        if found is None:
            of_plan = (a for a in self._own if (a.plan_id == plan.plan_id if number is None else a.number == number))
            found = self._found[key] = list(of_plan)
        return found

    def offers(self, plan: Plan, number: AuthorizationNumber | None, code: str) -> Sequence[Offer]:
        """Return their services that cover a code, whatever their status and dates."""
        key = ((plan.plan_id, number), code)
        offers = self._offers.get(key)
        if offers is None:
            offers = self._offers[key] = [(a, s) for a in self.of(plan, number) for s in a.services if s.covers(code)]
        return offers
