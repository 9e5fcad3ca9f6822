from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adjudication.model.claim import Claim, FactSubject, SupportingFact
from adjudication.model.determination import Determination, Pended
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber
from adjudication.steps.pipeline import ClaimContext, adjudicate
from contracts.event_builders.decisions import determination_messages, pended_messages
from contracts.events.codec import encode
from contracts.events.determinations import ClaimDetermined
from contracts.events.envelope import CloudEvent
from contracts.events.outgoing import OutgoingMessage
from contracts.events.review_tasks import ReviewTaskOpened
from contracts.events.status import ClaimStatus
from contracts.events.topics import CLAIMS_STATUS, DETERMINATIONS, REVIEW_TASKS
from contracts.ids import payer_claim_number
from rulebook.library import default_policies_dir, load_reference
from tests.builders.activities.claims import ANALYSIS, IMAGING, a_claim, an_authorization, coverage
from tests.builders.roster import CENTER, listed

NOW = datetime(2025, 9, 2, 8, 30, 15, 123456, tzinfo=UTC)
MODELS: dict[str, type[CloudEvent]] = {
    DETERMINATIONS: ClaimDetermined,
    CLAIMS_STATUS: ClaimStatus,
    REVIEW_TASKS: ReviewTaskOpened,
}


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return load_reference(default_policies_dir())


def decided(reference: ReferenceData, claim: Claim, context: ClaimContext) -> Determination | Pended:
    return adjudicate(claim, context, NOW, reference).decision


def messages_of(reference: ReferenceData, claim: Claim, context: ClaimContext) -> tuple[OutgoingMessage, ...]:
    decision = decided(reference, claim, context)
    if isinstance(decision, Pended):
        return pended_messages(claim, decision, NOW, 2, reference)
    return determination_messages(claim, decision, reference)


def approved() -> tuple[Claim, ClaimContext]:
    claim = a_claim("APPROVED", "72158")
    authorization = an_authorization(claim.member, "72158", plan="HUDSON-MA")
    roster = {CENTER: listed("HUDSON-MA")}
    return claim, ClaimContext(1, [coverage(claim.member, "HUDSON-MA")], [authorization], roster=roster)


def denied() -> tuple[Claim, ClaimContext]:
    claim = a_claim("DENIED", IMAGING, "0609T")
    return claim, ClaimContext(1, [coverage(claim.member)])


def waiting() -> tuple[Claim, ClaimContext]:
    claim = a_claim("WAITS", ANALYSIS)
    return claim, ClaimContext(1, [coverage(claim.member)], [an_authorization(claim.member, ANALYSIS)])


def unknown_member() -> tuple[Claim, ClaimContext]:
    return a_claim("UNKNOWN"), ClaimContext(1)


Case = Callable[[], tuple[Claim, ClaimContext]]
CASES: list[Case] = [approved, denied, waiting, unknown_member]


@pytest.mark.parametrize("case", CASES)
def test_every_event_is_what_its_contract_accepts_and_would_encode(reference: ReferenceData, case: Case) -> None:
    messages = messages_of(reference, *case())
    assert messages
    for message in messages:
        model = MODELS[message.topic].model_validate_json(message.value)
        assert encode(model) == message.value
        assert model.id == message.event_id


@pytest.mark.parametrize("case", CASES)
def test_an_event_stated_again_is_the_same_bytes(reference: ReferenceData, case: Case) -> None:
    assert messages_of(reference, *case()) == messages_of(reference, *case())


@pytest.mark.parametrize("case", CASES)
def test_no_event_holds_who_the_member_is(reference: ReferenceData, case: Case) -> None:
    claim, context = case()
    member = claim.member
    messages = messages_of(reference, claim, context)
    assert messages
    for message in messages:
        for value in (member.member_id, member.family_name, member.given_name, member.birth_date.isoformat()):
            assert value.encode() not in message.value


