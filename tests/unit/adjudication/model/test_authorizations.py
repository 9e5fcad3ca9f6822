from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.authorizations import Authorization, AuthorizationResult, AuthorizationStatus, AuthorizationUse
from adjudication.model.claim import Claim, Provider
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import DateRange, OutcomeCode, Verdict
from adjudication.steps.authorization import match_authorizations
from tests.builders.activities.claims import a_claim
from tests.builders.coverage import YEAR, authorized, naming, plans_of, service, used

ACQUISITION = "0609T"
OTHER_NPI = "1679576722"
LAST_YEAR = DateRange(date(2024, 1, 1), date(2025, 1, 1))
SPRING, SUMMER = DateRange(date(2025, 3, 1), date(2025, 6, 1)), DateRange(date(2025, 6, 1), date(2025, 9, 1))
NAMED = naming(a_claim("C1", ACQUISITION), on_claim="AUTH-SYN-1")
UNNAMED = a_claim("C1", ACQUISITION)
DENIED, PENDED, CANCELLED = AuthorizationStatus.DENIED, AuthorizationStatus.PENDED, AuthorizationStatus.CANCELLED


def match(
    reference: ReferenceData,
    claim: Claim,
    *authorizations: Authorization,
    uses: tuple[AuthorizationUse, ...] = (),
    plan: str = "HUDSON-COMM",
) -> AuthorizationResult:
    return match_authorizations(claim, plans_of(claim, reference, plan), authorizations, uses)


def outcomes_of(result: AuthorizationResult) -> list[OutcomeCode]:
    return [finding.outcome for finding in result.findings]


@pytest.mark.parametrize("claim", [NAMED, UNNAMED], ids=["named", "searched"])
def test_an_approved_authorization_is_matched_used_and_protects(reference: ReferenceData, claim: Claim) -> None:
    result = match(reference, claim, authorized(service(ACQUISITION)))
    assert outcomes_of(result) == [outcomes.AUTHORIZATION_APPROVED]
    use = used(ACQUISITION, claim=claim.claim_id, day=claim.lines[0].service_date)
    assert result.uses == (replace(use, patient=claim.member.person),)
    assert result.matched == {1: "AUTH-SYN-1"}
    assert result.protected == {1}


@pytest.mark.parametrize(
    ("authorizations", "outcome", "verdict"),
    [
        ([], outcomes.AUTHORIZATION_UNKNOWN, Verdict.PENDS),
        ([authorized(service(ACQUISITION), number="AUTH-SYN-2")], outcomes.AUTHORIZATION_UNKNOWN, Verdict.PENDS),
        ([authorized(service(ACQUISITION), member_id="SYN-000002")], outcomes.AUTHORIZATION_UNKNOWN, Verdict.PENDS),
        ([authorized(service("0612T"))], outcomes.AUTHORIZATION_OTHER_SERVICE, Verdict.PENDS),
        ([authorized(service(ACQUISITION), plan="HUDSON-MA")], outcomes.AUTHORIZATION_OTHER_SERVICE, Verdict.PENDS),
        ([authorized(service(ACQUISITION, npi=OTHER_NPI))], outcomes.AUTHORIZATION_OTHER_PROVIDER, Verdict.PENDS),
        ([authorized(service(ACQUISITION), status=PENDED)], outcomes.AUTHORIZATION_PENDING, Verdict.PENDS),
        ([authorized(service(ACQUISITION), status=DENIED)], outcomes.AUTHORIZATION_DENIED_EARLIER, Verdict.DENIES),
        ([authorized(service("0612T"), status=DENIED)], outcomes.AUTHORIZATION_OTHER_SERVICE, Verdict.PENDS),
        ([authorized(service(ACQUISITION), status=CANCELLED)], outcomes.AUTHORIZATION_MISSING, Verdict.DENIES),
        ([authorized(service(ACQUISITION, dates=LAST_YEAR))], outcomes.AUTHORIZATION_EXPIRED, Verdict.DENIES),
        ([authorized(service(ACQUISITION))], outcomes.AUTHORIZATION_EXHAUSTED, Verdict.DENIES),
        # no correction of an id cures a date
        (
            [authorized(service(ACQUISITION, dates=LAST_YEAR, npi=OTHER_NPI))],
            outcomes.AUTHORIZATION_EXPIRED,
            Verdict.DENIES,
        ),
        # of two periods the one that came nearest is shown
        (
            [authorized(service(ACQUISITION, dates=SPRING), service(ACQUISITION, units=0, dates=SUMMER))],
            outcomes.AUTHORIZATION_EXHAUSTED,
            Verdict.DENIES,
        ),
    ],
)
def test_a_named_authorization_that_does_not_cover_the_line_says_why(
    reference: ReferenceData, authorizations: list[Authorization], outcome: OutcomeCode, verdict: Verdict
) -> None:
    uses = (used(ACQUISITION),) if outcome == outcomes.AUTHORIZATION_EXHAUSTED else ()
    result = match(reference, NAMED, *authorizations, uses=uses)
    (finding,) = result.findings
    assert (finding.outcome, finding.verdict) == (outcome, verdict)
    assert finding.pend == ("P-AUTH" if verdict is Verdict.PENDS else None)
    assert (result.uses, result.protected) == ((), frozenset())


