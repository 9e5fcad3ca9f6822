"""Units are never over-allocated, whatever the claims, and running again changes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adjudication.model.authorizations import (
    Authorization,
    AuthorizationStatus,
    AuthorizationUse,
    AuthorizedProvider,
    AuthorizedService,
    StudyPart,
)
from adjudication.model.claim import Claim, ClaimLine, Provider
from adjudication.model.outcomes import AUTHORIZATION_REQUEST_DENIED
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import AuthorizationNumber, DateRange, LineNumber, Verdict
from adjudication.steps.authorization import match_authorizations
from tests.builders.activities.claims import a_claim
from tests.builders.coverage import authorized, plans_of

CODES = ("0609T", "0612T", "72148")
NUMBERS = ("AUTH-A", "AUTH-B", "AUTH-C")
NPIS = ("1234567893", "1679576722")
FIRST = date(2025, 8, 1)
days = st.integers(0, 40).map(lambda n: FIRST + timedelta(days=n))
units = st.integers(1, 3).map(Decimal)
named = st.none().map(lambda _: ()) | st.sampled_from(NPIS).map(lambda npi: (AuthorizedProvider(npi),))
numbers = st.none() | st.sampled_from(NUMBERS).map(AuthorizationNumber)


@st.composite
def services(draw: st.DrawFn) -> AuthorizedService:
    starts = draw(days)
    ends = draw(st.none() | st.integers(1, 40).map(lambda n: starts + timedelta(days=n)))
    return AuthorizedService(draw(st.sampled_from(CODES)), draw(units), DateRange(starts, ends), draw(named))


@st.composite
def files(draw: st.DrawFn) -> list[Authorization]:
    """What is on file: a few authorizations of one member, most of them approved."""
    status = st.sampled_from([AuthorizationStatus.APPROVED] * 4 + list(AuthorizationStatus))
    chosen = draw(st.lists(st.sampled_from(NUMBERS), unique=True, max_size=3))
    return [
        authorized(*draw(st.lists(services(), min_size=1, max_size=3)), number=number, status=draw(status))
        for number in chosen
    ]


@st.composite
def lines(draw: st.DrawFn, number: int) -> ClaimLine:
    return ClaimLine(
        number=LineNumber(number),
        code=draw(st.sampled_from(CODES)),
        modifiers=draw(st.sampled_from([(), (), ("26",), ("TC",)])),
        units=draw(units),
        charge=Decimal("100.00"),
        service_date=draw(days),
        authorization_number=draw(numbers),
    )


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    """A sequence of claims of one member, as they arrive."""
    made = []
    for index in range(draw(st.integers(1, 4))):
        billed = tuple(draw(lines(number)) for number in range(1, draw(st.integers(1, 3)) + 1))
        claim = replace(a_claim(f"C{index}"), lines=billed, authorization_number=draw(numbers))
        made.append(replace(claim, billing=Provider(draw(st.sampled_from(NPIS)))))
    return made


def after_all(claims: list[Claim], on_file: list[Authorization], reference: ReferenceData) -> list[AuthorizationUse]:
    """Match the claims one after the other, each over the uses recorded before it."""
    recorded: list[AuthorizationUse] = []
    for claim in claims:
        recorded += match_authorizations(claim, plans_of(claim, reference), on_file, recorded).uses
    return recorded


few = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(claims(), files())
def test_the_uses_of_any_sequence_of_claims_never_exceed_what_was_approved(
    reference: ReferenceData, claims: list[Claim], on_file: list[Authorization]
) -> None:
    approved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for authorization in on_file:
        if authorization.status is AuthorizationStatus.APPROVED:
            for service in authorization.services:
                approved[authorization.number, service.code] += service.units
    taken: dict[tuple[str, str, StudyPart], Decimal] = defaultdict(Decimal)
    for use in after_all(claims, on_file, reference):
        for part in (StudyPart.TECHNICAL, StudyPart.PROFESSIONAL):
            if use.part in (part, StudyPart.WHOLE):
                taken[use.number, use.code, part] += use.units
    assert all(taken[number, code, part] <= approved[number, code] for number, code, part in taken)


@few
@given(claims(), files())
def test_running_again_over_its_own_recorded_uses_gives_the_identical_result(
    reference: ReferenceData, claims: list[Claim], on_file: list[Authorization]
) -> None:
    recorded: list[AuthorizationUse] = []
    for claim in claims:
        plans = plans_of(claim, reference)
        first = match_authorizations(claim, plans, on_file, recorded)
        recorded += first.uses
        assert match_authorizations(claim, plans, on_file, recorded) == first
        assert match_authorizations(claim, plans, on_file, recorded[::-1]) == first


@few
@given(claims(), files(), st.randoms(use_true_random=False))
def test_the_order_in_which_authorizations_are_read_does_not_matter(
    reference: ReferenceData, claims: list[Claim], on_file: list[Authorization], random: Random
) -> None:
    shuffled = list(on_file)
    random.shuffle(shuffled)
    assert after_all(claims, on_file, reference) == after_all(claims, shuffled, reference)


@few
@given(claims(), files())
def test_each_line_takes_at_most_one_use_and_only_of_what_covers_it(
    reference: ReferenceData, claims: list[Claim], on_file: list[Authorization]
) -> None:
    known = {authorization.number: authorization for authorization in on_file}
    for claim in claims:
        result = match_authorizations(claim, plans_of(claim, reference), on_file, [])
        billed = {line.number: line for line in claim.lines}
        assert len({use.line for use in result.uses}) == len(result.uses)
        assert result.protected == frozenset(use.line for use in result.uses)
        for use in result.uses:
            line, authorization = billed[use.line], known[use.number]
            assert authorization.status is AuthorizationStatus.APPROVED
            assert (use.code, use.units, use.claim_id) == (line.code, line.units, claim.claim_id)
            assert use.number == (line.authorization_number or claim.authorization_number or use.number)
            assert any(s.code == line.code and line.service_date in s.dates for s in authorization.services)


@few
@given(claims(), files())
def test_a_line_whose_plan_asks_for_none_is_never_refused(
    reference: ReferenceData, claims: list[Claim], on_file: list[Authorization]
) -> None:
    for claim in claims:
        plans = plans_of(claim, reference)
        codes = {line.number: line.code for line in claim.lines}
        for finding in match_authorizations(claim, plans, on_file, []).findings:
            assert finding.line is not None
            required = codes[finding.line] in plans[finding.line].authorization_required
            asked = finding.verdict is Verdict.PENDS and finding.outcome == AUTHORIZATION_REQUEST_DENIED
            denied = {AuthorizationStatus.DENIED} & {each.status_of(s) for each in on_file for s in each.services}
            assert required or finding.verdict is Verdict.PASSES or (asked and denied), (
                "only a denied request is asked about"
            )
