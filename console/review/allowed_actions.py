"""What a person may do with a case now, and why not the rest: the core is asked about each action, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from adjudication.model.claim import SupportingFact
from adjudication.model.determination import Pend
from adjudication.model.other_payers import PayerAdjudication
from adjudication.model.pends import COORDINATION_PEND
from adjudication.model.vocabulary import LineNumber, OutcomeCode
from adjudication.people import License, LicenseNeeded, Person, Refusal, Role
from adjudication.prerelease_holds.returns import ErrorClass
from adjudication.review import actions as core
from adjudication.review.case import Case, CaseRules, Lease
from adjudication.review.permissions import CLINICAL_DENIALS, license_of, permit
from adjudication.review.rationale import SAMPLE
from adjudication.review.settlements import Resolution

_LABELS: Final = {
    "take": "Take",
    "release": "Release",
    "request-documents": "Request documents",
    "record-facts": "Record facts",
    "record-adjudication": "Record what another payer did",
    "recommend": "Recommend",
    "send-back": "Send back",
    "second-opinion": "Second opinion",
    "withdraw-second-opinion": "Withdraw the second opinion",
    "schedule-peer-to-peer": "Schedule a peer-to-peer call",
    "record-peer-to-peer": "Record a peer-to-peer call",
    "correct": "Correct a field",
    "hand-over": "Hand over",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One action: whether it may be done now, and if not, why."""

    action: str
    label: str
    why_not: str

    @property
    def allowed(self) -> bool:
        """Say whether it may be done."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class Settling:
    """One way to settle one pend. `license` is the one that would sign; `key` is how a form names it."""

    line: LineNumber | None
    outcome: OutcomeCode
    code: str
    resolution: Resolution
    denies_as: OutcomeCode | None
    why_not: str
    license: License | None

    @property
    def key(self) -> str:
        """Name the way, whatever the line."""
        return self.resolution.value if self.denies_as is None else f"{self.resolution.value}:{self.denies_as}"


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything a person may do; `held` is false when they would have to take the claim first."""

    held: bool
    actions: dict[str, Offer]
    settling: tuple[Settling, ...]

    def allowed(self, action: str) -> bool:
        """Say whether an action may be done once the claim is held."""
        return self.actions[action].allowed

    @property
    def ways(self) -> tuple[Settling, ...]:
        """The ways to settle that are open to the person."""
        return tuple(way for way in self.settling if not way.why_not)

    @property
    def withheld(self) -> tuple[tuple[str, str], ...]:
        """What may not be done, each reason once: (what, why)."""
        told = [(offer.label, offer.why_not) for offer in self.actions.values() if offer.why_not]
        told += [(_way_in_words(way), way.why_not) for way in self.settling if way.why_not]
        return tuple(dict.fromkeys(told))


def offers(case: Case, person: Person, at: datetime, rules: CaseRules, needed: LicenseNeeded) -> Offers:
    """Ask the core about every action, as if the claim were held: what is then refused is refused for another reason."""
    held = case.lease is not None and case.lease.holds(person.person_id, at)
    holding = case if held else replace(case, lease=Lease(person.person_id, at.max.replace(tzinfo=at.tzinfo)))
    found: dict[str, Offer] = {}
    for name, action in _probes(case, at, rules):
        said = permit(case if name == "take" else holding, action, person, at, rules, needed)
        if name not in found or not found[name].allowed:
            found[name] = Offer(name, _LABELS[name], said.words if isinstance(said, Refusal) else "")
    settling = tuple(_settling(holding, person, at, rules, needed))
    return Offers(held, found, settling)


def _probes(case: Case, at: datetime, rules: CaseRules) -> Iterator[tuple[str, core.Action]]:
    """One action of each kind with nothing wrong in it: a refusal is then about the case and the person."""
    askable = sorted(rules.documents - rules.unanswered.keys()) or sorted(rules.documents)
    yield "take", core.Take()
    yield "release", core.Release()
    yield "request-documents", core.RequestDocuments((askable[0],) if askable else ())
    yield "record-facts", core.RecordFacts((SupportingFact("probe", value=True, source="", recorded_on=at.date()),))
    if any(pend.code == COORDINATION_PEND for pend in case.pends):
        nothing = PayerAdjudication("probe", at.date(), Decimal(0))
        yield "record-adjudication", core.RecordAdjudication(nothing)
    pend = case.pends[0] if case.pends else None
    if pend is not None:
        yield "recommend", core.Recommend(pend.line, pend.outcome, Resolution.PASSES, SAMPLE)
    yield "second-opinion", core.RequestSecondOpinion(min(rules.expertise, default=""), SAMPLE)
    if case.opinions:
        yield "withdraw-second-opinion", core.WithdrawSecondOpinion()
    yield "schedule-peer-to-peer", core.SchedulePeerToPeer(at + timedelta(hours=1))
    yield "record-peer-to-peer", core.RecordPeerToPeer(held=True, note=SAMPLE)
    for held in (pend for pend in case.pends if pend.about):
        yield "send-back", core.SendBack(held.outcome, held.about, ErrorClass.PROCEDURAL, SAMPLE)
    yield "correct", core.Correct(min(rules.correctable, default=""), "x")
    yield "hand-over", core.HandOver(Role.SUPERVISOR, None, SAMPLE)


def _settling(case: Case, person: Person, at: datetime, rules: CaseRules, needed: LicenseNeeded) -> Iterator[Settling]:
    for pend in case.pends:
        for decision in _decisions(pend, rules):
            said = permit(case, decision, person, at, rules, needed)
            yield Settling(
                line=pend.line,
                outcome=pend.outcome,
                code=pend.code,
                resolution=decision.resolution,
                denies_as=decision.denies_as,
                why_not=said.words if isinstance(said, Refusal) else "",
                license=license_of(decision, person, at, needed),
            )


def _decisions(pend: Pend, rules: CaseRules) -> Iterator[core.Decide]:
    """The ways somebody may settle a pend, each as a decision with nothing wrong in it."""
    if rules.passes.get(pend.code):
        yield core.Decide(pend.line, pend.outcome, Resolution.PASSES, SAMPLE, about=pend.about)
    if rules.prices.get(pend.code):
        yield core.Decide(pend.line, pend.outcome, Resolution.PRICED, SAMPLE, allowed=Decimal(1))
    if rules.denies.get(pend.code):
        for outcome in sorted(rules.deniable.get(pend.outcome, ())):
            criteria = (min(rules.criteria, default=""),) if outcome in CLINICAL_DENIALS else ()
            yield core.Decide(pend.line, pend.outcome, Resolution.DENIES, SAMPLE, outcome, (), criteria)


def _way_in_words(way: Settling) -> str:
    verb = {Resolution.PASSES: "Approve", Resolution.DENIES: "Deny", Resolution.PRICED: "Price"}[way.resolution]
    return f"{verb} ({way.code})"
