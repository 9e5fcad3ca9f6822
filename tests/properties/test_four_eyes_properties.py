"""Whatever people with whatever roles do to a claim in whatever order: no person judges before release what they made."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from adjudication.model import outcomes
from adjudication.model.claim import SupportingFact
from adjudication.model.determination import Pend
from adjudication.model.other_payers import PayerAdjudication
from adjudication.model.vocabulary import OutcomeCode, PendCode
from adjudication.people import Role, StaffMember
from adjudication.prerelease_holds.returns import ErrorClass
from adjudication.review.assignment_actions import Take
from adjudication.review.case import Action, Case, Done, fold
from adjudication.review.decision_actions import Decide, Recommend, SendBack
from adjudication.review.evidence_actions import Correct, RecordAdjudication, RecordFacts
from adjudication.review.settlements import Resolution
from tests.builders.reviews import NOW, ONE, RATIONALE, a_pend, a_person, ask

EVERYTHING = tuple(Role)
PEOPLE = (
    a_person("anything", *EVERYTHING),
    a_person("anything-too", *EVERYTHING),
    a_person("nurse-and-quality", Role.NURSE, Role.QUALITY),
    a_person("supervisor-and-quality", Role.SUPERVISOR, Role.QUALITY, Role.EXAMINER),
)
MARK = "48c81aab00d479d4"


def held(code: str, outcome: str, about: str) -> Pend:
    pend = a_pend(code, OutcomeCode(outcome), 0)
    return Pend(PendCode(code), pend.outcome, None, pend.owner, 2, pend.due_at, about)


PENDS = (
    a_pend(),
    held("P-HIGH$", outcomes.ABOVE_AUTHORITY, "810.50"),
    held("P-QA", outcomes.SAMPLED, MARK),
)
ACTIONS: tuple[Action, ...] = (
    Decide(ONE, outcomes.NECESSITY_CRITERIA_NOT_MET, Resolution.PASSES, RATIONALE),
    Decide(None, outcomes.ABOVE_AUTHORITY, Resolution.PASSES, RATIONALE, about="810.50"),
    Decide(None, outcomes.SAMPLED, Resolution.PASSES, RATIONALE, about=MARK),
    SendBack(outcomes.SAMPLED, MARK, ErrorClass.CLOCK, RATIONALE),
    SendBack(outcomes.ABOVE_AUTHORITY, "810.50", ErrorClass.FINANCIAL, RATIONALE),
    RecordFacts((SupportingFact("redflag.cauda_equina", value=False, source="SYN-EHR", recorded_on=NOW.date()),)),
    Recommend(ONE, outcomes.NECESSITY_CRITERIA_NOT_MET, Resolution.PASSES, RATIONALE),
    Correct("place-of-service", "22"),
    RecordAdjudication(PayerAdjudication("SYN-PAYER", NOW.date(), Decimal(0))),
)


@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ACTIONS)), max_size=12))
def test_no_person_judges_what_they_made_nor_does_both_looks(tried: list[tuple[StaffMember, Action]]) -> None:
    case, now = Case(PENDS), NOW
    for person, action in tried:
        now += timedelta(minutes=31)
        for each in (Take(), action):
            answer = ask(case, each, person, now)
            case = fold(case, [answer]) if isinstance(answer, Done) else case
    made, looked = case.shaped_by, [who for who, _ in case.checked_by]
    assert not made & set(looked)
    assert len(looked) == len(set(looked)), "no person did both looks"
