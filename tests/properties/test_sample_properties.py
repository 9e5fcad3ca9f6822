"""The sample of quality: drawn by claim and seed, as many as the rate says, whatever the order of plans and tries."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise, permutations
from statistics import NormalDist

from hypothesis import given
from hypothesis import strategies as st

from adjudication.model.determination import Pended
from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.prerelease_holds.check import determine_or_hold
from adjudication.prerelease_holds.rules import Stratum
from adjudication.steps.eligibility import EligibilityResult
from contracts.ids import claim_id
from tests.builders.activities.claims import RECEIVED, a_claim
from tests.builders.coverage import plans_of
from tests.builders.plans import reference_requiring_authorization
from tests.builders.prerelease_holds import a_sample, an_authority, holding

MANY = 20_000
CLAIMS = [claim_id("SYNTHETIC", f"C{number}", 1) for number in range(MANY)]
"""Numbers that follow each other, as a submitter gives them."""

CLAIM = a_claim("C1", "72148", "72141", "72146")
PLANS = ("HUDSON-COMM", "HUDSON-EP", "HUDSON-CHP")
RATES = st.decimals(min_value="0.01", max_value="1", places=2)


def taken(rate: Decimal, seed: str = "synthetic-seed-0001") -> list[ClaimId]:
    sample = a_sample({Stratum.APPROVED: rate}, seed)
    return [claim for claim in CLAIMS if sample.takes(claim, Stratum.APPROVED)]


def within(found: int, rate: Decimal) -> bool:
    """Return whether a count is what chance gives, but for one time in a hundred million."""
    spread = (MANY * rate * (1 - rate)).sqrt()
    return abs(found - MANY * rate) <= spread * Decimal(NormalDist().inv_cdf(1 - 1e-8))


def test_as_many_claims_are_taken_as_the_rate_says() -> None:
    for rate in (Decimal("0.01"), Decimal("0.05"), Decimal("0.25"), Decimal("0.9")):
        assert within(len(taken(rate)), rate), rate
    assert len(taken(Decimal(1))) == MANY


def test_numbers_that_follow_each_other_are_taken_as_any_others() -> None:
    """Whoever knows that a claim was taken knows nothing of the next one."""
    rate = Decimal("0.25")
    chosen = set(taken(rate))
    after = sum(1 for now, following in pairwise(CLAIMS) if now in chosen and following in chosen)
    assert abs(Decimal(after) / len(chosen) - rate) < Decimal("0.04")


def test_another_seed_takes_others() -> None:
    rate = Decimal("0.25")
    both = set(taken(rate)) & set(taken(rate, "synthetic-seed-0002"))
    assert within(len(both), rate * rate)


@given(st.uuids(), RATES, RATES)
def test_a_claim_taken_at_a_rate_is_taken_at_every_higher_one(claim: object, one: Decimal, other: Decimal) -> None:
    low, high = (a_sample({Stratum.DENIED: rate}) for rate in sorted((one, other)))
    identity = ClaimId(str(claim))
    assert not low.takes(identity, Stratum.DENIED) or high.takes(identity, Stratum.DENIED)
    assert not low.takes(identity, Stratum.APPROVED), "a stratum without a rate is not sampled"


@given(
    st.lists(st.tuples(st.sampled_from(PLANS), RATES, st.booleans()), min_size=1, max_size=3, unique_by=lambda p: p[0])
)
def test_the_order_of_a_claims_plans_and_of_tries_changes_nothing(plans: list[tuple[str, Decimal, bool]]) -> None:
    reference = reference_requiring_authorization()
    for plan, rate, limited in plans:
        sample = a_sample(dict.fromkeys(Stratum, rate), f"synthetic-seed-{plan}")
        reference = holding(reference, an_authority("700.00") if limited else None, sample, plan)
    day = CLAIM.lines[0].service_date
    lines = list(plans_of(CLAIM, reference))
    found = []
    for order in permutations(lines):
        named = {line: reference.plan(PlanId(plans[at % len(plans)][0]), day) for at, line in enumerate(lines)}
        eligibility = EligibilityResult(
            (), {line: found_plan for line in order if (found_plan := named[line]) is not None}
        )
        found.append(determine_or_hold(CLAIM, eligibility, (), RECEIVED, reference))
    assert all(decision == found[0] for decision in found)
    if isinstance(found[0], Pended):
        assert {pend.code for pend in found[0].pends} <= {"P-HIGH$", "P-QA"}
