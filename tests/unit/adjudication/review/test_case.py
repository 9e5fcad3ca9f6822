"""The life of a waiting claim, folded from what was done to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adjudication.model import outcomes
from adjudication.model.determination import Pend
from adjudication.model.vocabulary import LineNumber
from adjudication.people import Role
from adjudication.review.assignment_actions import GiveBack, HandOver, RecordPeerToPeer, RequestSecondOpinion, Take
from adjudication.review.case import ASSIGNED_FOR, Case, Done, fold, may_work_on
from adjudication.review.evidence_actions import RequestDocuments
from tests.builders.reviews import (
    CODER,
    EXAMINER,
    NOW,
    NURSE,
    ONE,
    PEER,
    PHYSICIAN,
    PRICER,
    SUPERVISOR,
    a_case,
    a_pend,
    ask,
    code_of,
    denies,
    done,
    passes,
    recommends,
    rules,
    taken,
)

TWO = LineNumber(2)
ALL_STAFF = (NURSE, PHYSICIAN, PEER, CODER, EXAMINER, PRICER, SUPERVISOR)


def works_on(case: Case) -> set[str]:
    return {person.person_id for person in ALL_STAFF if may_work_on(case, person, rules())}


def test_a_claim_taken_is_held_for_half_an_hour_and_one_released_by_no_person() -> None:
    case = taken(a_case(), NURSE)
    assert case.assignment is not None
    assert case.assignment.until == NOW + ASSIGNED_FOR == NOW + timedelta(minutes=30)
    assert done(case, (GiveBack(), NURSE)).assignment is None


def test_a_claim_goes_to_the_owners_of_what_it_waits_for_and_to_who_may_settle_it() -> None:
    assert works_on(a_case()) == {"SYN-nurse", "SYN-physician", "SYN-peer", "SYN-supervisor"}
    price = a_pend("P-PRICE", outcomes.MANUAL_PRICING)
    assert works_on(a_case(price)) == {"SYN-pricer", "SYN-supervisor"}
    assert works_on(a_case(price, a_pend(line=2))) >= {"SYN-pricer", "SYN-nurse"}


def test_a_claim_handed_over_goes_to_that_queue_only() -> None:
    case = done(taken(a_case(), NURSE), (HandOver("coder", None, "a coding question"), NURSE))
    assert (case.assignment, case.queue) == (None, Role.CODER)
    assert works_on(case) == {"SYN-coder", "SYN-supervisor"}


def test_a_claim_handed_to_a_person_is_held_by_them() -> None:
    case = done(taken(a_case(), NURSE), (HandOver("physician", "SYN-physician", "expected adverse"), NURSE))
    assert case.assignment is not None
    assert case.assignment.is_to("SYN-physician", NOW)
    assert code_of(ask(case, denies(), PHYSICIAN)) == "ok"
    assert code_of(ask(case, passes(), NURSE)) == "not-your-queue"


def test_a_recommendation_goes_to_whoever_may_sign_it() -> None:
    case = done(taken(a_case(), NURSE), (recommends(), NURSE))
    assert case.assignment is None
    assert works_on(case) == {"SYN-physician", "SYN-peer", "SYN-supervisor"}


def test_a_nurse_decides_every_clinical_line_before_the_claim_continues() -> None:
    price = a_pend("P-PRICE", outcomes.MANUAL_PRICING, 3)
    pends = (a_pend(), a_pend("P-CLIN-MD", outcomes.EXPERIMENTAL, line=2), price)
    case = done(taken(a_case(*pends), NURSE), (recommends(), NURSE))
    assert code_of(ask(case, GiveBack(), NURSE)) == "ok", "she still holds it"
    case = done(case, (recommends(outcomes.EXPERIMENTAL, TWO), NURSE))
    assert case.assignment is None
    assert works_on(case) == {"SYN-physician", "SYN-peer", "SYN-pricer", "SYN-supervisor"}


@pytest.mark.parametrize(
    ("pend", "owners"),
    [
        (a_pend("P-PRICE", outcomes.MANUAL_PRICING), {"SYN-pricer"}),
        (a_pend("P-EDIT-OVR", outcomes.UNITS_REVIEWABLE), {"SYN-physician", "SYN-peer", "SYN-coder"}),
        (a_pend("P-EDIT-OVR", outcomes.UNLISTED_REVIEW), {"SYN-coder"}),
        (a_pend("P-DOC", outcomes.NECESSITY_FACTS_MISSING), {"SYN-physician", "SYN-peer", "SYN-examiner"}),
        (a_pend("P-CHAIN", outcomes.REPLACEMENT_CHAIN, 0), {"SYN-examiner"}),
        (a_pend("P-CLIN-MD", outcomes.EXPERIMENTAL), {"SYN-physician", "SYN-peer"}),
    ],
    ids=lambda given: given.code if isinstance(given, Pend) else "",
)
def test_a_recommended_claim_that_waits_for_something_new_by_now_is_in_the_queue_of_who_can_act(
    pend: Pend, owners: set[str]
) -> None:
    """Records arrive, it is tried again, and the question that was recommended upon is gone: it waits for a price."""
    recommended = done(taken(a_case(), NURSE), (recommends(), NURSE))
    by_now = replace(recommended, pends=(pend,))
    assert works_on(by_now) - {"SYN-physician", "SYN-peer", "SYN-supervisor"} == owners - {"SYN-physician", "SYN-peer"}
    assert owners <= works_on(by_now)


def test_what_is_left_after_a_decision_goes_to_its_owners() -> None:
    """Otherwise the line that waits for a price would stay in the physicians' queue, where no person may price it."""
    case = a_case(a_pend(), a_pend("P-PRICE", outcomes.MANUAL_PRICING, 2))
    case = done(case, (Take(), NURSE), (recommends(), NURSE), (Take(), PHYSICIAN), (denies(), PHYSICIAN))
    assert works_on(case) == {"SYN-pricer", "SYN-supervisor"}


