"""What people state about a claim beside deciding it: clerical corrections and facts. What would have no effect is refused.

May not say who states them: that is adjudication/review/permissions.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from adjudication.model.claim import Claim, Provider, SupportingFact, Value
from adjudication.model.other_payers import PayerAdjudication, out_of_balance
from adjudication.model.vocabulary import AuthorizationNumber, ClaimForm
from adjudication.people import SIGNING, Person, Refusal, Role, invalid
from adjudication.review.actions import Correct, HandOver

_TAXONOMY: Final = (re.compile(r"[0-9A-Z]{9}X"), "ten characters ending in X, as the taxonomy lists write it")
_SHAPES: Final = {
    "place-of-service": (re.compile(r"\d{2}"), "two digits"),
    "billing-taxonomy": _TAXONOMY,
    "rendering-taxonomy": _TAXONOMY,
}


@dataclass(frozen=True, slots=True)
class FactKind:
    """What a fact of the dictionary may be: flag, date, number (of `unit`) or code (one of `choices`)."""

    kind: str
    unit: str | None = None
    choices: tuple[str, ...] = ()

    def fits(self, value: Value) -> bool:
        """Say whether a value is of the kind; a yes or no is never a number."""
        match self.kind:
            case "flag":
                return isinstance(value, bool)
            case "date":
                return isinstance(value, date)
            case "number":
                return isinstance(value, Decimal) and value.is_finite() and value >= 0
            case _:
                return isinstance(value, str) and value in self.choices

    def words(self) -> str:
        """Say what is wanted."""
        wanted = {
            "flag": "a flag: yes or no",
            "date": "a day",
            "number": f"a number of {self.unit or 'units'}, not below 0",
        }
        return wanted.get(self.kind) or f"a code, one of: {', '.join(self.choices)}"


FactDictionary = Mapping[str, FactKind]


def unusable_fact(facts: tuple[SupportingFact, ...], dictionary: FactDictionary) -> Refusal | None:
    """Refuse facts no criterion could read: a name the dictionary lacks, a value of another kind."""
    for fact in facts:
        known = dictionary.get(fact.fact)
        if known is None:
            return invalid("fact", f"there is no fact {fact.fact}; name one that the criteria of the case ask for")
        if fact.legible and not known.fits(fact.value):
            return invalid("fact-value", f"{fact.fact} is told as {known.words()}")
    return None


def unusable_adjudication(claim: Claim, told: PayerAdjudication, on: date) -> Refusal | None:
    """Refuse what another payer cannot have done; charge less adjustments is paid, for each line and for the claim."""
    if not min(line.service_date for line in claim.lines) <= told.adjudicated_on <= on:
        return invalid(
            "adjudicated-on", "another payer decides after the service and not in the future; correct the date"
        )
    charges = {line.number: line.charge for line in claim.lines}
    for line, words in out_of_balance(told, charges):
        return invalid("balance", words if line is None else f"line {line}: {words}")
    return None


def useless_correction(claim: Claim, action: Correct) -> Refusal | None:
    """Refuse a correction the claim has no place for, of the wrong form, or that changes nothing."""
    nowhere = _no_place(claim, action)
    if nowhere is not None:
        return nowhere
    pattern, wanted = _SHAPES.get(action.field, (None, ""))
    if pattern is not None and not pattern.fullmatch(action.value):
        return invalid("value", f"{action.field} is {wanted}")
    if corrected(claim, action) == claim:
        return Refusal("same", f"{action.field} is {action.value} already; nothing would change")
    return None


def unable_colleague(action: HandOver, colleague: Person | None, providers: frozenset[str]) -> Refusal | None:
    """Refuse to hand a claim to somebody by name who could not work on it: nobody else may take it while they hold it."""
    if action.to_person is None:
        return None
    if colleague is None:
        return invalid(
            "no-such-colleague", "nobody of this id is on the staff list; leave the person out, or correct it"
        )
    wanted = SIGNING if action.to_role == Role.PHYSICIAN else {action.to_role}
    if not colleague.roles & wanted:
        return invalid(
            "not-their-role", f"they do not work as {action.to_role}; name a role they have, or somebody else"
        )
    if colleague.conflicts & providers:
        return Refusal("their-interest", "they have an interest in a provider of this claim; hand it to somebody else")
    return None


def _no_place(claim: Claim, action: Correct) -> Refusal | None:
    """Refuse a line or field that the claim does not have."""
    if action.line is not None and all(line.number != action.line for line in claim.lines):
        numbers = ", ".join(str(line.number) for line in claim.lines)
        return invalid("line", f"the claim has no line {action.line}; it has: {numbers}")
    if action.line is not None and action.field.endswith("-taxonomy"):
        return invalid("line", f"{action.field} is a field of the whole claim; leave the line out")
    if action.field == "rendering-taxonomy" and claim.rendering is None:
        return invalid("no-field", "the claim names no rendering provider; a replacement claim adds one")
    if action.field == "place-of-service" and claim.form is ClaimForm.INSTITUTIONAL:
        return invalid("no-field", "an institutional claim has a bill type and no place of service")
    return None


def corrected(claim: Claim, action: Correct) -> Claim:
    """Return the claim with one clerical field corrected, on one line or on all of it."""
    name, value, line = action.field, action.value, action.line
    if name == "billing-taxonomy":
        return replace(claim, billing=Provider(claim.billing.npi, value))
    if name == "rendering-taxonomy" and claim.rendering is not None:
        return replace(claim, rendering=Provider(claim.rendering.npi, value))
    if name == "authorization-number" and line is None:
        return replace(claim, authorization_number=AuthorizationNumber(value))
    fields: dict[str, dict[str, Any]] = {
        "authorization-number": {"authorization_number": AuthorizationNumber(value)},
        "place-of-service": {"place_of_service": value},
    }
    changes = fields.get(name, {})
    lines = tuple(replace(each, **changes) if line in (None, each.number) else each for each in claim.lines)
    return replace(claim, lines=lines)