@pytest.mark.parametrize(
    ("authorizations", "outcome"),
    [
        ([], outcomes.AUTHORIZATION_MISSING),
        ([authorized(service("0612T"))], outcomes.AUTHORIZATION_MISSING),
        ([authorized(service(ACQUISITION), plan="HUDSON-MA")], outcomes.AUTHORIZATION_MISSING),
        ([authorized(service(ACQUISITION), member_id="SYN-000002")], outcomes.AUTHORIZATION_MISSING),
        ([authorized(service(ACQUISITION), status=CANCELLED)], outcomes.AUTHORIZATION_MISSING),
        ([authorized(service(ACQUISITION), status=PENDED)], outcomes.AUTHORIZATION_PENDING),
        ([authorized(service(ACQUISITION, dates=LAST_YEAR), status=PENDED)], outcomes.AUTHORIZATION_MISSING),
        ([authorized(service(ACQUISITION), status=DENIED)], outcomes.AUTHORIZATION_DENIED_EARLIER),
        ([authorized(service(ACQUISITION, dates=LAST_YEAR), status=DENIED)], outcomes.AUTHORIZATION_MISSING),
        ([authorized(service(ACQUISITION, npi=OTHER_NPI))], outcomes.AUTHORIZATION_OTHER_PROVIDER),
        ([authorized(service(ACQUISITION, dates=LAST_YEAR))], outcomes.AUTHORIZATION_EXPIRED),
    ],
)
def test_without_a_number_the_nearest_miss_of_the_members_own_is_shown(
    reference: ReferenceData, authorizations: list[Authorization], outcome: OutcomeCode
) -> None:
    assert outcomes_of(match(reference, UNNAMED, *authorizations)) == [outcome]


def test_an_approval_beats_an_earlier_denial_of_the_same_service(reference: ReferenceData) -> None:
    denied = authorized(service(ACQUISITION), number="AUTH-SYN-0", status=DENIED)
    result = match(reference, UNNAMED, denied, authorized(service(ACQUISITION)))
    assert result.matched == {1: "AUTH-SYN-1"}


def test_the_number_of_the_line_beats_the_number_of_the_claim(reference: ReferenceData) -> None:
    claim = naming(UNNAMED, on_claim="AUTH-SYN-1", on_lines="AUTH-SYN-2")
    both = [authorized(service(ACQUISITION), number=f"AUTH-SYN-{n}") for n in (1, 2)]
    assert match(reference, claim, *both).matched == {1: "AUTH-SYN-2"}
    assert outcomes_of(match(reference, claim, both[0])) == [outcomes.AUTHORIZATION_UNKNOWN]


@pytest.mark.parametrize("role", ["billing", "rendering", "facility", "line"])
def test_the_authorized_provider_may_stand_in_any_role(reference: ReferenceData, role: str) -> None:
    provider = Provider(OTHER_NPI)
    if role == "line":
        claim = replace(UNNAMED, lines=(replace(UNNAMED.lines[0], rendering=provider),))
    else:
        claim = replace(UNNAMED, **{role: provider})  # type: ignore[arg-type]
    result = match(reference, claim, authorized(service(ACQUISITION, npi=OTHER_NPI)))
    assert outcomes_of(result) == [outcomes.AUTHORIZATION_APPROVED]


