"""Facts sent with a claim that satisfy, break or leave open the gates of the imaging guideline."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from adjudication.model.claim import Claim, SupportingFact
from tests.builders.activities.claims import SERVICE_DATE, a_claim

Value = bool | date | Decimal | str


def a_fact(name: str, value: Value) -> SupportingFact:
    return SupportingFact(name, value, "SYN-EHR", SERVICE_DATE)


def documented(claim: Claim | None = None, /, **changes: Value | None) -> Claim:
    """A claim whose facts meet every gate, but for the changes: a value replaces a fact, None leaves it out.

    Names are written with __ for the dot: `tx__weeks=Decimal(4)`.
    """
    claim = claim or a_claim("C1")
    changed = {name.replace("__", "."): value for name, value in changes.items()}
    kept = tuple(fact for fact in claim.supporting if fact.fact not in changed)
    added = tuple(a_fact(name, value) for name, value in changed.items() if value is not None)
    return replace(claim, supporting=kept + added)


def contradicted(claim: Claim, name: str, value: Value) -> Claim:
    """The claim with one more value stated for a fact."""
    return replace(claim, supporting=(*claim.supporting, a_fact(name, value)))
