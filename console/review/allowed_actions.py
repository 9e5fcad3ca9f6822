"""The actions that a person may take on a case now, and the reasons against the others. The core judges a sample of every action."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from adjudication.model.vocabulary import LineNumber, OutcomeCode
from adjudication.people import License, LicenseNeeded, Refusal, StaffMember
from adjudication.review.case import Assignment, Case, CaseRules
from adjudication.review.decision_actions import Decide
from adjudication.review.permissions import permit
from adjudication.review.settlements import Resolution
from contracts.actions.review import REVIEW_ACTIONS


@dataclass(frozen=True, slots=True)
class Offer:
    """One action: `why_not` is empty if the person may do it now."""

    action: str
    label: str
    why_not: str

    @property
    def allowed(self) -> bool:
        """Return whether the person may do it."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class SettlementOffer:
    """One resolution of one pend. `license` is the one that would sign; `key` names the resolution in a form."""

    line: LineNumber | None
    outcome: OutcomeCode
    code: str
    resolution: Resolution
    denies_as: OutcomeCode | None
    why_not: str
    license: License | None

    @property
    def key(self) -> str:
        """The resolution's name, the same for every line."""
        return self.resolution.value if self.denies_as is None else f"{self.resolution.value}:{self.denies_as}"


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything a person may do. `assigned` is false if they would have to take the claim first."""

    assigned: bool
    actions: dict[str, Offer]
    settling: tuple[SettlementOffer, ...]

    def allowed(self, action: str) -> bool:
        """Return whether an action may be done once the claim is assigned to the person."""
        return self.actions[action].allowed

    @property
    def ways(self) -> tuple[SettlementOffer, ...]:
        """The resolutions that the person may choose."""
        return tuple(way for way in self.settling if not way.why_not)

    @property
    def withheld(self) -> tuple[tuple[str, str], ...]:
        """Return the actions that the person may not take, as (what, why), each pair once."""
        verbs = {Resolution.PASSES: "Approve", Resolution.DENIES: "Deny", Resolution.PRICED: "Price"}
        found = [(offer.label, offer.why_not) for offer in self.actions.values() if offer.why_not]
        found += [(f"{verbs[way.resolution]} ({way.code})", way.why_not) for way in self.settling if way.why_not]
        return tuple(dict.fromkeys(found))


def offers(case: Case, person: StaffMember, at: datetime, rules: CaseRules, needed: LicenseNeeded) -> Offers:
    """Ask the core about a sample of every action, as if the claim were assigned to the person.

    A refusal then has a reason other than the missing assignment. An action with several samples is
    offered if one of them is allowed.
    """
    assigned = case.assigned_to(person.person_id, at)
    as_if = (
        case
        if assigned
        else replace(case, assignment=Assignment(person.person_id, datetime.max.replace(tzinfo=at.tzinfo)))
    )
    found: dict[str, Offer] = {}
    for entry in REVIEW_ACTIONS.values():
        if entry.handler is Decide:
            continue
        asked = case if entry.name == "take" else as_if
        for sample in entry.handler.samples(case, at, rules):
            answer = permit(asked, sample, person, at, rules, needed)
            if entry.name not in found or not found[entry.name].allowed:
                why_not = answer.words if isinstance(answer, Refusal) else ""
                found[entry.name] = Offer(entry.name, entry.label, why_not)
    return Offers(assigned, found, tuple(_settling(as_if, person, at, rules, needed)))


def _settling(
    case: Case, person: StaffMember, at: datetime, rules: CaseRules, needed: LicenseNeeded
) -> Iterator[SettlementOffer]:
    codes = {(pend.line, pend.outcome): pend.code for pend in case.pends}
    for decision in Decide.samples(case, at, rules):
        answer = permit(case, decision, person, at, rules, needed)
        yield SettlementOffer(
            line=decision.line,
            outcome=decision.outcome,
            code=codes[decision.line, decision.outcome],
            resolution=decision.resolution,
            denies_as=decision.denies_as,
            why_not=answer.words if isinstance(answer, Refusal) else "",
            license=decision.license(person, at, needed),
        )
