"""Which policy speaks for spectroscopy, plan by plan: order of authorities, both legs of a dual plan, gaps in time."""

from __future__ import annotations

from datetime import date

import pytest

from adjudication.policy.catalog import NOT_SEARCHED, LegRuling
from adjudication.policy.evidence import Evidence, Service, ServiceHistory, Subject
from adjudication.policy.verdict import Result
from rulebook.library import default_policies_dir, load_library

CATALOG = load_library(default_policies_dir(), with_drafts=True).medical.catalog
SERVICE = date(2025, 12, 1)
DECIDED = date(2026, 2, 1)
NEW_YORK = ("ny-commercial", "ny-medicaid", "ny-medicare", "ny-dual-snp")
NOTHING: frozenset[str] = frozenset()


def legs_of(
    order: str,
    code: str = "0609T",
    service: date = SERVICE,
    facts: Evidence | None = None,
    excluded: frozenset[str] = NOTHING,
    decided: date = DECIDED,
) -> tuple[LegRuling, ...]:
    subject = Subject(code, service, service, diagnoses=("M51.360",), place_of_service="22", age_years=50)
    return CATALOG.rule(CATALOG.precedences[order], subject, facts or Evidence(), decided, excluded)


def only_leg(order: str, code: str = "0609T", service: date = SERVICE, facts: Evidence | None = None) -> LegRuling:
    (leg,) = legs_of(order, code, service, facts)
    return leg


def policy_of(leg: LegRuling) -> str:
    assert leg.program is not None
    return leg.program.version.policy


def missing_policy(leg: LegRuling) -> tuple[str, str]:
    assert leg.missing is not None
    return leg.missing.policy, leg.missing.why


def test_one_line_is_named_differently_by_each_policy() -> None:
    lacks = Evidence({"mrs.lacks_evidence": True})
    assert only_leg("ny-commercial").name == "experimental"
    assert only_leg("ma-northwest", facts=lacks).name == "not-reasonable-and-necessary"
    assert only_leg("ohio-medicaid").name == "not-medically-necessary"


@pytest.mark.parametrize("code", ["0609T", "0610T", "0611T", "0612T", "76390"])
@pytest.mark.parametrize("order", [*NEW_YORK, "ma-northwest"])
def test_the_guideline_is_not_asked_about_spectroscopy_where_the_plan_has_a_policy(order: str, code: str) -> None:
    legs = legs_of(order, code)
    assert {leg.authority for leg in legs} == {"plan-policy"}
    assert {policy_of(leg) for leg in legs} <= {"hudson-6.01.03", "ma-mrs"}


@pytest.mark.parametrize(
    ("order", "code"), [*((order, "72148") for order in (*NEW_YORK, "ohio-medicaid")), ("ma-northwest", "72141")]
)
def test_the_guideline_speaks_for_spine_mri_where_no_determination_does(order: str, code: str) -> None:
    assert {policy_of(leg) for leg in legs_of(order, code)} == {"spine-imaging-guideline"}


@pytest.mark.parametrize("code", ["72148", "72149", "72158"])
def test_the_local_determination_on_lumbar_mri_comes_before_the_guideline(code: str) -> None:
    """L37281, in force since 2018-08-27 in the territory of the northwest plan; its text is not loaded."""
    assert missing_policy(only_leg("ma-northwest", code))[0] == "lcd-l37281"


@pytest.mark.parametrize("order", ["ma-northwest", "ny-medicare", "ny-medicaid", "ny-dual-snp"])
def test_a_search_for_spectroscopy_says_nothing_of_angiography(order: str) -> None:
    leg = legs_of(order, "72159")[0]
    assert (leg.name, leg.program, leg.unfavorable) == (NOT_SEARCHED, None, False)


@pytest.mark.parametrize("order", ["ny-commercial"])
def test_a_commercial_plan_asks_no_public_authority(order: str) -> None:
    assert policy_of(only_leg(order, "72159")) == "spine-imaging-guideline"


def test_the_medicare_advantage_line_is_referred_to_a_policy_that_is_not_held() -> None:
    leg = only_leg("ma-northwest")
    assert leg.ruling is not None
    assert leg.ruling.result is Result.REFERRED
    assert leg.ruling.rule is not None
    assert leg.ruling.rule.refers_to == "radiology-27"
    assert not leg.unfavorable


def test_a_contract_exclusion_is_asked_before_every_policy() -> None:
    (leg,) = legs_of("ny-commercial", excluded=frozenset({"0609T"}))
    assert leg.excluded
    assert leg.ruling is None


def test_a_dual_plan_asks_medicaid_when_the_medicare_side_calls_it_experimental() -> None:
    medicare, medicaid = legs_of("ny-dual-snp")
    assert (medicare.leg, medicare.name) == ("medicare", "experimental")
    assert (medicaid.leg, medicaid.name) == ("medicaid", "experimental")


