"""Who may sign an adverse clinical decision, and which license is missing when they may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.model.vocabulary import PlanId
from adjudication.people import SIGNING, License, LicenseNeeded, Refusal, Role, SigningRules, signing_license
from tests.builders.reviews import NEW_YORK, NURSE, PHYSICIAN, PHYSICIANS, a_license, a_person

TODAY = date(2025, 9, 3)


def refusal(*licenses: License, needed: LicenseNeeded = NEW_YORK) -> str:
    answer = signing_license(a_person("md", Role.PHYSICIAN, licenses=licenses), needed, TODAY)
    assert isinstance(answer, Refusal)
    return answer.code


def test_a_physician_with_a_fitting_license_signs_with_it() -> None:
    assert signing_license(PHYSICIAN, NEW_YORK, TODAY) is PHYSICIAN.licenses[0]


@pytest.mark.parametrize("role", sorted(set(Role) - SIGNING))
def test_no_other_role_signs_whatever_license_it_holds(role: Role) -> None:
    answer = signing_license(a_person("reviewer", role), NEW_YORK, TODAY)
    assert isinstance(answer, Refusal)
    assert answer.code == "role-may-not-deny"


def test_a_nurse_learns_what_she_may_do_instead() -> None:
    answer = signing_license(NURSE, NEW_YORK, TODAY)
    assert isinstance(answer, Refusal)
    assert "you may approve, or recommend a denial" in answer.words


def test_each_thing_missing_is_shown_in_the_order_in_which_it_would_be_corrected() -> None:
    expired = a_license("NJ", "dermatology", ends=date(2025, 1, 1), restricted=True)
    restricted = a_license("NJ", "dermatology", restricted=True)
    elsewhere = a_license("NJ", "dermatology")
    other_field = a_license("NY", "dermatology")
    nurses = a_license("NJ", "dermatology", profession="registered nurse", ends=date(2025, 1, 1), restricted=True)
    assert refusal() == "no-license"
    assert refusal(nurses) == "license-profession"
    assert refusal(nurses, expired) == "license-expired"
    assert refusal(expired) == "license-expired"
    assert refusal(expired, restricted) == "license-restricted"
    assert refusal(expired, restricted, elsewhere) == "license-state"
    assert refusal(expired, restricted, elsewhere, other_field) == "license-expertise"


@pytest.mark.parametrize("profession", ["registered nurse", "chiropractor", "physician assistant"])
def test_a_license_of_another_profession_does_not_sign_whatever_role_its_holder_was_given(profession: str) -> None:
    for role in SIGNING:
        person = a_person("nurse", role, licenses=(a_license(profession=profession),))
        answer = signing_license(person, NEW_YORK, TODAY)
        assert isinstance(answer, Refusal)
        assert answer.code == "license-profession"
        assert "osteopathic physician or physician" in answer.words


def test_an_osteopathic_physician_signs_and_capitals_are_no_other_profession() -> None:
    for profession in ("osteopathic physician", "Physician"):
        license = a_license(profession=profession)
        assert signing_license(a_person("do", Role.PHYSICIAN, licenses=(license,)), NEW_YORK, TODAY) is license


def test_one_fitting_license_among_others_is_enough() -> None:
    fitting = a_license("NY", "neurology")
    person = a_person("md", Role.PHYSICIAN, licenses=(a_license("NJ"), a_license(ends=TODAY), fitting))
    assert signing_license(person, NEW_YORK, TODAY) is fitting


def test_state_and_expertise_must_be_of_one_license() -> None:
    assert refusal(a_license("NJ", "radiology"), a_license("NY", "dermatology")) == "license-expertise"


@pytest.mark.parametrize(
    ("starts", "ends", "holds"),
    [
        (date(2020, 1, 1), TODAY, False),
        (date(2020, 1, 1), date(2025, 9, 4), True),
        (TODAY, None, True),
        (date(2025, 9, 4), None, False),
    ],
    ids=["ends today", "ends tomorrow", "begins today", "begins tomorrow"],
)
def test_a_license_is_held_against_the_day_of_signing(starts: date, ends: date | None, *, holds: bool) -> None:
    person = a_person("md", Role.PHYSICIAN, licenses=(a_license(starts=starts, ends=ends),))
    assert isinstance(signing_license(person, NEW_YORK, TODAY), License) == holds


def test_a_plan_that_names_no_state_takes_a_license_of_any() -> None:
    person = a_person("md", Role.PHYSICIAN, licenses=(a_license("OH"),))
    anywhere = replace(NEW_YORK, states=frozenset())
    assert signing_license(person, anywhere, TODAY) is person.licenses[0]


def test_the_states_needed_are_those_of_the_plans_in_question() -> None:
    states = {PlanId("SYN-NY"): frozenset({"NY"}), PlanId("SYN-OH"): frozenset({"OH"})}
    signing = SigningRules(frozenset({"radiology"}), PHYSICIANS, states)
    assert signing.needed([PlanId("SYN-NY"), PlanId("SYN-ANY")]).states == {"NY"}
    assert signing.needed([PlanId("SYN-ANY")]).states == frozenset()
