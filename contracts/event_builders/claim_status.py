"""The status events of registration: received and accepted, duplicate, conflict."""

from __future__ import annotations

from typing import Any

from contracts.claim_intake.registration import Registration, Submission
from contracts.events import topics
from contracts.events.codec import canonical, envelope, utc_text
from contracts.events.outgoing import OutgoingMessage
from contracts.events.status import ClaimState
from contracts.ids import event_id, payer_claim_number

_SOURCE = "claimwright/intake"
_CONFLICT = {
    "code": "conflict",
    "message": "this claim control number was accepted before for this member and day with other content; "
    "send a correction with frequency 7 and the payer claim number",
}


def registration_messages(submission: Submission, outcome: Registration) -> tuple[OutgoingMessage, ...]:
    """Return the events that report the result of a submission; a repeated delivery reports nothing new."""
    if outcome is Registration.NEW:
        states = ((ClaimState.RECEIVED, "1"), (ClaimState.ACCEPTED, "1"))
        return tuple(_status(submission, state, version) for state, version in states)
    if outcome is Registration.DUPLICATE:
        return (_status(submission, ClaimState.DUPLICATE, submission.delivery),)
    if outcome is Registration.CONFLICT:
        return (_status(submission, ClaimState.CONFLICT, submission.delivery, _CONFLICT),)
    return ()


def _status(
    submission: Submission, state: ClaimState, version: str, reason: dict[str, Any] | None = None
) -> OutgoingMessage:
    """Build one event, written as the models write it; its id follows from the claim, the state and `version`.

    If the same state of a claim can be reported more than once, `version` is the delivery: the event holds the time of
    delivery, and events with one id must always have the same bytes.
    """
    claim = submission.claim
    identity = event_id(submission.claim_id, f"status:{state.value}", version)
    data: dict[str, Any] = {
        "claim_id": submission.claim_id,
        "submitter": claim.submitter,
        "claim_control_number": claim.claim_control_number,
        "revision": claim.revision,
        "payer_claim_number": payer_claim_number(submission.claim_id),
        "state": state.value,
        "reasons": [reason] if reason else [],
    }
    at = utc_text(submission.received_at)
    event = envelope("claim.status", identity, _SOURCE, at, data, submission.claim_id)
    return OutgoingMessage(topics.CLAIMS_STATUS, submission.claim_id, identity, canonical(event))
