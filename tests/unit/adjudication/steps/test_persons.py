"""Subscriber and dependents share a member id: whose coverage counts, whose earlier claims, and what pends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import pytest

from adjudication.model import outcomes
from adjudication.model.authorizations import Authorization
from adjudication.model.claim import Claim, Member
from adjudication.model.determination import Decision, Determination, Pended
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.persons import Likeness, Person, Relationship, mutual_likeness
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import AuthorizationNumber
from adjudication.steps.authorization import match_authorizations
from adjudication.steps.authorization_candidates import authorizations_of, uses_marked
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.pipeline import ClaimContext, adjudicate
from tests.builders.activities.claims import BIRTH_DATE, a_claim
from tests.builders.claims import a_past_line
from tests.builders.coverage import MEMBER, authorized, covered, plans_of, service, used
from tests.builders.facts import documented

NOW = datetime(2025, 9, 2, 8, 30, tzinfo=UTC)
BORN_LATER = date(1990, 4, 3)
JACK = Person(BIRTH_DATE, "Synthberg", "Jack", relationship=Relationship.SELF)
SON = Person(BORN_LATER, "Synthberg", "Ted", relationship=Relationship.CHILD)
TWIN_ADA = Person(BORN_LATER, "Synthberg", "Ada", relationship=Relationship.CHILD)
TWIN_EVA = Person(BORN_LATER, "Synthberg", "Eva", relationship=Relationship.CHILD)


def claim_of(person: Person, control: str = "C1") -> Claim:
    who = (person.family_name or "Synthberg", person.given_name or "", person.suffix, person.relationship)
    return documented(a_claim(control, member=Member(MEMBER.member_id, person.birth_date, *who)))


def span_of(person: Person, ends: date | None = None, *, names: bool = True) -> CoverageSpan:
    span = covered(ends=ends, birth_date=person.birth_date, coverage_id=f"COV-{person.given_name}")
    return replace(span, patient=person if names else None)


def billed_for(person: Person, code: str = "72148") -> HistoryLine:
    """The same study on an earlier claim of the same biller, for this person."""
    return replace(a_past_line(code), patient=person)


def answer(reference: ReferenceData, claim: Claim, *spans: CoverageSpan, history: tuple[HistoryLine, ...] = ()) -> str:
    return said(adjudicate(claim, ClaimContext(7, spans, history=history), NOW, reference).decision)


def said(decision: Decision) -> str:
    if isinstance(decision, Pended):
        return " ".join(sorted({f"{pend.code} {pend.outcome}" for pend in decision.pends}))
    assert isinstance(decision, Determination)
    return " ".join(f"{line.disposition} {line.reason}" for line in decision.lines)


PAID = f"approved {outcomes.RATED}"
ENDED = date(2025, 7, 1)


@pytest.mark.parametrize("names", [True, False], ids=["names-on-file", "birth-dates-only"])
def test_a_dependent_whose_coverage_ended_is_not_paid_on_the_subscribers_span(
    reference: ReferenceData, *, names: bool
) -> None:
    spans = (span_of(JACK, names=names), span_of(SON, ENDED, names=names))
    assert answer(reference, claim_of(SON), *spans) == f"denied {outcomes.AFTER_TERMINATION}"
    assert answer(reference, claim_of(JACK), *spans) == PAID


def test_a_sons_study_is_no_duplicate_of_his_fathers(reference: ReferenceData) -> None:
    family = (span_of(JACK), span_of(SON))
    assert answer(reference, claim_of(SON), *family, history=(billed_for(JACK),)) == PAID
    assert answer(reference, claim_of(SON), *family, history=(billed_for(SON),)) == f"denied {outcomes.DUPLICATE}"


def test_twins_whose_names_are_on_file_are_two_people(reference: ReferenceData) -> None:
    twins = (span_of(TWIN_ADA), span_of(TWIN_EVA, ENDED))
    assert answer(reference, claim_of(TWIN_ADA), *twins, history=(billed_for(TWIN_EVA),)) == PAID
    assert answer(reference, claim_of(TWIN_EVA), *twins) == f"denied {outcomes.AFTER_TERMINATION}"


def test_twins_whose_names_are_not_on_file_pend_once_their_claims_meet(reference: ReferenceData) -> None:
    nameless = span_of(TWIN_ADA, names=False)
    waits = f"P-PERSON {outcomes.PATIENT_UNCLEAR}"
    assert answer(reference, claim_of(TWIN_ADA), nameless, history=(billed_for(TWIN_EVA),)) == waits
    assert answer(reference, claim_of(TWIN_ADA), nameless, history=(billed_for(TWIN_ADA),)) == "denied edits.duplicate"


def test_an_undecided_later_claim_of_a_person_unclear_holds_nothing(reference: ReferenceData) -> None:
    nameless = span_of(TWIN_ADA, names=False)
    later = replace(billed_for(TWIN_EVA), sequence=99, state=LineState.PENDED)
    assert answer(reference, claim_of(TWIN_ADA), nameless, history=(later,)) == PAID
    paid = replace(later, state=LineState.APPROVED)
    assert outcomes.PATIENT_UNCLEAR in answer(reference, claim_of(TWIN_ADA), nameless, history=(paid,))


def test_a_component_of_the_other_twin_neither_completes_a_study_nor_denies_an_orphan(
    reference: ReferenceData,
) -> None:
    claim = replace(claim_of(TWIN_ADA), lines=a_claim("C1", "0611T").lines)
    late = datetime(2025, 12, 20, tzinfo=UTC)
    context = ClaimContext(7, [span_of(TWIN_ADA, names=False)], history=(billed_for(TWIN_EVA, "0609T"),))
    found = adjudicate(claim, context, late, reference).decision
    assert isinstance(found, Pended)
    assert outcomes.PATIENT_UNCLEAR in {pend.outcome for pend in found.pends}


@pytest.mark.parametrize(
    ("patient", "on_file", "why"),
    [
        (replace(SON, given_name="Tod"), (SON,), "identity_mismatch"),
        (replace(SON, given_name=None), (SON,), "identity_mismatch"),
        (replace(SON, birth_date=date(1990, 4, 4)), (SON, JACK), "identity_mismatch"),
        (replace(SON, suffix="Jr"), (replace(SON, suffix="III"),), "identity_mismatch"),
        (SON, (replace(SON, relationship=Relationship.SPOUSE),), "identity_mismatch"),
        (SON, (replace(SON, family_name="Otherberg"),), "identity_mismatch"),
        (replace(TWIN_ADA, given_name="A"), (TWIN_ADA, replace(TWIN_EVA, given_name="Ann")), "identity_mismatch"),
        (replace(SON, given_name="Ann"), tuple(replace(SON, given_name=n) for n in ("Ann Lea", "Ann Zoe")), "person_ambiguous"),
        (replace(SON, relationship=None), (SON, replace(SON, relationship=Relationship.SELF)), "person_ambiguous"),
        (TWIN_ADA, (Person(BORN_LATER), TWIN_EVA), "person_ambiguous"),
    ],
)  # fmt: skip
def test_a_patient_whom_the_records_do_not_name_for_certain_pends(
    reference: ReferenceData, patient: Person, on_file: tuple[Person, ...], why: str
) -> None:
    spans = tuple(replace(span_of(each), patient=each) for each in on_file)
    assert answer(reference, claim_of(patient), *spans) == f"P-ELIG eligibility.{why}"


@pytest.mark.parametrize(
    ("patient", "on_file"),
    [
        (Person(BIRTH_DATE, "Nguyễn Thị Ánh-O’Brien", "Đàn"), Person(BIRTH_DATE, "NGUYEN THI ANH OBRIEN", "DAN")),
        (Person(BIRTH_DATE, "Synth-Berg", "Ann M."), Person(BIRTH_DATE, "SYNTH BERG", "Ann Marie")),
        (Person(BIRTH_DATE, "Synthberg Newberg", "Ann"), Person(BIRTH_DATE, "Newberg", "Ann", "Jr")),
        (Person(BIRTH_DATE, "Synthberg", None), Person(BIRTH_DATE, "Synthberg")),
        (SON, replace(SON, relationship=Relationship.OTHER)),
        (SON, Person(BORN_LATER)),
    ],
)
def test_a_name_that_is_only_written_otherwise_is_the_same_person(
    reference: ReferenceData, patient: Person, on_file: Person
) -> None:
    assert answer(reference, claim_of(patient), replace(span_of(on_file), patient=on_file)) == PAID


def test_two_records_under_one_birth_date_are_never_distinguished_for_certain() -> None:
    assert mutual_likeness(TWIN_ADA, TWIN_EVA) is Likeness.UNSURE
    assert mutual_likeness(TWIN_ADA, replace(TWIN_ADA, given_name=None)) is Likeness.UNSURE
    assert mutual_likeness(JACK, SON) is Likeness.OTHER


def approved_for(person: Person | None) -> Authorization:
    return replace(authorized(service("76390")), patient=person)


def matched(reference: ReferenceData, claim: Claim, *on_file: Person, approvals: tuple[Authorization, ...]) -> str:
    """What the authorization step says of a spectroscopy, which needs an approval."""
    claim = replace(claim, lines=a_claim("C1", "76390").lines)
    own = authorizations_of(claim, approvals, on_file)
    [found] = match_authorizations(claim, plans_of(claim, reference), own, ()).findings
    return found.outcome if found.pend is None else f"{found.pend} {found.outcome}"


def test_an_authorization_is_for_the_person_it_names(reference: ReferenceData) -> None:
    family = (JACK, SON)
    approvals = (approved_for(SON),)
    assert matched(reference, claim_of(SON), *family, approvals=approvals) == outcomes.AUTHORIZATION_APPROVED
    assert matched(reference, claim_of(JACK), *family, approvals=approvals) == outcomes.AUTHORIZATION_MISSING
    twins = (TWIN_ADA, TWIN_EVA)
    approvals = (approved_for(TWIN_EVA),)
    assert matched(reference, claim_of(TWIN_ADA), *twins, approvals=approvals) == outcomes.AUTHORIZATION_MISSING


@pytest.mark.parametrize("number", [None, AuthorizationNumber("AUTH-SYN-1")])
def test_an_authorization_that_names_no_person_is_for_the_only_person_on_file_and_else_pends(
    reference: ReferenceData, number: AuthorizationNumber | None
) -> None:
    unauthorized, claim = (approved_for(None),), replace(claim_of(SON), authorization_number=number)
    assert matched(reference, claim, SON, approvals=unauthorized) == outcomes.AUTHORIZATION_APPROVED
    waits = f"P-AUTH {outcomes.AUTHORIZATION_UNCLEAR_PERSON}"
    assert matched(reference, claim, SON, JACK, approvals=unauthorized) == waits
    twin_nameless = (Person(BORN_LATER),)
    assert matched(reference, claim_of(TWIN_ADA), *twin_nameless, approvals=(approved_for(TWIN_EVA),)) == waits


def units_of(reference: ReferenceData, claim: Claim, *on_file: Person, taken_for: Person, for_whom: Person) -> str:
    """What the authorization step says where the only unit was taken by a claim of a person under the member id."""
    claim = replace(claim, lines=a_claim("C1", "76390").lines)
    own = authorizations_of(claim, (approved_for(for_whom),), on_file)
    uses = uses_marked(claim, (replace(used("76390"), patient=taken_for),), on_file)
    [found] = match_authorizations(claim, plans_of(claim, reference), own, uses).findings
    return found.outcome if found.pend is None else f"{found.pend} {found.outcome}"


def test_a_unit_that_the_patient_took_is_used_up_and_one_that_another_took_pends(reference: ReferenceData) -> None:
    waits = f"P-AUTH {outcomes.AUTHORIZATION_UNCLEAR_PERSON}"
    mine = partial(units_of, reference, claim_of(SON), SON, JACK, for_whom=SON)
    assert mine(taken_for=SON) == outcomes.AUTHORIZATION_EXHAUSTED
    assert mine(taken_for=JACK) == waits
    twins = partial(units_of, reference, claim_of(TWIN_ADA), TWIN_ADA, TWIN_EVA, for_whom=TWIN_ADA)
    assert twins(taken_for=TWIN_EVA) == waits
    assert twins(taken_for=replace(TWIN_ADA, given_name="A")) == waits