def test_an_approved_line_names_its_authorization_and_balances(reference: ReferenceData) -> None:
    claim, context = approved()
    event = ClaimDetermined.model_validate_json(messages_of(reference, claim, context)[0].value)
    (line,) = event.data.lines
    assert line.authorization_number == context.authorizations[0].number
    assert line.charge - sum((a.amount for a in line.adjustments), Decimal(0)) == line.payable > 0
    assert event.data.payer_claim_number == payer_claim_number(claim.claim_id)
    assert event.time == NOW


def test_a_denied_line_says_why_in_its_status(reference: ReferenceData) -> None:
    claim, context = denied()
    _, message = messages_of(reference, claim, context)
    status = ClaimStatus.model_validate_json(message.value)
    assert [reason.line for reason in status.data.reasons] == [2]
    assert status.data.reasons[0].message


def test_a_waiting_claim_states_the_earliest_date_by_which_it_moves(reference: ReferenceData) -> None:
    claim, context = waiting()
    task_message, status_message = messages_of(reference, claim, context)
    task = ReviewTaskOpened.model_validate_json(task_message.value)
    status = ClaimStatus.model_validate_json(status_message.value)
    assert task.data.due_at == status.data.due_at == min(pend.due_at for pend in task.data.pends)
    assert task.data.due_at > claim.received_at
    assert {reason.code for reason in status.data.reasons} == {pend.code for pend in task.data.pends}


def test_each_round_of_waiting_has_a_separate_event_id(reference: ReferenceData) -> None:
    claim, context = waiting()
    decision = decided(reference, claim, context)
    assert isinstance(decision, Pended)
    rounds = [pended_messages(claim, decision, NOW + timedelta(days=n), n, reference) for n in range(3)]
    ids = [message.event_id for messages in rounds for message in messages]
    assert len(set(ids)) == 6


def test_facts_that_no_criterion_reads_are_named_to_the_sender_by_their_place(reference: ReferenceData) -> None:
    """A name that is one letter off, another kind of value, and a document's; the claim goes on as without them."""
    claim, context = approved()
    day = claim.received_at.date()
    own = (
        SupportingFact("xray.date", value=day, source="note", recorded_on=day),
        SupportingFact("xray.dat", value=day, source="note", recorded_on=day),
        SupportingFact("tx.weeks", value="seven", source="note", recorded_on=day),
    )
    document = SupportingFact("zz.secret", value=True, source="note", recorded_on=day, author="SYN", document="SYN-D1")
    reviewer = replace(own[1], author="SYN-NURSE")
    stated = replace(claim, supporting=(*own, reviewer, document))
    decision = decided(reference, stated, context)
    assert isinstance(decision, Determination)
    status = ClaimStatus.model_validate_json(messages_of(reference, stated, context)[1].value)
    reasons = [(each.code, each.field) for each in status.data.reasons]
    assert reasons == [
        ("fact-unknown", "supporting_information[1]"),
        ("fact-value", "supporting_information[2]"),
        ("fact-unknown", "document SYN-D1: facts[0]"),
    ]
    assert "the nearest is xray.date" in status.data.reasons[0].message
    assert "zz.secret" not in messages_of(reference, stated, context)[1].value.decode()
    assert ClaimStatus.model_validate_json(messages_of(reference, claim, context)[1].value).data.reasons == ()


def test_a_fact_about_a_line_or_a_study_that_is_not_billed_is_named_to_the_sender(reference: ReferenceData) -> None:
    claim, context = approved()
    day = claim.received_at.date()
    fact = SupportingFact("technique", value="conventional", source="note", recorded_on=day)
    subjects = (FactSubject(line=LineNumber(1)), FactSubject(line=LineNumber(9)), FactSubject(study="72141"))
    stated = replace(claim, supporting=tuple(replace(fact, about=about) for about in subjects))
    reasons = ClaimStatus.model_validate_json(messages_of(reference, stated, context)[1].value).data.reasons
    assert [(each.code, each.field) for each in reasons] == [
        ("fact-subject", "supporting_information[1]"),
        ("fact-subject", "supporting_information[2]"),
    ]
