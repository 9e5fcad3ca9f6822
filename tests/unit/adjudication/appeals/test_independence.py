"""Who may decide an appeal: no person who took part, no person under them, no person with an interest, no person unlicensed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.appeals.action_context import ActionContext
from adjudication.appeals.actions import AssignDecider, Decide
from adjudication.appeals.independence import (
    AppealDecision,
    BarredDeciderError,
    DeciderRequirements,
    Involved,
    LineRuling,
    Ruling,
)
from adjudication.appeals.rules import Matter
from adjudication.model.determination import ReviewerSignature
from adjudication.model.vocabulary import DateRange, LineNumber, ProductLine
from adjudication.people import LicenseNeeded, Role, StaffMember
from tests.builders.appeals import (
    APPEALS_MD,
    DENIER,
    FILED,
    LICENSE,
    NURSE,
    PEER,
    PROVIDER,
    RATIONALE,
    REPORTS_TO,
    SECOND_MD,
    SPECIALIST,
    UNDER_DENIER,
    an_appeal,
    decision,
    person,
)

MA, MCD, EP, COMM, DSNP = (
    ProductLine.MEDICARE_ADVANTAGE,
    ProductLine.MEDICAID,
    ProductLine.ESSENTIAL_PLAN,
    ProductLine.COMMERCIAL,
    ProductLine.DUAL_SNP,
)
UPHELD = (LineRuling(LineNumber(1), Ruling.UPHELD),)
FAR_UNDER = person("far-under-denier", Role.APPEALS_PHYSICIAN, Role.CLINICAL_PEER)


def bench(product_line: ProductLine, **changes: object) -> DeciderRequirements:
    found = ActionContext(an_appeal(product_line).state, None, FILED, REPORTS_TO).requirements()
    assert found is not None
    return replace(found, **changes)  # type: ignore[arg-type]


def refused(product_line: ProductLine, person: StaffMember, **changes: object) -> str:
    refusal = bench(product_line, **changes).refusal(person, FILED.date())
    assert refusal is not None
    return refusal.code


@pytest.mark.parametrize("product_line", [MA, MCD, EP, COMM, DSNP])
def test_who_signed_the_denial_decides_no_appeal_of_it(product_line: ProductLine) -> None:
    assert refused(product_line, DENIER) == "involved"


def test_who_recommended_the_denial_decides_no_appeal_of_it() -> None:
    assert refused(MCD, replace(NURSE, roles=frozenset({Role.APPEALS_PHYSICIAN}))) == "involved"


@pytest.mark.parametrize("product_line", [MCD, EP, COMM, DSNP])
@pytest.mark.parametrize("person", [UNDER_DENIER, FAR_UNDER], ids=["directly", "further down"])
def test_no_person_under_the_person_who_denied_decides(product_line: ProductLine, person: StaffMember) -> None:
    assert refused(product_line, person) == "subordinate"


def test_medicare_advantage_bars_the_involved_and_does_not_name_subordinates() -> None:
    assert bench(MA).refusal(UNDER_DENIER, FILED.date()) is None


def test_the_superior_of_the_person_who_denied_is_not_barred_for_that() -> None:
    chief = person("chief", Role.APPEALS_PHYSICIAN)
    assert bench(MCD).refusal(chief, FILED.date()) is None


@pytest.mark.parametrize(
    "reports_to",
    [{}, {"appeals-md": "lost"}, {"appeals-md": "round", "round": "appeals-md"}],
    ids=["no person known", "broken on the way up", "a circle"],
)
def test_an_unknown_reporting_line_is_not_taken_for_independence(reports_to: dict[str, str | None]) -> None:
    shown = replace(APPEALS_MD, reports_to=reports_to.get("appeals-md"))
    assert refused(MCD, shown, reports_to=reports_to) == "reporting-line"


def test_an_interest_in_a_provider_of_the_claim_bars() -> None:
    assert refused(MA, replace(APPEALS_MD, conflicts=frozenset({PROVIDER}))) == "conflict"


@pytest.mark.parametrize(
    ("product_line", "role"), [(MA, Role.CLINICAL_PEER), (DSNP, Role.CLINICAL_PEER), (MA, Role.APPEALS_SPECIALIST)]
)
def test_a_clinical_medicare_denial_is_reconsidered_by_a_physician(product_line: ProductLine, role: Role) -> None:
    assert refused(product_line, person("peer", role)) == "role-may-not"


@pytest.mark.parametrize("product_line", [MCD, EP])
def test_a_lay_specialist_decides_no_clinical_appeal_of_medicaid_or_new_york(product_line: ProductLine) -> None:
    assert refused(product_line, SPECIALIST) == "role-may-not"


def test_a_nurse_decides_no_appeal() -> None:
    assert refused(MA, person("appeals-clerk", Role.NURSE)) == "role-may-not"


@pytest.mark.parametrize(
    ("license", "code"),
    [
        (replace(LICENSE, valid=DateRange(date(2020, 1, 1), date(2025, 3, 20))), "license-expired"),
        (replace(LICENSE, restricted=True), "license-restricted"),
        (replace(LICENSE, state="OH"), "license-state"),
        (replace(LICENSE, expertise=frozenset({"dermatology"})), "license-expertise"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_license_is_checked_on_the_day_of_the_decision(license: object, code: str) -> None:
    assert refused(MA, replace(APPEALS_MD, licenses=(license,))) == code  # type: ignore[arg-type]


def test_a_lay_decider_of_a_commercial_plan_consults_an_independent_clinician() -> None:
    asked = bench(COMM)
    on = FILED.date()
    alone, with_denier = asked.refusal(SPECIALIST, on), asked.refusal(SPECIALIST, on, DENIER)
    assert alone is not None
    assert with_denier is not None
    assert (alone.code, with_denier.code) == ("consult", "consulted-involved")
    assert asked.refusal(SPECIALIST, on, APPEALS_MD) is None


def test_an_administrative_denial_is_decided_by_a_specialist_without_a_license() -> None:
    appeal = an_appeal(MA, matter=Matter.ADMINISTRATIVE)
    appeal.does(decision(line1=Ruling.UPHELD), SPECIALIST)
    result = appeal.state.result
    assert result is not None
    assert result.signature is None


def test_a_clinical_decision_carries_the_signature_of_who_judged() -> None:
    appeal = an_appeal(COMM)
    appeal.does(Decide(UPHELD, RATIONALE, consulted=APPEALS_MD), SPECIALIST)
    result = appeal.state.result
    assert result is not None
    assert result.signature == ReviewerSignature("appeals-md", "physician", "SYN-1", "NY", FILED, RATIONALE)


def test_who_decided_or_advised_at_one_level_is_barred_from_the_next() -> None:
    appeal = an_appeal(COMM)
    appeal.does(Decide(UPHELD, RATIONALE, consulted=APPEALS_MD), SPECIALIST)
    assert {i.person_id for i in appeal.state.involved} >= {"denier", "nurse", "specialist", "appeals-md"}


def test_a_barred_person_is_not_even_given_an_appeal() -> None:
    assert an_appeal(MA).refuses(AssignDecider(DENIER), SPECIALIST) == "involved"


@pytest.mark.parametrize("person", [DENIER, UNDER_DENIER, SPECIALIST], ids=lambda person: person.person_id)
def test_a_decision_by_a_person_who_may_not_decide_cannot_be_built(person: StaffMember) -> None:
    with pytest.raises(BarredDeciderError, match=r"involved|subordinate|role-may-not"):
        AppealDecision(person, bench(MCD), UPHELD, RATIONALE, FILED, FILED.date())


def test_a_decision_without_reasons_cannot_be_built() -> None:
    with pytest.raises(BarredDeciderError, match="rationale"):
        AppealDecision(APPEALS_MD, bench(MCD), UPHELD, "no", FILED, FILED.date())


def test_a_peer_signs_as_a_peer() -> None:
    signature = AppealDecision(PEER, bench(EP), UPHELD, RATIONALE, FILED, FILED.date()).signature()
    assert signature is not None
    assert signature.role == "clinical-peer"


def test_refusals_never_name_who_else_took_part() -> None:
    refusal = bench(MCD, involved=(Involved("SYN-SECRET", "signed the denial"),)).refusal(
        replace(SECOND_MD, reports_to="SYN-SECRET"), FILED.date()
    )
    assert refusal is not None
    assert "SYN-SECRET" not in refusal.words


def test_a_license_of_any_state_does_where_none_is_named() -> None:
    anywhere = LicenseNeeded(frozenset(), frozenset({"radiology"}), frozenset({"physician"}))
    assert bench(MA, license_needed=anywhere).refusal(APPEALS_MD, FILED.date()) is None
