"""The authorizations that may cover the lines of one claim, looked up once per plan, number and code.

A claim may have hundreds of lines and a member dozens of authorizations, but a claim has few codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from adjudication.model.authorizations import Authorization, AuthorizationUse, AuthorizedService
from adjudication.model.claim import Claim
from adjudication.model.persons import Likeness, Person, one_person, separated
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import AuthorizationNumber, PlanId

Offer = tuple[Authorization, AuthorizedService]


@dataclass(frozen=True, slots=True)
class _Found:
    """The authorizations of one plan and number, and their services that cover each code looked up so far."""

    authorizations: tuple[Authorization, ...]
    by_code: dict[str, tuple[Offer, ...]] = field(default_factory=dict)


class Candidates:
    """The authorizations that a claim names, else the patient's own under a plan; never another person's."""

    def __init__(self, claim: Claim, authorizations: Sequence[Authorization]) -> None:
        """Separate the patient's own authorizations from those that may be the patient's."""
        of_member = [a for a in authorizations if a.member_id == claim.member.member_id]
        self._own = [a for a in of_member if not a.unclear]
        self._unclear = [a for a in of_member if a.unclear]
        self._found: dict[tuple[PlanId, AuthorizationNumber | None], _Found] = {}

    def of(self, plan: Plan, number: AuthorizationNumber | None) -> Sequence[Authorization]:
        """Return those that may cover a line of a plan."""
        return self._of(plan, number).authorizations

    def unclear(self, plan: Plan, number: AuthorizationNumber | None, code: str) -> Authorization | None:
        """Return one that may be the patient's and would be checked for a line if it were."""
        for each in self._unclear:
            covers = each.plan_id == plan.plan_id and any(service.covers(code) for service in each.services)
            if covers if number is None else each.number == number:
                return each
        return None

    def offers(self, plan: Plan, number: AuthorizationNumber | None, code: str) -> Sequence[Offer]:
        """Return their services that cover a code, in any status and on any date."""
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


def authorizations_of(
    claim: Claim, authorizations: Iterable[Authorization], on_file: Sequence[Person]
) -> list[Authorization]:
    """Return the authorizations that are, or may be, the patient's, the latter marked; other persons' are left out.

    `on_file`: the persons whom the coverage feed knows under the member id. An authorization without a patient
    is for the only person on file; if there are several, it may be for any of them.
    """
    patient, alone = claim.member.person, one_person(on_file)
    found = []
    for each in authorizations:
        if each.patient is None:
            likeness = Likeness.SAME if alone else Likeness.UNSURE
        else:
            likeness = separated(patient, each.patient, on_file)
        if likeness is not Likeness.OTHER:
            found.append(each if likeness is Likeness.SAME else replace(each, unclear=True))
    return found


def uses_marked(
    claim: Claim, uses: Iterable[AuthorizationUse], on_file: Sequence[Person]
) -> tuple[AuthorizationUse, ...]:
    """Mark the uses of claims that are, or may be, for another person under the member id.

    Such a use is kept where an authorization was for any person of the member id, or changed hands, after its units were taken.
    """
    found, patient = tuple(uses), claim.member.person
    another = {
        each
        for each in {use.patient for use in found if use.patient is not None} - {patient}
        if separated(patient, each, on_file) is not Likeness.SAME
    }
    if not another:
        return found
    return tuple(replace(use, another=True) if use.patient in another else use for use in found)
