"""Actions that add evidence: document requests, facts, another payer's adjudication, clerical corrections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Self

from adjudication.model.claim import Claim, SupportingFact
from adjudication.model.fact_dictionary import FactDictionary
from adjudication.model.other_payers import PayerAdjudication, out_of_balance
from adjudication.model.pends import COORDINATION_PEND
from adjudication.model.vocabulary import AuthorizationNumber, ClaimForm, LineNumber
from adjudication.people import CLINICAL, Refusal, Role, forbidden, invalid
from adjudication.review.case import Action, ActionContext, Case, CaseRules, ClaimContext, Done

CLERKS: Final = frozenset(
    {Role.INTAKE_CLERK, Role.EXAMINER, Role.ENROLLMENT, Role.UTILIZATION_INTAKE, Role.PROVIDER_DATA}
)
"""Roles that correct clerical fields."""

_TAXONOMY: Final = (re.compile(r"[0-9A-Z]{9}X"), "ten characters ending in X, as the taxonomy lists write it")
_SHAPES: Final = {
    "place-of-service": (re.compile(r"[0-9]{2}"), "two digits"),
    "billing-taxonomy": _TAXONOMY,
    "rendering-taxonomy": _TAXONOMY,
}


@dataclass(frozen=True, slots=True)
class RequestDocuments(Action):
    """Request these kinds of documents from the provider, each once; `lines` are the lines they concern."""

    kinds: tuple[str, ...]
    lines: tuple[LineNumber, ...] = ()

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse unknown kinds, and kinds already requested whose answer may still come."""
        unknown = sorted(set(self.kinds) - context.rules.documents)
        if unknown or not self.kinds:
            return invalid("documents", f"these are not kinds of documents: {', '.join(unknown) or 'none named'}")
        again = sorted(set(self.kinds) & context.rules.unanswered.keys())
        if again:
            return Refusal("asked-before", f"already requested, and the answer may still come: {', '.join(again)}")
        return None

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield one for a kind that is not requested yet, if there is one."""
        kinds = sorted(rules.documents - rules.unanswered.keys()) or sorted(rules.documents)
        yield cls((kinds[0],) if kinds else ())


@dataclass(frozen=True, slots=True)
class RecordFacts(Action):
    """Record facts read in documents or found by examination; a fact that `settles` resolves a conflict of sources."""

    shapes_decision = True

    facts: tuple[SupportingFact, ...]

    def roles(self, case: Case, rules: CaseRules) -> frozenset[Role]:  # noqa: ARG002
        """Return the clinicians' roles."""
        return CLINICAL

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse no facts at all, and people who are not clinicians."""
        if not self.facts:
            return invalid("facts", "record at least one fact")
        if not context.person.roles & CLINICAL:
            words = "clinical facts are recorded by a nurse or physician; other roles link documents"
            return forbidden("clinical-only", words)
        return None

    def content_refusal(self, context: ClaimContext) -> Refusal | None:
        """Refuse facts that no criterion can read."""
        return unreadable_fact(self.facts, context.facts)

    def after(self, case: Case, done: Done) -> Case:
        """Remember that a clinician has read the records."""
        return replace(case, read_at=done.at)

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield one fact."""
        yield cls((SupportingFact("probe", value=True, source="", recorded_on=at.date()),))


def unreadable_fact(facts: tuple[SupportingFact, ...], dictionary: FactDictionary) -> Refusal | None:
    """Refuse a fact whose name the dictionary lacks, or whose value is of another kind."""
    for fact in facts:
        known = dictionary.get(fact.fact)
        if known is None:
            return invalid("fact", f"there is no fact {fact.fact}; name one that the criteria of the case need")
        if fact.legible and not known.fits(fact.value):
            return invalid("fact-value", f"the value of {fact.fact} must be {known.words()}")
    return None