def test_a_dual_plan_asks_medicaid_when_the_medicare_contract_excludes() -> None:
    medicare, medicaid = legs_of("ny-dual-snp", excluded=frozenset({"0609T"}))
    assert medicare.name == "not-a-benefit"
    assert medicaid.name == "experimental"


def test_a_dual_plan_waits_for_documents_before_it_asks_medicaid() -> None:
    (medicare,) = legs_of("ny-dual-snp", "76390")
    assert medicare.name == "documents"


@pytest.mark.parametrize(
    ("service", "why"),
    [
        (date(2001, 10, 17), "no version was in force"),
        (date(2001, 10, 18), "is not held"),
        (date(2010, 5, 26), "is not held"),
        (date(2010, 5, 27), "no version was in force"),
        (date(2010, 11, 17), "no version was in force"),
        (date(2010, 11, 18), "is not held"),
        (date(2025, 3, 16), "is not held"),
    ],
)
def test_days_without_a_policy_are_distinguished_from_days_whose_text_is_not_held(service: date, why: str) -> None:
    policy, shown = missing_policy(only_leg("ny-commercial", "76390", service))
    assert policy == "hudson-6.01.03"
    assert why in shown


def test_the_first_day_of_the_version_held_is_decided_by_it() -> None:
    assert policy_of(only_leg("ny-commercial", "76390", date(2025, 3, 17))) == "hudson-6.01.03"


def test_before_2021_a_medicare_line_waits_for_the_national_determination() -> None:
    last = date(2020, 12, 31)
    for leg in (only_leg("ny-medicare", service=last), only_leg("ma-northwest", service=last)):
        assert leg.authority == "ncd"
        assert missing_policy(leg)[0] == "ncd-220-2-1"


def test_from_2021_on_the_withdrawn_national_determination_is_passed_over() -> None:
    first = date(2021, 1, 1)
    assert missing_policy(only_leg("ny-medicare", service=first))[0] == "hudson-6.01.03"
    assert missing_policy(only_leg("ma-northwest", service=first))[0] == "ma-mrs"


def test_medicaid_and_commercial_lines_never_ask_a_national_medicare_determination() -> None:
    for order in ("ny-commercial", "ny-medicaid"):
        assert missing_policy(only_leg(order, service=date(2020, 12, 31)))[0] == "hudson-6.01.03"


def test_a_decision_before_publication_does_not_see_the_version() -> None:
    (leg,) = legs_of("ny-commercial", service=date(2025, 3, 17), decided=date(2025, 3, 16))
    assert "after the decision date" in missing_policy(leg)[1]


def test_both_policies_are_overdue_for_review_and_still_decide() -> None:
    """X-23: a banner and a task, not a denial."""
    for order in ("ny-commercial", "ma-northwest"):
        program = only_leg(order).program
        assert program is not None
        assert program.version.stale(DECIDED)
        assert not program.version.stale(program.version.published_on)


PETS = ["78608", "78609", "78811", "78812", "78813", "78814", "78815", "78816"]


def pet_leg(code: str, *before: Service, service: date = date(2026, 12, 15), **facts: bool) -> LegRuling:
    """The leg of a PET study decided after the version that speaks of it was published."""
    subject = Subject(code, service, service, history=ServiceHistory(before), age_years=50)
    evidence = Evidence({name.replace("__", "."): value for name, value in facts.items()})
    precedence = CATALOG.precedences["ny-commercial"]
    (leg,) = CATALOG.rule(precedence, subject, evidence, date(2027, 1, 5), NOTHING)
    return leg


@pytest.mark.parametrize("code", PETS)
def test_a_pet_after_spectroscopy_is_asked_about_and_any_other_is_left_to_the_next_authority(code: str) -> None:
    """Policy 6.01.03, L36: PET or MRS, not both. Of PET it says nothing else, so it takes no PET from the guideline."""
    spectroscopy = Service("76390", date(2026, 12, 1))
    assert policy_of(pet_leg(code, spectroscopy)) == "hudson-6.01.03"
    judged = pet_leg(code, spectroscopy, pet__same_question_as_mrs=True)
    assert (judged.name, judged.unfavorable) == ("not-medically-necessary", True)
    others = (
        pet_leg(code),
        pet_leg(code, spectroscopy, pet__same_question_as_mrs=False),
        pet_leg(code, Service("76390", date(2026, 9, 1))),
        pet_leg(code, Service("76390", date(2026, 12, 16))),
        pet_leg(code, spectroscopy, service=date(2015, 6, 1)),  # no version of 6.01.03 speaks of PET on that day
    )
    found = {None if leg.program is None else policy_of(leg) for leg in others}
    assert found <= {"spine-imaging-guideline", None}
    assert {leg.missing and leg.missing.policy for leg in others} <= {None, "spine-imaging-guideline"}
