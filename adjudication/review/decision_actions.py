"""Actions that decide: recommend, decide a pended line, send a decision back before its release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, Self

from adjudication.model.determination import Pend, ReviewerSignature
from adjudication.model.outcomes import (
    DIAGNOSIS_NOT_SUPPORTED,
    DOCUMENTS_NOT_RECEIVED,
    HOLDS,
    LACKS_DOCUMENTS,
    PRIMARY_NOT_RECEIVED,
    PRIMARY_UNCLEAR,
    UNITS_NOT_SUPPORTED,
)
from adjudication.model.pends import POLICY_PEND
from adjudication.model.vocabulary import LineNumber, OutcomeCode
from adjudication.people import (
    CLINICAL,
    License,
    LicenseNeeded,
    Refusal,
    Role,
    StaffMember,
    forbidden,
    invalid,
    sign,
    signing_license,
)
from adjudication.prerelease_holds.returns import ErrorClass
from adjudication.review.case import CLINICAL_DENIALS, SIGNERS, Action, ActionContext, Case, CaseRules, Done
from adjudication.review.rationale import SAMPLE, SHORTEST_RATIONALE, rationale_refusal
from adjudication.review.second_opinions import Recommendation
from adjudication.review.settlements import Resolution

_NOT_PENDED: Final = Refusal(
    "not-waiting", "the claim is not pended for this (any more); look at what it is pended for now"
)


@dataclass(frozen=True, slots=True)
class Recommend(Action):
    """Recommend how to settle a pended line, to a person who may decide it."""

    shapes_decision = True

    line: LineNumber | None
    outcome: OutcomeCode
    resolution: Resolution
    rationale: str

    def roles(self, case: Case, rules: CaseRules) -> frozenset[Role]:
        """Return the clinicians' roles, and those that hold a pend which only a signature denies."""
        held = (p for p in case.pends if (p.line, p.outcome) == (self.line, self.outcome) and rules.for_signers(p))
        return CLINICAL.union(*(rules.roles_for(pend.code, Resolution.PASSES) for pend in held))

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse people without such a role, lines that are not pended, and a thin rationale."""
        if not context.person.roles & self.roles(context.case, context.rules):
            return forbidden("clinical-only", "only a nurse or physician may recommend a clinical decision")
        if context.case.pend(self.line, self.outcome) is None:
            return _NOT_PENDED
        return rationale_refusal(self.rationale, context.rules.wordings)

    def after(self, case: Case, done: Done) -> Case:
        """Send the claim to the physicians once every clinical pend that is open now has a recommendation.

        A later pend of the same clinicians brings the claim back to them.
        """
        made = Recommendation(done.person_id, self.line, done.at)
        case = replace(
            case,
            read_at=done.at,
            recommended_by=case.recommended_by | {(done.person_id, self.line, self.outcome)},
            opinions=tuple(opinion.with_recommendation(made) for opinion in case.opinions),
        )
        recommended = {(line, outcome) for _, line, outcome in case.recommended_by}
        if any(pend.owner in CLINICAL and (pend.line, pend.outcome) not in recommended for pend in case.pends):
            return case
        return replace(case, assignment=None, queue=Role.PHYSICIAN)

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield one about the first pend."""
        for pend in case.pends[:1]:
            yield cls(pend.line, pend.outcome, Resolution.PASSES, SAMPLE)


