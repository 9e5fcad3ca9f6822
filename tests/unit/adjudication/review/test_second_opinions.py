"""A second opinion is waited for by who asked for it, and by no other person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from adjudication.model.vocabulary import LineNumber
from adjudication.people import Refusal, Role, StaffMember
from adjudication.review.assignment_actions import RequestSecondOpinion, Take, WithdrawSecondOpinion
from adjudication.review.case import Action, Case, Done, fold
from adjudication.review.permissions import permit
from adjudication.review.second_opinions import BINDS_FOR
from tests.builders.reviews import (
    NEW_YORK,
    NOW,
    NURSE,
    ONE,
    PHYSICIAN,
    a_case,
    a_license,
    a_pend,
    a_person,
    code_of,
    denies,
    passes,
    recommends,
    rules,
)

TWO = LineNumber(2)
NEUROLOGIST = a_person("neurologist", Role.PHYSICIAN, licenses=(a_license("NY", "neurology"),))
RADIOLOGIST = a_person("radiologist", Role.PHYSICIAN)
ASKED = RequestSecondOpinion("neurology", "Is this the accepted use?")
LATER = NOW + timedelta(hours=1)


def ask(case: Case, action: Action, person: StaffMember, at: datetime = LATER, *others: StaffMember) -> Done | Refusal:
    people = (PHYSICIAN, NEUROLOGIST, RADIOLOGIST, NURSE, *others)
    known = replace(rules(), licenses={each.person_id: each.licenses for each in people})
    return permit(case, action, person, at, known, NEW_YORK)


def did(
    case: Case, *steps: tuple[Action, StaffMember], at: datetime = LATER, others: tuple[StaffMember, ...] = ()
) -> Case:
    for action, person in steps:
        answer = ask(case, action, person, at, *others)
        assert isinstance(answer, Done), answer
        case = fold(case, [answer])
    return case


def asked(question: RequestSecondOpinion = ASKED, case: Case | None = None) -> Case:
    return did(case or a_case(a_pend(), a_pend(line=2)), (Take(), PHYSICIAN), (question, PHYSICIAN))


def decides(case: Case, line: LineNumber = ONE, person: StaffMember = PHYSICIAN, at: datetime = LATER) -> str:
    """What becomes of a denial by a person who takes the claim for it; of an approval the same."""
    held = did(replace(case, assignment=None), (Take(), person), at=at)
    denied, passed = (ask(held, action, person, at) for action in (denies(line=line), passes(line=line)))
    assert code_of(denied) == code_of(passed)
    return code_of(denied)


def test_who_asked_a_colleague_does_not_decide_before_the_colleague_spoke() -> None:
    case = asked()
    assert decides(case) == decides(case, TWO) == "second-opinion"
    case = did(case, (Take(), NEUROLOGIST), (recommends(), NEUROLOGIST))
    assert decides(case) == "ok"
    assert decides(case, TWO) == "second-opinion", "no person spoke about line 2"


def test_every_other_person_may_decide_meanwhile() -> None:
    assert decides(asked(), person=NEUROLOGIST) == "ok"
    assert decides(asked(), person=RADIOLOGIST) == "ok"


def test_a_question_about_one_line_leaves_the_other_free() -> None:
    case = asked(replace(ASKED, line=ONE))
    assert (decides(case), decides(case, TWO)) == ("second-opinion", "ok")


@pytest.mark.parametrize(
    "colleague",
    [
        RADIOLOGIST,
        a_person("lapsed", Role.PHYSICIAN, licenses=(a_license("NY", "neurology", ends=date(2025, 9, 1)),)),
        a_person("restricted", Role.PHYSICIAN, licenses=(a_license("NY", "neurology", restricted=True),)),
        NURSE,
    ],
    ids=lambda person: str(person.person_id),
)
def test_a_colleague_without_the_expertise_wanted_answers_nothing(colleague: StaffMember) -> None:
    spoken = Done(recommends(), colleague.person_id, Role.PHYSICIAN, LATER)
    assert decides(fold(asked(), [spoken])) == "second-opinion"


def test_who_asked_does_not_answer_themselves() -> None:
    """Their own recommendation would bar them besides; a third person's is what counts."""
    myself = a_person("physician", Role.PHYSICIAN, licenses=(a_license("NY", "neurology"),))
    case = fold(asked(), [Done(recommends(line=TWO), myself.person_id, Role.PHYSICIAN, LATER)])
    assert decides(case, ONE) == "second-opinion"


def test_what_was_said_before_the_question_is_no_answer_to_it() -> None:
    case = did(a_case(a_pend(), a_pend(line=2)), (Take(), NEUROLOGIST), (recommends(), NEUROLOGIST))
    assert decides(asked(case=replace(case, assignment=None))) == "second-opinion"


def test_a_question_no_person_answers_ends_by_itself() -> None:
    moment = timedelta(microseconds=1)
    assert decides(asked(), at=LATER + BINDS_FOR - moment) == "second-opinion"
    assert decides(asked(), at=LATER + BINDS_FOR) == "ok"


def test_who_asked_takes_the_question_back_without_holding_the_claim_and_no_other_person_does() -> None:
    case = asked()
    assert code_of(ask(case, WithdrawSecondOpinion(), NEUROLOGIST)) == "no-opinion-asked"
    back = did(case, (WithdrawSecondOpinion(), PHYSICIAN))
    assert (back.opinions, back.queue, back.opinion_wanted) == ((), None, None)
    assert decides(back) == "ok"
    assert code_of(ask(back, WithdrawSecondOpinion(), PHYSICIAN)) == "no-opinion-asked"


def test_a_nurse_who_takes_her_question_back_has_the_claim_in_her_queue_again() -> None:
    case = did(a_case(), (Take(), NURSE), (ASKED, NURSE))
    assert code_of(ask(case, Take(), NURSE)) == "not-your-queue"
    assert code_of(ask(did(case, (WithdrawSecondOpinion(), NURSE)), Take(), NURSE)) == "ok"


def test_two_questions_are_taken_back_one_by_one() -> None:
    case = did(asked(replace(ASKED, line=ONE)), (Take(), PHYSICIAN), (replace(ASKED, line=TWO), PHYSICIAN))
    case = did(case, (WithdrawSecondOpinion(ONE), PHYSICIAN))
    assert (decides(case), decides(case, TWO)) == ("ok", "second-opinion")


def test_an_expertise_no_person_signs_with_is_refused_with_those_there_are() -> None:
    held = did(a_case(), (Take(), PHYSICIAN))
    answer = ask(held, RequestSecondOpinion("astrology", "Is this written in the stars?"), PHYSICIAN)
    assert isinstance(answer, Refusal)
    assert answer.code == "expertise"
    assert "neurology" in answer.words


def test_the_refusal_says_who_decides_when_and_names_no_person() -> None:
    answer = ask(did(asked(), (Take(), PHYSICIAN)), denies(), PHYSICIAN)
    assert isinstance(answer, Refusal)
    assert answer.words == (
        "you asked a colleague in neurology about this; until one has recommended, another clinician decides "
        "it. You may withdraw the request; it ends by itself on 2025-09-08 15:00 UTC"
    )