@dataclass(frozen=True, slots=True)
class RecordAdjudication(Action):
    """Record how another payer adjudicated the claim, from its explanation of benefits. Our amount follows from it."""

    shapes_decision = True

    adjudication: PayerAdjudication

    def roles(self, case: Case, rules: CaseRules) -> frozenset[Role]:  # noqa: ARG002
        """Return the roles of the coordination unit."""
        return rules.passes.get(COORDINATION_PEND, frozenset())

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse a claim that is not pended for another payer, and people outside the coordination unit."""
        if all(pend.code != COORDINATION_PEND for pend in context.case.pends):
            words = "the claim is not pended for another payer; look at what it is pended for now"
            return Refusal("not-waiting", words)
        if not context.person.roles & self.roles(context.case, context.rules):
            return forbidden("role-may-not", "the coordination unit records how another payer adjudicated")
        return None

    def content_refusal(self, context: ClaimContext) -> Refusal | None:
        """Refuse an impossible date, and amounts that do not balance: charge less adjustments must be the amount paid."""
        claim, recorded = context.claim, self.adjudication
        if not min(line.service_date for line in claim.lines) <= recorded.adjudicated_on <= context.on:
            words = "another payer decides after the service and not in the future; correct the date"
            return invalid("adjudicated-on", words)
        charges = {line.number: line.charge for line in claim.lines}
        for line, words in out_of_balance(recorded, charges):
            return invalid("balance", words if line is None else f"line {line}: {words}")
        return None

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield one where the claim is pended for another payer."""
        if any(pend.code == COORDINATION_PEND for pend in case.pends):
            yield cls(PayerAdjudication("probe", at.date(), Decimal(0)))


@dataclass(frozen=True, slots=True)
class Correct(Action):
    """Correct a clerical field of the claim. Clinical content takes a replacement claim."""

    shapes_decision = True

    field: str
    value: str
    line: LineNumber | None = None

    def roles(self, case: Case, rules: CaseRules) -> frozenset[Role]:  # noqa: ARG002
        """Return the clerks' roles."""
        return CLERKS

    def refusal(self, context: ActionContext) -> Refusal | None:
        """Refuse other fields, an empty value, and people who are not clerks."""
        if self.field not in context.rules.correctable:
            fields = ", ".join(sorted(context.rules.correctable))
            return invalid("field", f"only clerical fields are corrected here: {fields}")
        if not self.value.strip():
            return invalid("value", "say what the field should be")
        if not context.person.roles & CLERKS:
            return forbidden("role-may-not", "clerical corrections are made by intake, enrollment or an examiner")
        return None

    def content_refusal(self, context: ClaimContext) -> Refusal | None:
        """Refuse a field the claim does not have, a malformed value, and a correction that changes nothing."""
        if refusal := self._misplaced(context.claim):
            return refusal
        pattern, shape = _SHAPES.get(self.field, (None, ""))
        if pattern is not None and not pattern.fullmatch(self.value):
            return invalid("value", f"{self.field} is {shape}")
        if self.applied_to(context.claim) == context.claim:
            return Refusal("same", f"{self.field} is {self.value} already; the correction would change nothing")
        return None

    def _misplaced(self, claim: Claim) -> Refusal | None:
        if self.line is not None and all(line.number != self.line for line in claim.lines):
            numbers = ", ".join(str(line.number) for line in claim.lines)
            return invalid("line", f"the claim has no line {self.line}; it has: {numbers}")
        if self.line is not None and self.field.endswith("-taxonomy"):
            return invalid("line", f"{self.field} is a field of the whole claim; leave the line out")
        if self.field == "rendering-taxonomy" and claim.rendering is None:
            return invalid("no-field", "the claim names no rendering provider; a replacement claim adds one")
        if self.field == "place-of-service" and claim.form is ClaimForm.INSTITUTIONAL:
            return invalid("no-field", "an institutional claim has a bill type and no place of service")
        return None

    def applied_to(self, claim: Claim) -> Claim:
        """Return the claim with the field corrected, on one line or on all of it."""
        value, line = self.value, self.line
        if self.field == "billing-taxonomy":
            return replace(claim, billing=replace(claim.billing, taxonomy=value))
        if self.field == "rendering-taxonomy" and claim.rendering is not None:
            return replace(claim, rendering=replace(claim.rendering, taxonomy=value))
        if self.field == "authorization-number" and line is None:
            return replace(claim, authorization_number=AuthorizationNumber(value))
        fields: dict[str, dict[str, Any]] = {
            "authorization-number": {"authorization_number": AuthorizationNumber(value)},
            "place-of-service": {"place_of_service": value},
        }
        changes = fields.get(self.field, {})
        lines = tuple(replace(each, **changes) if line in (None, each.number) else each for each in claim.lines)
        return replace(claim, lines=lines)

    @classmethod
    def samples(cls, case: Case, at: datetime, rules: CaseRules) -> Iterator[Self]:  # noqa: ARG003
        """Yield one."""
        yield cls(min(rules.correctable, default=""), "x")
