"""Timely filing: the limit of law or contract, counted in the plan's days; good cause and corrections go to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from adjudication.corrections.judge import ChainClaim, CurrentLine
from adjudication.model import outcomes
from adjudication.model.claim import Attachment, Claim
from adjudication.model.determination import Decision, Determination, Disposition, Pended
from adjudication.model.other_payers import PayerAdjudication
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, Frequency, LineNumber, PlanId
from adjudication.steps.eligibility import EligibilityResult
from adjudication.steps.filing import check_filing
from adjudication.steps.pipeline import ClaimContext, adjudicate
from rulebook.errors import PolicyDataError
from rulebook.workflow.filing import refuse_short_limits
from tests.builders.activities.claims import SERVICE_DATE, a_claim
from tests.builders.coverage import covered
from tests.builders.facts import documented

# 120 days after 20 August 2025 is 18 December, a Thursday (NY Ins. Law 3224-a(g)).
LAST_IN_NEW_YORK = date(2025, 12, 18)


def received(at: datetime, **changes: object) -> Claim:
    return replace(documented(a_claim("C1")), **{"received_at": at, "first_filed_on": None, **changes})  # type: ignore[arg-type]


def said(reference: ReferenceData, claim: Claim, plan: str = "HUDSON-COMM", chain: tuple[ChainClaim, ...] = ()) -> str:
    span = covered(plan=plan)
    as_of = claim.received_at + timedelta(days=1)
    return _words(adjudicate(claim, ClaimContext(7, [span], chain=chain), as_of, reference).decision)


def _words(decision: Decision) -> str:
    if isinstance(decision, Pended):
        return " ".join(sorted({f"{pend.code} {pend.outcome}" for pend in decision.pends}))
    assert isinstance(decision, Determination)
    found = ((line.disposition, line.reason, *(a.carc for a in line.adjustments)) for line in decision.lines)
    return " | ".join(" ".join(parts) for parts in found)


LATE = f"denied {outcomes.FILED_LATE} 29"


def test_a_claim_384_days_after_its_service_is_denied_for_timely_filing(reference: ReferenceData) -> None:
    late = datetime(2025, 8, 20, tzinfo=UTC) + timedelta(days=384)
    assert said(reference, received(late)) == LATE


@pytest.mark.parametrize(
    ("plan", "last"),
    [
        ("HUDSON-COMM", LAST_IN_NEW_YORK),
        ("HUDSON-MCD", LAST_IN_NEW_YORK),  # article 44 plans stand under 3224-a(g), too
        ("BUCKEYE-MCD", date(2026, 8, 20)),  # 12 months, 42 CFR 447.45(d)(1)
        ("HUDSON-MA", date(2026, 2, 16)),  # 180 days by contract
    ],
)
def test_the_last_day_is_in_time_and_the_next_is_not(reference: ReferenceData, plan: str, last: date) -> None:
    noon = datetime(last.year, last.month, last.day, 17, tzinfo=UTC)  # noon in New York
    assert filed(reference, plan, received(noon)) is None
    assert filed(reference, plan, received(noon + timedelta(days=1))) is not None


def test_the_day_is_that_of_the_plan_and_not_of_the_clock_in_utc(reference: ReferenceData) -> None:
    """04:30 UTC on the 19th is still the 18th in New York, and 06:00 UTC is not."""
    assert filed(reference, "HUDSON-COMM", received(datetime(2025, 12, 19, 4, 30, tzinfo=UTC))) is None
    assert filed(reference, "HUDSON-COMM", received(datetime(2025, 12, 19, 6, 0, tzinfo=UTC))) == outcomes.FILED_LATE


def test_a_last_day_on_a_sunday_moves_to_monday_in_new_york(reference: ReferenceData) -> None:
    """120 days after 16 August 2025 is Sunday 14 December (Gen. Constr. Law 25-a)."""
    lines = tuple(replace(line, service_date=date(2025, 8, 16)) for line in a_claim("C1").lines)
    monday, tuesday = datetime(2025, 12, 15, 17, tzinfo=UTC), datetime(2025, 12, 16, 17, tzinfo=UTC)
    assert filed(reference, "HUDSON-COMM", received(monday, lines=lines)) is None
    assert filed(reference, "HUDSON-COMM", received(tuesday, lines=lines)) == outcomes.FILED_LATE


def test_a_limit_runs_from_the_decision_of_the_payer_before_us(reference: ReferenceData) -> None:
    payer = PayerAdjudication("SYN-PAYER", date(2025, 12, 1), Decimal(0), ())
    assert filed(reference, "HUDSON-COMM", received(datetime(2026, 2, 1, tzinfo=UTC), other_payers=(payer,))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"delay_reason": "8"},
        {"notes": ("Coverage was granted backwards.",)},
        {"attachments": (Attachment("SYN-1", "OZ", "EL"),)},
    ],
)
def test_a_late_claim_with_a_reason_waits_for_a_person_who_may_accept_it(
    reference: ReferenceData, changes: dict[str, object]
) -> None:
    waits = said(reference, received(datetime(2026, 6, 1, tzinfo=UTC), **changes))
    assert f"P-FILING {outcomes.FILING_CAUSE_STATED}" in waits
    assert "denied" not in waits


def test_a_late_claim_for_coverage_that_was_granted_backwards_waits_for_a_person(reference: ReferenceData) -> None:
    span = replace(covered(), known_on=date(2026, 5, 1))
    claim = received(datetime(2026, 6, 1, tzinfo=UTC))
    decision = adjudicate(claim, ClaimContext(7, [span]), claim.received_at, reference).decision
    assert f"P-FILING {outcomes.FILING_CAUSE_STATED}" in _words(decision)


@pytest.mark.parametrize(
    ("submitter", "filed_first", "outcome"),
    [
        ("SYN-CLEARING", LAST_IN_NEW_YORK, None),
        ("SYN-CLEARING", LAST_IN_NEW_YORK + timedelta(days=1), outcomes.FILED_LATE),
        ("SYN-OTHER", LAST_IN_NEW_YORK, outcomes.FILING_CAUSE_STATED),
        ("SYN-OTHER", LAST_IN_NEW_YORK + timedelta(days=1), outcomes.FILED_LATE),
    ],
)
def test_the_day_of_a_first_filing_counts_by_the_word_of_the_payers_own_clearinghouse_only(
    reference: ReferenceData, submitter: str, filed_first: date, outcome: str | None
) -> None:
    claim = received(datetime(2026, 6, 1, tzinfo=UTC), submitter=submitter, first_filed_on=filed_first)
    assert filed(reference, "HUDSON-COMM", claim) == outcome


def test_an_unknown_contract_never_denies_where_the_limits_differ(reference: ReferenceData) -> None:
    """Medicare Advantage: 180 days by contract, one year without. No person knows which, so a person says."""
    plan = reference.plan(PlanId("HUDSON-MA"), SERVICE_DATE)
    assert plan is not None
    unknown = replace(plan, contracted_billers=None)
    claim = received(datetime(2026, 4, 1, tzinfo=UTC))
    [found] = check_filing(claim, EligibilityResult((), {LineNumber(1): unknown}), (), (), reference)
    assert (found.outcome, found.pend) == (outcomes.FILING_UNSURE, "P-FILING")


def test_a_plan_without_a_limit_pends_an_old_claim_and_decides_a_young_one(reference: ReferenceData) -> None:
    without = replace(reference, deadlines=replace(reference.deadlines, rules=()))
    assert filed(without, "HUDSON-COMM", received(datetime(2026, 4, 1, tzinfo=UTC))) == outcomes.FILING_UNSURE
    assert filed(without, "HUDSON-COMM", received(datetime(2025, 9, 1, tzinfo=UTC))) is None


def original(at: datetime) -> ChainClaim:
    claim = received(at, claim_id=ClaimId("11111111-1111-5111-8111-111111111111"))
    line = CurrentLine(LineNumber(1), "72148", Disposition.APPROVED, Decimal("500.00"), Decimal("400.00"))
    return ChainClaim(claim, version=1, lines=(line,))


@pytest.mark.parametrize(
    ("original_on", "corrected_on", "outcome"),
    [
        (date(2025, 9, 1), date(2026, 3, 1), None),  # in time by its original
        (date(2025, 9, 1), date(2026, 9, 1), None),  # a year after its original
        (date(2025, 9, 1), date(2026, 9, 2), outcomes.CORRECTED_LATE),
        (date(2026, 3, 1), date(2026, 3, 2), outcomes.FILED_LATE),  # its original was late, too
    ],
)
def test_a_replacement_is_as_timely_as_the_claim_it_corrects(
    reference: ReferenceData, original_on: date, corrected_on: date, outcome: str | None
) -> None:
    at = datetime(corrected_on.year, corrected_on.month, corrected_on.day, 17, tzinfo=UTC)
    first = datetime(original_on.year, original_on.month, original_on.day, 17, tzinfo=UTC)
    claim = received(at, frequency=Frequency.REPLACEMENT, payer_claim_number="CWSYN")
    assert filed(reference, "HUDSON-COMM", claim, (original(first),)) == outcome


@pytest.mark.parametrize(
    ("codes", "days", "corrected_on", "outcomes_of_lines"),
    [
        (("72148", "72141"), (), date(2026, 3, 1), [outcomes.ADDED_LATE]),  # another study
        (("72158",), (), date(2026, 3, 1), [outcomes.ADDED_LATE]),  # a higher code
        (("72148", "72148"), (date(2025, 8, 20), date(2025, 8, 25)), date(2026, 3, 1), [outcomes.ADDED_LATE]),
        (("72148",), (date(2025, 8, 19),), date(2026, 3, 1), []),  # the day is corrected
        (("72148", "72141"), (), date(2025, 11, 1), []),  # added in time
    ],
    ids=["another code", "a higher code", "one more day", "another day instead", "in time"],
)
def test_a_service_that_a_replacement_adds_is_first_filed_with_it(
    reference: ReferenceData,
    codes: tuple[str, ...],
    days: tuple[date, ...],
    corrected_on: date,
    outcomes_of_lines: list[str],
) -> None:
    """A person decides, and what the original billed keeps its day (CMS Claims Processing Manual, chapter 1, 70)."""
    at = datetime(corrected_on.year, corrected_on.month, corrected_on.day, 17, tzinfo=UTC)
    claim = corrected(at, codes, days)
    assert findings_of(reference, claim, (original(datetime(2025, 9, 1, 17, tzinfo=UTC)),)) == outcomes_of_lines


def test_a_service_added_late_stays_late_in_the_next_replacement(reference: ReferenceData) -> None:
    first, second = datetime(2026, 3, 1, 17, tzinfo=UTC), datetime(2026, 3, 9, 17, tzinfo=UTC)
    added = replace(corrected(first, ("72148", "72141"), ()), claim_id=ClaimId("22222222-2222-5222-8222-222222222222"))
    chain = (ChainClaim(added), original(datetime(2025, 9, 1, 17, tzinfo=UTC)))
    again = corrected(second, ("72148", "72141"), ())
    assert findings_of(reference, again, chain) == [outcomes.ADDED_LATE]


def corrected(at: datetime, codes: tuple[str, ...], days: tuple[date, ...]) -> Claim:
    """A replacement of the original that bills these codes."""
    bare = a_claim("C1", *codes)
    dated = zip(bare.lines, days or [SERVICE_DATE] * len(codes), strict=True)
    lines = tuple(replace(line, service_date=day, through=None) for line, day in dated)
    stated = received(at, frequency=Frequency.REPLACEMENT, payer_claim_number="CWSYN")
    return replace(stated, lines=lines)


def findings_of(reference: ReferenceData, claim: Claim, chain: tuple[ChainClaim, ...]) -> list[str]:
    version = reference.plan(PlanId("HUDSON-COMM"), SERVICE_DATE)
    assert version is not None
    eligibility = EligibilityResult((), {line.number: version for line in claim.lines})
    return [finding.outcome for finding in check_filing(claim, eligibility, (), chain, reference)]


def filed(reference: ReferenceData, plan: str, claim: Claim, chain: tuple[ChainClaim, ...] = ()) -> str | None:
    """What timely filing says of the first line."""
    version = reference.plan(PlanId(plan), SERVICE_DATE)
    assert version is not None
    eligibility = EligibilityResult((), {line.number: version for line in claim.lines})
    found = check_filing(claim, eligibility, (), chain, reference)
    return found[0].outcome if found else None


def test_every_plan_has_a_limit_and_none_is_shorter_than_what_passes_unasked(reference: ReferenceData) -> None:
    late = received(datetime(2030, 1, 1, tzinfo=UTC))
    for plan in reference.plans:
        assert filed(reference, plan, late) in {outcomes.FILED_LATE, outcomes.FILING_UNSURE}
    rules = replace(reference.filing, sure_days=121)
    with pytest.raises(PolicyDataError, match="shorter than sure_days"):
        refuse_short_limits(rules, reference.deadlines)
