"""Decisions that people check before release: large amounts, and a sample of the rest.

The sample is drawn by claim and seed, so each claim here takes a number that is drawn, or one that is not.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import count
from typing import Final

from adjudication.model.vocabulary import PlanId
from adjudication.prerelease_holds.rules import QualitySample, Stratum
from cli.demo.clinical import failed_trial, on_the_wire
from cli.demo.expected import PAID, denied, determined, pended
from cli.demo.maker import SPINE_TRIAL, TRIAL, Maker, line
from cli.demo.scenario import Scenario
from contracts.ids import claim_id
from rulebook.library import default_policies_dir, load_reference

LARGE_GROUP: Final = ("HUDSON-LG",)
OTHER_PLANS: Final = ("HUDSON-COMM", "HUDSON-MCD")
NEXT_YEAR: Final = "2026-03-02"
THREE_REGIONS: Final = (line("72148"), line("72141"), line("72146"))
AMOUNT: Final = ("P-HIGH$", "pricing.above_authority")
SAMPLED: Final = ("P-QA", "quality.sampled")


@cache
def _sample(plan: str) -> QualitySample:
    """Return a plan's sample for services of 2026, when each plan checks a share of its approvals."""
    version = load_reference(default_policies_dir()).plans[PlanId(plan)][-1]
    if version.sample is None:
        msg = f"plan {version.plan_id} has no quality_sample; these scenarios show one"
        raise ValueError(msg)
    return version.sample


def number(m: Maker, stratum: Stratum, *, drawn: bool) -> str:
    """Return a claim number of this run that the sample of its plan takes, or that it does not."""
    numbers = (f"SYN-{m.run}-q{serial:04d}" for serial in count())
    return next(n for n in numbers if _sample(m.plan).takes(claim_id("SYN-CLEARING", n, 1), stratum) is drawn)


def _large(m: Maker) -> None:
    number_ = number(m, Stratum.APPROVED, drawn=False)
    lines = [dict(each) for each in THREE_REGIONS]
    m.claim(m.member(), lines, pended(*AMOUNT), facts=SPINE_TRIAL, claim_control_number=number_)


def _approved_and_drawn(m: Maker) -> None:
    number_ = number(m, Stratum.APPROVED, drawn=True)
    m.claim(m.member(), [line("72148")], pended(*SAMPLED), facts=TRIAL, claim_control_number=number_)


def _approved(m: Maker) -> None:
    number_ = number(m, Stratum.APPROVED, drawn=False)
    m.claim(m.member(), [line("72148")], determined(PAID), facts=TRIAL, claim_control_number=number_)


def _next_year(m: Maker, *, drawn: bool) -> None:
    """A claim decided on its own statements only; in 2026, each plan checks a share of such claims."""
    number_ = number(m, Stratum.APPROVED, drawn=drawn)
    facts = on_the_wire(failed_trial(date.fromisoformat(NEXT_YEAR)))
    lines = [line("72148", service_date=NEXT_YEAR)]
    expected = pended(*SAMPLED) if drawn else determined(PAID)
    m.claim(m.member(), lines, expected, facts=facts, claim_control_number=number_)


def _next_year_and_drawn(m: Maker) -> None:
    _next_year(m, drawn=True)


def next_year_approved(m: Maker) -> None:
    """One study of 2026 that stands alone, on a claim that the sample does not take."""
    _next_year(m, drawn=False)


def _denied_and_drawn(m: Maker) -> None:
    number_ = number(m, Stratum.DENIED, drawn=True)
    lines = [line("72149"), line("72148")]
    m.claim(m.member(), lines, pended(*SAMPLED), facts=TRIAL, claim_control_number=number_)


def _denied(m: Maker) -> None:
    number_ = number(m, Stratum.DENIED, drawn=False)
    stated = determined(PAID, denied("edits.ncci_pair", "236"))
    m.claim(m.member(), [line("72149"), line("72148")], stated, facts=TRIAL, claim_control_number=number_)


SCENARIOS = (
    Scenario(
        "A claim that pays more than the plan's authority waits for a supervisor",
        "D6, F3",
        _large,
        LARGE_GROUP,
        explained=True,
    ),
    Scenario(
        "One approval in ten waits for quality before it is paid",
        "F6",
        _approved_and_drawn,
        LARGE_GROUP,
        explained=True,
    ),
    Scenario(
        "What only the claim itself states is looked at in a share of the claims, whatever the plan",
        "decision 0070",
        _next_year_and_drawn,
        OTHER_PLANS,
        1,
    ),
    Scenario("An approval that the sample does not take is paid at once", "F6", _approved, LARGE_GROUP),
    Scenario("A denial that the sample takes waits for quality too", "F6", _denied_and_drawn, LARGE_GROUP),
    Scenario("A denial outside the sample is published at once", "F6", _denied, LARGE_GROUP),
)
