"""What the roster means for a line: unknown is not "without a contract", and an open case holds what is billed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudication.model import outcomes
from adjudication.model.claim import Claim, Provider
from adjudication.model.determination import Determination, Pended
from adjudication.model.findings import Finding
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import DateRange, ReleaseEvent, Verdict
from adjudication.steps.pipeline import ClaimContext, adjudicate
from adjudication.steps.roster import (
    Investigation,
    RosteredProvider,
    asked_of_roster,
    contract_status,
    verify_providers,
    with_taxonomies,
)
from tests.builders.activities.claims import SERVICE_DATE, a_claim
from tests.builders.coverage import covered, plans_of
from tests.builders.facts import documented
from tests.builders.roster import CENTER, listed

TODAY = date(2025, 9, 2)
NOW = datetime(2025, 9, 2, 8, 30, tzinfo=UTC)
READER = "1679576722"
OPEN = Investigation("SYN-CASE-1", DateRange(date(2025, 8, 1)))
DAYS = st.dates(date(2025, 1, 1), date(2026, 1, 1))


def found(
    reference: ReferenceData, *roster: RosteredProvider, claim: Claim | None = None, plan: str = "HUDSON-MA"
) -> tuple[Finding, ...]:
    claim = claim or a_claim("C1")
    return verify_providers(claim, plans_of(claim, reference, plan), {p.npi: p for p in roster}, TODAY)


def decided(reference: ReferenceData, *roster: RosteredProvider, plan: str = "HUDSON-MA") -> Determination | Pended:
    context = ClaimContext(1, [covered(plan=plan)], roster={p.npi: p for p in roster})
    return adjudicate(documented(a_claim("C1")), context, NOW, reference).decision


def test_a_provider_the_roster_does_not_list_is_not_said_to_have_no_contract(reference: ReferenceData) -> None:
    (finding,) = found(reference)
    assert (finding.outcome, finding.verdict, finding.pend) == (
        outcomes.PROVIDER_NOT_ON_ROSTER,
        Verdict.PENDS,
        "P-PROV",
    )
    assert contract_status([finding]) == {}


def test_an_examiner_sees_a_clean_claim_of_an_unlisted_provider_wait_and_be_paid_once_the_roster_lists_it(
    reference: ReferenceData,
) -> None:
    waiting = decided(reference)
    assert isinstance(waiting, Pended)
    (pend,) = waiting.pends
    assert (pend.code, pend.owner) == ("P-PROV", "provider-data")
    assert ReleaseEvent.BILLING_PROVIDER_CHANGED in reference.pends[pend.code].releases_on
    assert isinstance(decided(reference, listed("HUDSON-MA")), Determination)


def test_an_examiner_sees_no_claim_wait_because_its_provider_has_no_contract(reference: ReferenceData) -> None:
    """It is a fact that decides clocks, interest and appeals; the service is covered all the same."""
    decision = decided(reference, listed())
    assert isinstance(decision, Determination)
    findings = decision.lines[0].findings
    (shown,) = [f for f in findings if f.outcome == outcomes.PROVIDER_NOT_CONTRACTED]
    assert (shown.verdict, shown.citation.source) == (Verdict.NOTES, "42-cfr-422-520")
    assert contract_status(findings) == {"HUDSON-MA": False}


def test_an_investigator_sees_what_is_billed_wait_until_the_case_is_closed(reference: ReferenceData) -> None:
    waiting = decided(reference, listed("HUDSON-MA", cases=(OPEN,)))
    assert isinstance(waiting, Pended)
    (pend,) = waiting.pends
    assert (pend.code, pend.owner) == ("P-SIU", "siu")
    assert ReleaseEvent.PROVIDER_CHANGED in reference.pends[pend.code].releases_on
    (held,) = [f for f in waiting.findings if f.outcome == outcomes.PROVIDER_INVESTIGATED]
    assert ("case", "SYN-CASE-1") in [(each.name, each.value) for each in held.evidence]
    closed = replace(OPEN, span=DateRange(OPEN.span.starts, TODAY))
    assert isinstance(decided(reference, listed("HUDSON-MA", cases=(closed,))), Determination)


def test_a_case_against_who_read_the_images_holds_a_claim_of_a_clean_biller(reference: ReferenceData) -> None:
    claim = replace(a_claim("C1"), rendering=Provider(READER))
    seen = found(reference, listed("HUDSON-MA"), listed(npi=READER, cases=(OPEN,)), claim=claim)
    assert {f.outcome for f in seen} == {outcomes.PROVIDER_INVESTIGATED, outcomes.PROVIDER_CONTRACTED}


def test_whose_contract_counts_is_who_bills(reference: ReferenceData) -> None:
    claim = replace(a_claim("C1"), rendering=Provider(READER))
    assert contract_status(found(reference, listed(), listed("HUDSON-MA", npi=READER), claim=claim)) == {
        "HUDSON-MA": False
    }


def test_a_contract_with_another_plan_of_the_payer_is_none_with_this_one(reference: ReferenceData) -> None:
    assert contract_status(found(reference, listed("CASCADE-MA"))) == {"HUDSON-MA": False}


@pytest.mark.parametrize("plan", ["HUDSON-COMM", "HUDSON-DSNP", "BUCKEYE-MCD"])
def test_a_plan_that_keeps_no_roster_asks_about_no_contract_and_holds_what_is_investigated(
    reference: ReferenceData, plan: str
) -> None:
    claim = a_claim("C1")
    assert asked_of_roster(claim, plans_of(claim, reference, plan)) == {claim.billing.npi}
    assert found(reference, listed(), plan=plan) == ()
    assert [f.outcome for f in found(reference, listed(cases=(OPEN,)), plan=plan)] == [outcomes.PROVIDER_INVESTIGATED]


def test_who_orders_by_number_alone_is_asked_about_and_gets_the_taxonomy_of_the_roster(
    reference: ReferenceData,
) -> None:
    claim = replace(a_claim("C1"), ordering=Provider(READER), referring=None)
    assert READER in asked_of_roster(claim, plans_of(claim, reference, "HUDSON-MA"))
    known = replace(listed(npi=READER), taxonomy="111N00000X")
    assert with_taxonomies(claim, {READER: known}).ordering == Provider(READER, "111N00000X")
    stated = replace(claim, ordering=Provider(READER, "207T00000X"))
    assert with_taxonomies(stated, {READER: known}) is stated, "the claim's own statement stands"
    assert with_taxonomies(claim, {READER: listed(npi=READER)}) is claim


def test_the_reader_of_a_line_gets_the_taxonomy_of_the_roster(reference: ReferenceData) -> None:
    claim = a_claim("C1")
    claim = replace(claim, lines=tuple(replace(line, rendering=Provider(READER)) for line in claim.lines))
    known = with_taxonomies(claim, {READER: replace(listed(npi=READER), taxonomy="2085R0202X")})
    assert {line.rendering for line in known.lines} == {Provider(READER, "2085R0202X")}


def test_without_a_plan_no_provider_is_asked_about(reference: ReferenceData) -> None:
    assert asked_of_roster(a_claim("C1"), {}) == frozenset()


def test_a_contract_that_ended_between_two_dates_of_service_leaves_the_status_of_the_claim_unknown(
    reference: ReferenceData,
) -> None:
    claim = a_claim("C1", "72148", "72141")
    later = replace(claim.lines[1], service_date=SERVICE_DATE + timedelta(days=1))
    claim = replace(claim, lines=(claim.lines[0], later))
    ended = listed("HUDSON-MA", span=DateRange(date(2025, 1, 1), later.service_date))
    seen = found(reference, ended, claim=claim)
    assert [f.outcome for f in seen] == [outcomes.PROVIDER_CONTRACTED, outcomes.PROVIDER_NOT_CONTRACTED]
    assert contract_status(seen) == {}


@given(starts=DAYS, days=st.integers(0, 400), case_starts=DAYS, case_days=st.none() | st.integers(0, 400))
def test_the_date_of_service_decides_the_contract_and_the_day_of_adjudication_the_case(
    reference: ReferenceData, starts: date, days: int, case_starts: date, case_days: int | None
) -> None:
    span = DateRange(starts, starts + timedelta(days=days))
    case = DateRange(case_starts, None if case_days is None else case_starts + timedelta(days=case_days))
    provider = listed("HUDSON-MA", span=span, cases=(Investigation("SYN-CASE-1", case),))
    seen = found(reference, provider)
    assert contract_status(seen) == {"HUDSON-MA": SERVICE_DATE in span}
    assert any(f.pend == "P-SIU" for f in seen) == (TODAY in case)
    assert not any(f.pend == "P-PROV" for f in seen)
    assert provider.npi == CENTER