@dataclass(frozen=True, slots=True)
class Decide(Action):
    """Settle one pended line.

    denies_as: the outcome a denial is issued as.
    evidence, criteria: ids of the documents read and of the policy criteria not met.
    allowed: an amount in US dollars per unit (pricing only).
    about: the subject of a pre-release hold: the amount approved, or the decision passed.
    """

    shapes_decision = True

    line: LineNumber | None
    outcome: OutcomeCode
    resolution: Resolution
    rationale: str
    denies_as: OutcomeCode | None = None
    evidence: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    allowed: Decimal | None = None
    about: str = ""

    @property
    def clinical_denial(self) -> bool:
        """Return whether the line is denied on clinical grounds, which takes a signature."""
        return self.resolution is Resolution.DENIES and self.denies_as in CLINICAL_DENIALS

    def roles(self, case: Case, rules: CaseRules) -> frozenset[Role]:
        """Return the roles that may resolve the pend in this way; for a clinical denial, the signers among them."""
        pend = case.pend(self.line, self.outcome)
        return frozenset(Role) if pend is None else self._may(pend, rules)

    def _may(self, pend: Pend, rules: CaseRules) -> frozenset[Role]:
        if self.resolution is Resolution.DENIES:
            return rules.deniers(pend, self.denies_as)
        return rules.roles_for(pend.code, self.resolution)

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse in the order a reviewer wants to read it: the pend, the person, the reasons, the content."""
        pend = context.case.pend(self.line, self.outcome)
        if pend is None:
            return _NOT_PENDED
        may = self._may(pend, context.rules)
        return (
            self._person_refusal(context, may)
            or (other_than_seen(pend) if self.about != pend.about else None)
            or self._malformed()
            or (self._denial_refusal(context, pend, may) if self.resolution is Resolution.DENIES else None)
        )

    def _person_refusal(self, context: ActionContext, may: frozenset[Role]) -> Refusal | None:
        if not context.person.roles & may:
            who = ", ".join(sorted(role.value for role in may)) or "no role; an event releases it"
            return forbidden("role-may-not", f"this may be settled so by: {who}")
        if refusal := rationale_refusal(self.rationale, context.rules.wordings):
            return refusal
        person = context.person.person_id
        if (person, self.line, self.outcome) in context.case.recommended_by:
            return forbidden("own-recommendation", "you recommended this; a colleague decides it")
        licenses = context.rules.licenses
        binding = (o for o in context.case.opinions if o.binds(person, self.line, context.at, licenses))
        return next((opinion.refusal() for opinion in binding), None)

    def _malformed(self) -> Refusal | None:
        """Refuse an incomplete settlement, and a payment as primary after another payer has paid."""
        if (self.resolution is Resolution.PRICED) != (self.allowed is not None):
            return invalid("price", "a price, and only a price, names the allowed amount per unit")
        if self.allowed is not None and self.allowed <= 0:
            return invalid("price", "a price is above zero; deny a line that is paid nothing, with its reason")
        if self.denies_as is not None and self.resolution is not Resolution.DENIES:
            return invalid("outcome", "only a denial names an outcome to be issued as; leave it out, or deny")
        if self.outcome == PRIMARY_UNCLEAR and self.resolution is Resolution.PASSES:
            words = "another payer paid first; record what it paid, and our amount follows from that"
            return Refusal("payer-first", words)
        return None

    def _denial_refusal(self, context: ActionContext, pend: Pend, may: frozenset[Role]) -> Refusal | None:
        deniable = context.rules.deniable.get(self.outcome, frozenset())
        if self.denies_as not in deniable:
            names = ", ".join(sorted(deniable)) or "none: it cannot be denied"
            return invalid("outcome", f"name the outcome the line is denied with: {names}")
        if self.denies_as in LACKS_DOCUMENTS and (refusal := self._documents_refusal(context)):
            return refusal
        clinical = sorted(context.rules.requested_not_received - context.rules.office_documents)
        if self.denies_as == DOCUMENTS_NOT_RECEIVED and clinical:
            words = (
                f"what never came is clinical ({', '.join(clinical)}): a physician or clinical peer signs this denial"
            )
            return forbidden("clinical-records", words)
        return self._signing_refusal(context, pend, may) if self.clinical_denial else None

    def _signing_refusal(self, context: ActionContext, pend: Pend, may: frozenset[Role]) -> Refusal | None:
        # A person who may deny this in an office role only must not sign the denial in another role.
        signer = replace(context.person, roles=context.person.roles & may & SIGNERS)
        license = signing_license(signer, context.needed, context.at.date())
        if isinstance(license, Refusal):
            return license
        if self.denies_as in (UNITS_NOT_SUPPORTED, DIAGNOSIS_NOT_SUPPORTED):
            return None  # No policy was applied: there is no criterion to name.
        if not self.criteria:
            return invalid("criteria", "name the criteria you found not met; the policy's text alone is not a reason")
        unknown = next((name for name in self.criteria if name not in context.rules.criteria), None)
        # Without a loaded policy there are no criteria to choose from.
        if unknown is None or pend.code == POLICY_PEND:
            return None
        return invalid("criteria", f"no policy has a criterion {unknown}; name those that the case shows")

    def _documents_refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse to deny for missing documents before their time is over, and while received records are unread."""
        rules, case = context.rules, context.case
        if rules.unanswered:
            until = max(rules.unanswered.values())
            words = (
                f"requested documents may still come until {until:%Y-%m-%d %H:%M} UTC; deny for lack of them after that"
            )
            return Refusal("documents-awaited", words)
        if self.denies_as == PRIMARY_NOT_RECEIVED:
            return None  # The other payer's adjudication is missing until it is recorded, whether requested or not.
        if not rules.requested_not_received:
            words = "every requested document has come; a nurse or physician reads them, and requests what they lack"
            return Refusal("documents-came", words)
        if rules.documents_unread_since is not None and (
            case.read_at is None or case.read_at < rules.documents_unread_since
        ):
            words = (
                f"records came on {rules.documents_unread_since:%Y-%m-%d %H:%M} UTC that no clinician has read; a nurse or "
                "physician reads them first, and records what they say or recommends"
            )
            return Refusal("records-unread", words)
        return None

    def license(self, person: StaffMember, at: datetime, needed: LicenseNeeded) -> License | None:
        """Return the license that signs an allowed clinical denial; None for every other decision."""
        if not self.clinical_denial:
            return None
        license = signing_license(person, needed, at.date())
        return None if isinstance(license, Refusal) else license

    def signature(self, person: StaffMember, done: Done, needed: LicenseNeeded) -> ReviewerSignature | None:
        """Return the signature under an allowed clinical denial; None for every other decision."""
        license = self.license(person, done.at, needed)
        if license is None:
            return None
        return sign(person.person_id, done.role, license, done.at, self.rationale)

    def after(self, case: Case, done: Done) -> Case:  # noqa: ARG002
        """Close the pend. A claim handed to a queue goes back to the owners of its remaining pends."""
        left = tuple(p for p in case.pends if (p.line, p.outcome, p.about) != (self.line, self.outcome, self.about))
        return replace(case, pends=left, queue=None)

    def judged_hold(self) -> OutcomeCode | None:
        """Return the pre-release hold that is passed."""
        return self.outcome if self.outcome in HOLDS else None

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield every possible resolution of each pend."""
        for pend in case.pends:
            if rules.passes.get(pend.code):
                yield cls(pend.line, pend.outcome, Resolution.PASSES, SAMPLE, about=pend.about)
            if rules.prices.get(pend.code):
                yield cls(pend.line, pend.outcome, Resolution.PRICED, SAMPLE, allowed=Decimal(1))
            if rules.denies.get(pend.code):
                for outcome in sorted(rules.deniable.get(pend.outcome, ())):
                    criteria = (min(rules.criteria, default=""),) if outcome in CLINICAL_DENIALS else ()
                    yield cls(pend.line, pend.outcome, Resolution.DENIES, SAMPLE, outcome, (), criteria)


@dataclass(frozen=True, slots=True)
class SendBack(Action):
    """Send a decision back instead of releasing it: its reviewers decide one line or (None) all lines again.

    `outcome` and `about` name what was checked, `error` the kind of error.
    """

    outcome: OutcomeCode
    about: str
    error: ErrorClass
    reason: str
    line: LineNumber | None = None

    def roles(self, case: Case, rules: CaseRules) -> frozenset[Role]:
        """Return the roles that may pass the hold."""
        pend = case.pend(None, self.outcome)
        return frozenset(Role) if pend is None else rules.roles_for(pend.code, Resolution.PASSES)

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse decisions that no hold stops, other roles, a thin reason, and a decision that has changed since."""
        pend = context.case.pend(None, self.outcome)
        if pend is None or self.outcome not in HOLDS:
            return _NOT_PENDED
        may = self.roles(context.case, context.rules)
        if not context.person.roles & may:
            return forbidden("role-may-not", f"this may be sent back by: {', '.join(sorted(r.value for r in may))}")
        if len(self.reason.strip()) < SHORTEST_RATIONALE:
            words = "say what is wrong with the decision, in a sentence or more: its makers decide it again by this"
            return invalid("rationale", words)
        return None if self.about == pend.about else other_than_seen(pend)

    def after(self, case: Case, done: Done) -> Case:  # noqa: ARG002
        """Open every pend again that was open at the last try: none of them counts as settled."""
        return replace(case, pends=case.opened, queue=None)

    def judged_hold(self) -> OutcomeCode | None:
        """Return the hold that is not passed."""
        return self.outcome

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield one for each open hold."""
        for pend in case.pends:
            if pend.about:
                yield cls(pend.outcome, pend.about, ErrorClass.PROCEDURAL, SAMPLE)


def other_than_seen(pend: Pend) -> Refusal:
    """Refuse a check of an amount or decision that is no longer the held one."""
    if not pend.about:
        return Refusal("other-decision", "only a pre-release hold is named so; leave that out")
    words = f"the decision has changed since you checked it: it is {pend.about} now; check it again, and name that"
    return Refusal("other-decision", words)
