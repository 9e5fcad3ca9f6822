"""An authorization covers a study: the part of the facility and the reading of the radiologist, ranges, several providers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adjudication.model import outcomes
from adjudication.model.authorizations import (
    Authorization,
    AuthorizationResult,
    AuthorizationStatus,
    AuthorizationUse,
    AuthorizedProvider,
    AuthorizedService,
    ProviderRole,
    StudyPart,
    UnitKind,
)
from adjudication.model.claim import Claim
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, DateRange, OutcomeCode, Verdict
from adjudication.steps.authorization import MatchTerms, match_authorizations
from tests.builders.activities.claims import a_claim
from tests.builders.coverage import YEAR, authorized, naming, plans_of, service, used

MRI = "72158"
FACILITY, READER, OTHER = "1234567893", "1679576722", "1245319599"
PLAN = "HUDSON-MA"
APPROVED, EXHAUSTED = outcomes.AUTHORIZATION_APPROVED, outcomes.AUTHORIZATION_EXHAUSTED
ELSEWHERE = outcomes.AUTHORIZATION_OTHER_PROVIDER


def study(control: str, *modifiers: str, billing: str = FACILITY, code: str = MRI, day: int = 20) -> Claim:
    claim = naming(a_claim(control, code, billing=billing), on_claim="AUTH-SYN-1")
    served = date(2025, 8, day)
    return replace(claim, lines=(replace(claim.lines[0], modifiers=modifiers, service_date=served),))


def on_a_hospital_claim(claim: Claim) -> Claim:
    return replace(claim, form=ClaimForm.INSTITUTIONAL, bill_type="131")


def one(**fields: Any) -> Authorization:
    """One authorized study at the facility, with changes."""
    found = authorized(service(MRI, npi=FACILITY), plan=PLAN)
    changed = replace(found.services[0], **fields)
    return replace(found, services=(changed,))


def each_in_turn(reference: ReferenceData, authorization: Authorization, *claims: Claim) -> list[OutcomeCode]:
    recorded: list[AuthorizationUse] = []
    found = []
    for claim in claims:
        result = match(reference, authorization, claim, recorded)
        recorded += result.uses
        found.append(result.findings[0].outcome)
    return found


def match(
    reference: ReferenceData, authorization: Authorization, claim: Claim, uses: list[AuthorizationUse]
) -> AuthorizationResult:
    return match_authorizations(
        claim, plans_of(claim, reference, PLAN), [authorization], uses, MatchTerms(reading_days=3)
    )


TECHNICAL = study("FACILITY", "TC")
HOSPITAL = on_a_hospital_claim(study("HOSPITAL"))
READING = study("READER", "26", billing=READER)


@pytest.mark.parametrize("scan", [TECHNICAL, HOSPITAL], ids=["the facility's TC", "the hospital's claim"])
@pytest.mark.parametrize("reading_first", [False, True], ids=["scan first", "reading first"])
def test_one_authorized_study_covers_its_scan_and_its_reading(
    reference: ReferenceData, scan: Claim, *, reading_first: bool
) -> None:
    claims = (READING, scan) if reading_first else (scan, READING)
    assert each_in_turn(reference, one(), *claims) == [APPROVED, APPROVED]


def test_a_reading_dated_a_day_later_is_of_the_same_study(reference: ReferenceData) -> None:
    assert each_in_turn(reference, one(), TECHNICAL, study("READER", "26", billing=READER, day=21)) == [APPROVED] * 2


THROUGH_THE_20TH = DateRange(date(2025, 8, 1), date(2025, 8, 21))
LATER = study("READER", "26", billing=READER, day=21)


def test_a_reading_is_of_the_day_of_its_study_for_the_dates_and_days_of_an_authorization(
    reference: ReferenceData,
) -> None:
    """The study was made inside the dates; its reading, dated a day later, takes no other day."""
    for authorization in (one(dates=THROUGH_THE_20TH), one(kind=UnitKind.DAYS)):
        assert each_in_turn(reference, authorization, TECHNICAL, LATER) == [APPROVED] * 2


def test_a_reading_after_the_dates_whose_study_is_not_known_is_asked_about(reference: ReferenceData) -> None:
    found = match(reference, one(dates=THROUGH_THE_20TH), LATER, []).findings[0]
    assert (found.outcome, found.verdict, found.pend) == (
        outcomes.AUTHORIZATION_READING_LATER, Verdict.PENDS, "P-AUTH",
    )  # fmt: skip
    scan = study("LATE", "TC", day=21)
    assert match(reference, one(dates=THROUGH_THE_20TH), scan, []).findings[0].verdict is Verdict.DENIES
    long_after = study("READER", "26", billing=READER, day=26)
    assert match(reference, one(dates=THROUGH_THE_20TH), long_after, []).findings[0].verdict is Verdict.DENIES


@pytest.mark.parametrize(
    "second",
    [study("AGAIN", "TC", day=22), on_a_hospital_claim(study("AGAIN", day=22)), study("AGAIN", day=22)],
    ids=["a second scan", "a second hospital scan", "a second whole study"],
)
def test_a_second_study_needs_a_second_unit(reference: ReferenceData, second: Claim) -> None:
    assert each_in_turn(reference, one(), TECHNICAL, READING, second) == [APPROVED, APPROVED, EXHAUSTED]
    assert each_in_turn(reference, one(units=Decimal(2)), TECHNICAL, READING, second) == [APPROVED] * 3


def test_a_whole_study_leaves_nothing_for_a_second_reading(reference: ReferenceData) -> None:
    assert each_in_turn(reference, one(), study("WHOLE"), READING) == [APPROVED, EXHAUSTED]


def test_a_use_recorded_before_parts_were_kept_counts_as_a_whole_study(reference: ReferenceData) -> None:
    assert match(reference, one(), READING, [used(MRI)]).findings[0].outcome == EXHAUSTED


def test_each_use_says_which_part_of_the_study_it_bills(reference: ReferenceData) -> None:
    parts = [
        match(reference, one(), claim, []).uses[0].part for claim in (TECHNICAL, HOSPITAL, READING, study("WHOLE"))
    ]
    assert parts == [StudyPart.TECHNICAL, StudyPart.TECHNICAL, StudyPart.PROFESSIONAL, StudyPart.WHOLE]


ANY, PERFORMS, READS = (
    AuthorizedProvider(FACILITY),
    AuthorizedProvider(FACILITY, ProviderRole.PERFORMING),
    AuthorizedProvider(READER, ProviderRole.READING),
)


@pytest.mark.parametrize(
    ("named", "claim", "outcome"),
    [
        ((ANY,), READING, APPROVED),
        ((PERFORMS,), READING, APPROVED),
        ((PERFORMS, READS), READING, APPROVED),
        ((PERFORMS, READS), study("OTHER", "26", billing=OTHER), ELSEWHERE),
        ((READS,), study("OTHER", "TC", billing=OTHER), APPROVED),
        ((PERFORMS,), study("OTHER", "TC", billing=OTHER), ELSEWHERE),
        ((ANY,), study("OTHER", "TC", billing=OTHER), ELSEWHERE),
        ((ANY,), study("OTHER", billing=OTHER), ELSEWHERE),
        ((ANY, AuthorizedProvider(OTHER)), study("OTHER", billing=OTHER), APPROVED),
        ((), study("OTHER", billing=OTHER), APPROVED),
    ],
    ids=[
        "the facility is named: any reader",
        "who performs is named: any reader",
        "the reader is named: that reader",
        "the reader is named: no other reader",
        "only the reader is named: any facility",
        "who performs is named: no other facility",
        "one provider is named: no other facility",
        "one provider is named: no other for the whole study",
        "two are named: either",
        "no person is named: any person",
    ],
)  # fmt: skip
def test_whom_an_authorization_binds(
    reference: ReferenceData, named: tuple[AuthorizedProvider, ...], claim: Claim, outcome: OutcomeCode
) -> None:
    assert each_in_turn(reference, one(providers=named), claim) == [outcome]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("72156", APPROVED), ("72157", APPROVED), ("72158", APPROVED), ("76390", outcomes.AUTHORIZATION_OTHER_SERVICE)],
)
def test_a_range_of_codes_covers_its_codes(reference: ReferenceData, code: str, outcome: OutcomeCode) -> None:
    wide = authorized(AuthorizedService("72141", Decimal(1), YEAR, (), "72158"), plan=PLAN)
    assert each_in_turn(reference, wide, study("ONE", code=code)) == [outcome]


def test_the_codes_of_a_range_share_its_units(reference: ReferenceData) -> None:
    wide = authorized(AuthorizedService("72141", Decimal(1), YEAR, (), "72158"), plan=PLAN)
    assert each_in_turn(reference, wide, study("ONE"), study("TWO", code="72157")) == [APPROVED, EXHAUSTED]


def test_a_service_denied_inside_an_approved_request_is_not_authorized(reference: ReferenceData) -> None:
    partly = authorized(
        replace(service(MRI), status=AuthorizationStatus.DENIED), service("72157"), plan=PLAN
    )  # fmt: skip
    assert each_in_turn(reference, partly, study("ONE")) == [outcomes.AUTHORIZATION_DENIED_EARLIER]
    assert each_in_turn(reference, partly, study("TWO", code="72157")) == [APPROVED]


def test_a_service_approved_while_others_are_still_reviewed_is_authorized(reference: ReferenceData) -> None:
    partly = authorized(
        replace(service(MRI), status=AuthorizationStatus.APPROVED),
        service("72157"),
        plan=PLAN,
        status=AuthorizationStatus.PENDED,
    )
    assert each_in_turn(reference, partly, study("ONE")) == [APPROVED]
    assert each_in_turn(reference, partly, study("TWO", code="72157")) == [outcomes.AUTHORIZATION_PENDING]


@pytest.mark.parametrize("kind", [UnitKind.DAYS, UnitKind.VISITS])
def test_days_and_visits_are_counted_by_the_day(reference: ReferenceData, kind: UnitKind) -> None:
    stay = one(kind=kind, units=Decimal(2))
    claims = [study("A"), study("B"), study("C", day=21), study("D", day=22)]
    assert each_in_turn(reference, stay, *claims) == [APPROVED, APPROVED, APPROVED, EXHAUSTED]


def test_units_that_a_line_does_not_state_go_to_a_person(reference: ReferenceData) -> None:
    assert each_in_turn(reference, one(kind=UnitKind.OTHER), study("A")) == [outcomes.AUTHORIZATION_UNCOUNTABLE]
