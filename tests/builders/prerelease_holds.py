"""Plans that hold decisions before release, and what people said of a decision, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from adjudication.model import outcomes
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber, OutcomeCode, PlanId
from adjudication.prerelease_holds.returns import ErrorClass, SentBack
from adjudication.prerelease_holds.rules import PaymentAuthority, QualitySample, Stratum
from adjudication.review.settlements import Resolution, Settlement
from tests.builders.findings import SYNTHETIC

SEED = "synthetic-seed-0001"
EVERYTHING = dict.fromkeys(Stratum, Decimal(1))


def an_authority(amount: str) -> PaymentAuthority:
    return PaymentAuthority(Decimal(amount), SYNTHETIC)


def a_sample(rates: Mapping[Stratum, Decimal] = EVERYTHING, seed: str = SEED, hours: int = 24) -> QualitySample:
    return QualitySample(seed, rates, hours, SYNTHETIC)


def holding(
    reference: ReferenceData,
    authority: PaymentAuthority | None = None,
    sample: QualitySample | None = None,
    plan: str = "HUDSON-COMM",
) -> ReferenceData:
    """The reference data with one plan that holds decisions so; None: it does not."""
    versions = tuple(replace(v, authority=authority, sample=sample) for v in reference.plans[PlanId(plan)])
    return replace(reference, plans={**reference.plans, PlanId(plan): versions})


def passed(outcome: OutcomeCode, about: str, at: datetime, who: str = "SYN-supervisor") -> Settlement:
    """A person let a hold go, having looked at this."""
    return Settlement(None, outcome, Resolution.PASSES, who, "supervisor", at, about=about)


def sent_back(at: datetime, line: int | None = None, error: ErrorClass = ErrorClass.FINANCIAL) -> SentBack:
    number = None if line is None else LineNumber(line)
    return SentBack(number, outcomes.SAMPLED, error, "SYN-quality", at)
