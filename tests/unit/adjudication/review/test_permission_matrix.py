"""Who may do what, as tables that a claims examiner can read. Every person in them has the claim assigned and a valid license."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import SupportingFact
from adjudication.model.vocabulary import OutcomeCode
from adjudication.people import Role
from adjudication.review.assignment_actions import (
    GiveBack,
    HandOver,
    RecordPeerToPeer,
    RequestSecondOpinion,
    SchedulePeerToPeer,
    Take,
)
from adjudication.review.case import Action
from adjudication.review.decision_actions import Decide
from adjudication.review.evidence_actions import Correct, RecordFacts, RequestDocuments
from adjudication.review.settlements import Resolution
from tests.builders.reviews import (
    NOW,
    ONE,
    RATIONALE,
    a_case,
    a_pend,
    a_person,
    ask,
    code_of,
    denies,
    passes,
    recommends,
    rules,
)

FACT = SupportingFact("conservative.weeks", Decimal(6), "SYN-EHR", date(2025, 9, 3))
ACTIONS: dict[str, Action] = {
    "take": Take(),
    "release": GiveBack(),
    "hand over": HandOver("coder", None, "a coding question"),
    "documents": RequestDocuments(("imaging-report",)),
    "facts": RecordFacts((FACT,)),
    "recommend": recommends(),
    "approve": passes(),
    "deny": denies(),
    "opinion": RequestSecondOpinion("neurology", "Is this the accepted indication?"),
    "call": SchedulePeerToPeer(NOW + timedelta(hours=1)),
    "called": RecordPeerToPeer(held=True, note="spoke"),
    "correct": Correct("place-of-service", "22"),
}

# A line waits because criteria are not met (P-CLIN-N). x: may. r: refused, since the role may not. c: clinicians only.
# -: it is not this role's claim at all.
CLINICAL_CLAIM = """
                    take release handover documents facts recommend approve deny opinion call called correct