def test_split_lines_are_settled_one_by_one() -> None:
    case = done(a_case(a_pend(), a_pend(line=2)), (Take(), PHYSICIAN), (denies(), PHYSICIAN))
    assert [pend.line for pend in case.pends] == [TWO]
    assert case.pend(ONE, outcomes.NECESSITY_CRITERIA_NOT_MET) is None
    case = done(case, (passes(line=TWO), PHYSICIAN))
    assert case.pends == ()
    assert code_of(ask(case, GiveBack(), PHYSICIAN)) == "ok", "whoever holds it gives it back, whatever is left"
    assert code_of(ask(case, RequestDocuments(("order",)), PHYSICIAN)) == "not-your-queue"


def test_a_second_opinion_sends_the_claim_back_with_the_expertise_wanted() -> None:
    case = done(taken(a_case(), PHYSICIAN), (RequestSecondOpinion("neurology", "Is this accepted use?"), PHYSICIAN))
    assert (case.assignment, case.queue, case.opinion_wanted) == (None, Role.PHYSICIAN, "neurology")


def test_who_took_part_is_remembered() -> None:
    case = taken(a_case(), NURSE)
    case = done(case, (RequestDocuments(("order",)), NURSE), (RecordPeerToPeer(held=False, note="no answer"), NURSE))
    assert set(case.participants) == {"SYN-nurse"}


def test_a_folded_history_is_the_case_that_was_acted_on() -> None:
    steps = [
        Done(Take(), "SYN-nurse", Role.NURSE, NOW),
        Done(recommends(), "SYN-nurse", Role.NURSE, NOW),
        Done(Take(), "SYN-physician", Role.PHYSICIAN, NOW),
    ]
    case = fold(a_case(), steps)
    assert case == done(a_case(), (Take(), NURSE), (recommends(), NURSE), (Take(), PHYSICIAN))
