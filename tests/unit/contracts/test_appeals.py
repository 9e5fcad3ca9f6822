"""What upstream may send as an appeal, and what it may not; nothing an appellant wrote becomes anything but text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from adjudication.appeals.rules import Appellant, Proof, Subject, Urgency
from contracts.events.appeals import AppealFiled, AppealTaskOpened
from contracts.events.codec import encode
from contracts.ids import appeal_id

DATA: dict[str, Any] = {
    "submitter": "SYNTHETIC",
    "appeal_reference": "AP-1",
    "version": 1,
    "claim": {"payer_claim_number": "CW123"},
    "lines": [1, 2],
    "appellant": "non-contract-provider",
    "proofs": [{"proof": "waiver-of-liability", "document_id": "DOC-1"}],
    "channel": "mail",
    "filed_on": "2025-03-14",
    "postmarked_on": "2025-03-15",
    "received_at": "2025-03-20T15:00:00Z",
    "good_cause": "The synthetic mail room was closed.\nSee the notes.",
    "documents": ["DOC-1", "DOC-2"],
}


def filed(**changes: Any) -> AppealFiled:
    data = {key: value for key, value in {**DATA, **changes}.items() if value is not None}
    event = {"type": "com.claimwright.appeal.filed.v1", "id": "e-1", "specversion": "1.0", "source": "synthetic"}
    return AppealFiled.model_validate_json(orjson.dumps({**event, "time": "2025-03-20T15:00:00Z", "data": data}))


def test_an_appeal_is_read_as_sent() -> None:
    data = filed().data
    assert (data.appellant, data.proofs[0].proof) == (Appellant.NON_CONTRACT_PROVIDER, Proof.WAIVER_OF_LIABILITY)
    assert (data.subject, data.level, data.expedited) == (Subject.PAYMENT, None, False)


def test_an_appeal_survives_its_own_encoding() -> None:
    assert AppealFiled.model_validate_json(encode(filed())) == filed()


def test_an_appeal_may_name_its_claim_by_the_submitters_own_number() -> None:
    claim = filed(claim={"submitter": "SYNTHETIC", "claim_control_number": "C1"}).data.claim
    assert claim.claim_control_number == "C1"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"claim": {}}, "names its claim by payer_claim_number"),
        ({"claim": {"submitter": "SYNTHETIC"}}, "go together"),
        ({"claim": {"payer_claim_number": "CW1", "claim_control_number": "C1"}}, "go together"),
        ({"postmarked_on": "2025-03-22"}, "postmarked_on is after received_at"),
        ({"filed_on": "2025-03-22"}, "filed_on is after received_at"),
        ({"physician_asked": True}, "expedited is false"),
        ({"lines": [1, 1]}, "named twice"),
        ({"lines": [0]}, "lines"),
        ({"received_at": "2025-03-20T15:00:00"}, "received_at"),
        ({"appellant": "neighbour"}, "appellant"),
        ({"good_cause": "a\x00b"}, "good_cause"),
        ({"color": "red"}, "color"),
        ({"version": 0}, "version"),
        ({"channel": None}, "channel"),
    ],
)
def test_an_appeal_that_does_not_add_up_is_refused_with_its_reason(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        filed(**changes)


def test_one_reference_of_one_submitter_is_one_appeal() -> None:
    assert appeal_id("SYNTHETIC", "AP-1") == appeal_id("SYNTHETIC", "AP-1")
    assert len({appeal_id("A", "BC"), appeal_id("AB", "C"), appeal_id("A", "BD")}) == 3


def test_a_task_carries_what_a_worklist_needs() -> None:
    now = datetime(2025, 3, 20, 15, tzinfo=UTC)
    data = {
        "appeal_id": "a-1",
        "submitter": "SYNTHETIC",
        "appeal_reference": "AP-1",
        "claim_id": "c-1",
        "payer_claim_number": "CW123",
        "lines": (1,),
        "path": "medicare-advantage-enrollee",
        "level": "reconsideration",
        "forum": "plan",
        "appellant": "member",
        "subject": "payment",
        "clinical": True,
        "urgency": "standard",
        "disposal": "accepted",
        "explanation": "It is accepted.",
        "judgment": "physician",
        "barred_deciders": ("p-1",),
        "opened_at": now,
        "policy_bundle": "0" * 64,
    }
    task = AppealTaskOpened.model_validate({"id": "e-1", "source": "claimwright", "time": now, "data": data})
    assert AppealTaskOpened.model_validate_json(encode(task)) == task
    assert task.data.urgency is Urgency.STANDARD