nurse               x    x       x        x         x     x         x       r    x       x    x      r
physician           x    x       x        x         x     x         x       x    x       x    x      r
clinical-peer       x    x       x        x         x     x         x       x    x       x    x      r
supervisor          x    x       x        x         c     c         r       r    c       c    c      r
appeals-physician   -    x       -        -         -     -         -       -    -       -    -      -
appeals-specialist  -    x       -        -         -     -         -       -    -       -    -      -
examiner            -    x       -        -         -     -         -       -    -       -    -      -
coder               -    x       -        -         -     -         -       -    -       -    -      -
intake-clerk        -    x       -        -         -     -         -       -    -       -    -      -
pricing             -    x       -        -         -     -         -       -    -       -    -      -
cob-unit            -    x       -        -         -     -         -       -    -       -    -      -
siu                 -    x       -        -         -     -         -       -    -       -    -      -
qa                  -    x       -        -         -     -         -       -    -       -    -      -
policy-owner        -    x       -        -         -     -         -       -    -       -    -      -
medical-director    -    x       -        -         -     -         -       -    -       -    -      -
ops                 -    x       -        -         -     -         -       -    -       -    -      -
enrolment           -    x       -        -         -     -         -       -    -       -    -      -
provider-data       -    x       -        -         -     -         -       -    -       -    -      -
um-intake           -    x       -        -         -     -         -       -    -       -    -      -
member-services     -    x       -        -         -     -         -       -    -       -    -      -
provider-services   -    x       -        -         -     -         -       -    -       -    -      -
"""
MEANING = {"x": "ok", "r": "role-may-not", "c": "clinical-only", "-": "not-your-queue"}
_LINES = [line.split() for line in CLINICAL_CLAIM.strip().splitlines()]
CELLS = [
    (Role(role), name, MEANING[cell]) for role, *cells in _LINES[1:] for name, cell in zip(ACTIONS, cells, strict=True)
]


@pytest.mark.parametrize(("role", "action", "answer"), CELLS, ids=[f"{r}-{a}" for r, a, _ in CELLS])
def test_who_may_do_what_with_a_clinical_question(role: Role, action: str, answer: str) -> None:
    person = a_person("reviewer", role)
    assert code_of(ask(a_case(held_by=person), ACTIONS[action], person)) == answer


def test_the_table_is_whole() -> None:
    assert {role for role, _, _ in CELLS} == set(Role)
    assert len(_LINES[0]) == len(ACTIONS)


# How each pend may be settled, and by whom: it passes, it is denied. An empty cell: by no person, an event releases it.
SETTLED_BY = """
P-SYS       | system.step_failed           |                              |
P-ELIG      | eligibility.member_unknown   |                              | enrolment
P-PERSON    | edits.patient_unclear        | enrolment                    | enrolment
P-COB       | eligibility.member_unknown   | cob-unit                     | cob-unit
P-PROV      | provider.not_on_roster       | provider-data                |
P-FILING    | filing.late                  | examiner                     | examiner
P-CHAIN     | intake.replacement_chain     |                              |
P-DOC       | necessity.facts_missing      | nurse physician clinical-peer| physician clinical-peer
P-AUTH      | authorization.other_service  | um-intake examiner           | um-intake examiner
P-FAM       | edits.family_waiting         | coder examiner               |
P-EDIT-OVR  | edits.unlisted_review        | coder                        | coder
P-EDIT-OVR  | edits.units_reviewable       | coder                        | physician clinical-peer
P-CLIN-N    | necessity.criteria_not_met   | nurse physician clinical-peer| physician clinical-peer
P-CLIN-MD   | necessity.experimental       | nurse physician clinical-peer| physician clinical-peer
P-POLICY    | necessity.no_policy_in_force | physician clinical-peer      | physician clinical-peer
P-PRICE     | pricing.manual               |                              |
P-HIGH$     | pricing.above_authority      | supervisor                   |
P-QA        | quality.sampled              | qa                           |
P-BACK      | quality.sent_back            | examiner nurse physician clinical-peer | physician clinical-peer
P-SIU       | provider.under_investigation | siu                          |
"""
_ROWS = [[cell.strip() for cell in row.split("|")] for row in SETTLED_BY.strip().splitlines()]


def who(pend: str, outcome: str, resolution: Resolution) -> set[str]:
    """The roles that get such a decision through."""
    deniable = sorted(rules().deniable[OutcomeCode(outcome)]) or [OutcomeCode(outcome)]
    denied_as = OutcomeCode(deniable[-1]) if resolution is Resolution.DENIES else None
    asked = Decide(ONE, OutcomeCode(outcome), resolution, RATIONALE, denied_as, (), ("S3-09",))
    found = set()
    for role in Role:
        person = a_person("reviewer", role)
        answer = ask(a_case(a_pend(pend, OutcomeCode(outcome)), held_by=person), asked, person)
        found |= {role.value} if code_of(answer) == "ok" else set()
    return found


@pytest.mark.parametrize(
    ("pend", "outcome", "passed_by", "denied_by"), _ROWS, ids=[f"{row[0]} {row[1]}" for row in _ROWS]
)
def test_who_settles_what(pend: str, outcome: str, passed_by: str, denied_by: str) -> None:
    assert who(pend, outcome, Resolution.PASSES) == set(passed_by.split())
    assert who(pend, outcome, Resolution.DENIES) == set(denied_by.split())


def test_every_pend_of_the_shipped_data_is_in_the_table() -> None:
    assert list(dict.fromkeys(row[0] for row in _ROWS)) == list(rules().passes)


def test_no_nurse_denies_anything_and_no_office_role_denies_on_clinical_grounds() -> None:
    clinical = {"physician", "clinical-peer"}
    assert rules().denies
    assert any(rules().deniable.values())
    for pend in rules().denies:
        for outcome, names in rules().deniable.items():
            for name in names:
                asked = denies(outcome, name)
                for role in sorted(set(Role) - {Role(value) for value in clinical}):
                    person = a_person("reviewer", role)
                    answer = code_of(ask(a_case(a_pend(pend, outcome), held_by=person), asked, person))
                    assert answer != "ok" or (role is not Role.NURSE and name not in CLINICAL_NAMES), (pend, name, role)


CLINICAL_NAMES = {
    outcomes.NOT_MEDICALLY_NECESSARY,
    outcomes.EXPERIMENTAL,
    outcomes.NOT_REASONABLE_AND_NECESSARY,
    outcomes.NECESSITY_CRITERIA_NOT_MET,
    outcomes.NECESSITY_JUDGMENT,
}