def test_of_several_the_one_that_ends_soonest_is_used_and_an_open_one_last(reference: ReferenceData) -> None:
    several = [
        authorized(service(ACQUISITION, dates=DateRange(date(2025, 1, 1))), number="AUTH-OPEN"),
        authorized(service(ACQUISITION), number="AUTH-YEAR"),
        authorized(service(ACQUISITION, dates=SUMMER), number="AUTH-SUMMER"),
    ]
    assert match(reference, UNNAMED, *several).matched == {1: "AUTH-SUMMER"}
    assert match(reference, UNNAMED, *reversed(several)).matched == {1: "AUTH-SUMMER"}
    without_units = (used(ACQUISITION, number="AUTH-SUMMER"),)
    assert match(reference, UNNAMED, *several, uses=without_units).matched == {1: "AUTH-YEAR"}


def test_two_that_end_together_are_taken_in_the_order_of_their_numbers(reference: ReferenceData) -> None:
    several = [authorized(service(ACQUISITION), number=number) for number in ("AUTH-B", "AUTH-A")]
    assert match(reference, UNNAMED, *several).matched == {1: "AUTH-A"}


def test_the_lines_of_a_claim_share_the_units(reference: ReferenceData) -> None:
    claim = a_claim("C1", ACQUISITION, ACQUISITION)
    result = match(reference, claim, authorized(service(ACQUISITION, units=1)))
    assert outcomes_of(result) == [outcomes.AUTHORIZATION_APPROVED, outcomes.AUTHORIZATION_EXHAUSTED]
    assert result.protected == {1}


def test_units_are_not_split_over_a_line_that_wants_more(reference: ReferenceData) -> None:
    wants_two = replace(UNNAMED, lines=(replace(UNNAMED.lines[0], units=Decimal(2)),))
    result = match(reference, wants_two, authorized(service(ACQUISITION, units=1)))
    assert outcomes_of(result) == [outcomes.AUTHORIZATION_EXHAUSTED]


def test_two_periods_of_one_code_do_not_use_up_each_other(reference: ReferenceData) -> None:
    both = authorized(service(ACQUISITION, dates=SPRING), service(ACQUISITION, dates=SUMMER))
    first = match(reference, UNNAMED, both, uses=(used(ACQUISITION),))
    assert outcomes_of(first) == [outcomes.AUTHORIZATION_APPROVED]
    spent = (used(ACQUISITION), used(ACQUISITION, line=2))
    assert outcomes_of(match(reference, UNNAMED, both, uses=spent)) == [outcomes.AUTHORIZATION_EXHAUSTED]


def test_running_again_with_its_own_uses_recorded_gives_the_same_result(reference: ReferenceData) -> None:
    claim = a_claim("C1", ACQUISITION, ACQUISITION)
    both = [
        authorized(service(ACQUISITION, dates=SUMMER), number="AUTH-SUMMER"),
        authorized(service(ACQUISITION), number="AUTH-YEAR"),
    ]
    first = match(reference, claim, *both)
    assert set(first.matched.values()) == {"AUTH-SUMMER", "AUTH-YEAR"}
    assert match(reference, claim, *both, uses=first.uses) == first


def test_units_added_later_serve_the_lines_that_had_none(reference: ReferenceData) -> None:
    claim = a_claim("C1", ACQUISITION, ACQUISITION)
    first = match(reference, claim, authorized(service(ACQUISITION, units=1)))
    assert first.protected == {1}
    extended = match(reference, claim, authorized(service(ACQUISITION, units=2)), uses=first.uses)
    assert extended.protected == {1, 2}


def test_a_use_once_taken_stays_where_a_better_authorization_appears_later(reference: ReferenceData) -> None:
    first = match(reference, UNNAMED, authorized(service(ACQUISITION)))
    better = authorized(service(ACQUISITION, dates=SUMMER), number="AUTH-SUMMER")
    assert match(reference, UNNAMED, better, authorized(service(ACQUISITION)), uses=first.uses) == first


