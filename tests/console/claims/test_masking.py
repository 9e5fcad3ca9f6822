"""What is closed until opened is everything but what is named as harmless: a new name is closed too."""

from __future__ import annotations

from console.claims.masking import content_shown, evidence_shown
from contracts.events.determinations import EvidenceV1

EVIDENCE = (EvidenceV1(name="plan", value="HUDSON-COMM"), EvidenceV1(name="diagnosis", value="M54.16"))
SENT = {
    "action": "decide",
    "line": 2,
    "rationale": "private words",
    "evidence": ["SYN-DOC-1"],
    "held": False,
    "allowed": None,
}


def test_evidence_about_health_is_closed_and_named() -> None:
    assert evidence_shown(EVIDENCE, opened=False) == (("plan", "HUDSON-COMM"), ("diagnosis", "closed"))
    assert evidence_shown(EVIDENCE, opened=True)[1] == ("diagnosis", "M54.16")


def test_a_name_no_person_thought_of_is_closed() -> None:
    assert evidence_shown([EvidenceV1(name="tx.weeks", value="8")], opened=False) == (("tx.weeks", "closed"),)


def test_what_people_wrote_is_closed_and_what_they_did_is_not() -> None:
    closed = dict(content_shown(SENT, opened=False))
    assert closed == {"line": "2", "rationale": "closed", "evidence": "closed", "held": "no"}
    assert dict(content_shown(SENT, opened=True))["rationale"] == "private words"