@pytest.mark.parametrize("on_file", [[], [authorized(service("0612T"))], [authorized(service("0612T"), status=DENIED)]])
def test_a_line_that_needs_none_is_never_refused_for_the_number_it_gives(
    reference: ReferenceData, on_file: list[Authorization]
) -> None:
    claim = naming(a_claim("C1", "72148"), on_claim="AUTH-SYN-1")
    result = match(reference, claim, *on_file)
    assert outcomes_of(result) == [outcomes.AUTHORIZATION_NOT_REQUIRED]
    assert result.uses == ()


def test_a_line_that_needs_none_uses_the_one_it_names_and_is_protected(reference: ReferenceData) -> None:
    claim = naming(a_claim("C1", "72148"), on_claim="AUTH-SYN-1")
    result = match(reference, claim, authorized(service("72148")))
    assert [use.line for use in result.uses] == [1]
    assert result.protected == {1}


@pytest.mark.parametrize("plan", ["HUDSON-COMM", "HUDSON-MA", "BUCKEYE-MCD"])
def test_an_approval_binds_also_where_none_was_needed_and_the_claim_names_none(
    reference: ReferenceData, plan: str
) -> None:
    """42 CFR 422.138(c); N.Y. Insurance Law 3238(a): what the plan approved is not reviewed again."""
    result = match(reference, a_claim("C1", "72148"), authorized(service("72148"), plan=plan), plan=plan)
    assert outcomes_of(result) == [outcomes.AUTHORIZATION_APPROVED]
    assert [use.line for use in result.uses] == [1]
    assert result.protected == {1}


@pytest.mark.parametrize("status", [PENDED, CANCELLED])
def test_a_request_that_was_not_approved_refuses_nothing_that_needs_none(
    reference: ReferenceData, status: AuthorizationStatus
) -> None:
    result = match(reference, a_claim("C1", "72148"), authorized(service("72148"), status=status))
    assert outcomes_of(result) == [outcomes.AUTHORIZATION_NOT_REQUIRED]
    assert (result.uses, result.protected) == ((), frozenset())


@pytest.mark.parametrize("number", [None, "AUTH-SYN-1", "UNKNOWN"])
def test_a_denied_request_for_a_service_that_needs_none_makes_a_person_look(
    reference: ReferenceData, number: str | None
) -> None:
    """The plan said no to this study (42 CFR 422.566): it is not paid unseen, whatever number the claim gives."""
    claim = a_claim("C1", "72148") if number is None else naming(a_claim("C1", "72148"), on_claim=number)
    finding = match(reference, claim, authorized(service("72148"), status=DENIED)).findings[0]
    assert (finding.outcome, finding.verdict, finding.pend) == (
        outcomes.AUTHORIZATION_REQUEST_DENIED, Verdict.PENDS, "P-AUTH",
    )  # fmt: skip


def test_a_denied_request_for_other_days_or_before_an_approval_holds_nothing(reference: ReferenceData) -> None:
    claim = a_claim("C1", "72148")
    for other in (
        authorized(service("72148", dates=LAST_YEAR), status=DENIED),
        authorized(service("72141"), status=DENIED),
    ):
        assert outcomes_of(match(reference, claim, other)) == [outcomes.AUTHORIZATION_NOT_REQUIRED]
    both = [authorized(service("72148"), status=DENIED), authorized(service("72148"), number="AUTH-NEW")]
    assert outcomes_of(match(reference, claim, *both)) == [outcomes.AUTHORIZATION_APPROVED]


def test_a_line_without_a_plan_is_not_matched(reference: ReferenceData) -> None:
    result = match_authorizations(UNNAMED, {}, [authorized(service(ACQUISITION))], [])
    assert (result.findings, result.uses) == ((), ())
    assert plans_of(UNNAMED, reference)


@pytest.mark.parametrize(
    ("plan", "source"),
    [("HUDSON-MA", "42-cfr-422-138"), ("HUDSON-DSNP", "42-cfr-422-138"), ("HUDSON-COMM", "synthetic-payers")],
)
def test_only_medicare_plans_cite_the_medicare_rule(reference: ReferenceData, plan: str, source: str) -> None:
    result = match(reference, UNNAMED, authorized(service(ACQUISITION, dates=YEAR), plan=plan), plan=plan)
    assert [f.citation.source for f in result.findings] == [source]
