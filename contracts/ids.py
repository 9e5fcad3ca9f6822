"""Deterministic ids: the same input always gives the same id, so that a repeat is recognized."""

from __future__ import annotations

import base64
from functools import lru_cache
from hashlib import sha1, sha256
from typing import Final
from uuid import UUID

from adjudication.model.vocabulary import ClaimId

NAMESPACE: Final = UUID("6f1f3a0e-52a3-5d0b-9c5f-0c1a0b6d9e11")


def name_based(name: str) -> str:
    """Return str(uuid5(NAMESPACE, name)), several times faster: every claim needs half a dozen of them."""
    text = sha1(NAMESPACE.bytes + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def claim_id(submitter: str, control_number: str, revision: int) -> ClaimId:
    """Id of one claim revision; the parts are length-prefixed so that no two keys collide."""
    key = f"claim:{len(submitter)}:{submitter}:{len(control_number)}:{control_number}:{revision}"
    return ClaimId(name_based(key))


def repeated_claim_id(submitter: str, control_number: str, revision: int, content: bytes) -> ClaimId:
    """Id of a later claim under a number that another claim already has: it follows from its content, too."""
    key = f"claim:{len(submitter)}:{submitter}:{len(control_number)}:{control_number}:{revision}:{content.hex()}"
    return ClaimId(name_based(key))


@lru_cache(maxsize=4096)  # called once per event, four times per claim
def payer_claim_number(claim: ClaimId) -> str:
    """Our number for the claim, as printed on remittances (fits 837 REF*F8: at most 50 characters)."""
    return "CW" + base64.b32encode(sha256(claim.encode()).digest()[:10]).decode()


def event_id(claim: ClaimId, kind: str, version: int | str = 1) -> str:
    """Id of an outgoing event, from claim, kind and version, so that a republished event is byte-identical."""
    return name_based(f"event:{claim}:{kind}:{version}")


def record_event_id(identity: str, kind: str) -> str:
    """Id of an event about a Kafka record rather than about a claim; `identity` holds its place, its time and its content."""
    return name_based(f"record:{identity}:{kind}")


def appeal_id(submitter: str, reference: str) -> str:
    """Id of one appeal, from its submitter's own reference."""
    return name_based(f"appeal:{len(submitter)}:{submitter}:{len(reference)}:{reference}")


def letter_id(claim: str, appeal: str | None, kind: str, audience: str, step: str) -> str:
    """Id of an issued letter, from the names under which it is kept once."""
    return name_based(f"letter:{claim}:{appeal or ''}:{kind}:{audience}:{step}")


def policy_event_id(policy: str, version: str, kind: str, detail: str) -> str:
    """Id of an event about a policy version rather than about a claim."""
    return name_based(f"policy:{policy}:{version}:{kind}:{detail}")


def batch_id(claims: tuple[ClaimId, ...]) -> str:
    """Id of a batch, from the claims in it."""
    return name_based("batch:" + ",".join(claims))


def adjudication_workflow_id(batch: str) -> str:
    """Temporal id of the workflow that adjudicates a batch."""
    return f"adjudicate/{batch}"


def review_workflow_id(claim: ClaimId) -> str:
    """Temporal id of the workflow of a pended claim."""
    return f"review/{claim}"


def appeal_workflow_id(appeal: str) -> str:
    """Temporal id of the workflow of an appeal."""
    return f"appeal/{appeal}"


def readjudication_id(claim: ClaimId, reason: str, cause: str) -> str:
    """Id under which the claim of one reopening is adjudicated again."""
    return name_based(f"readjudication:{claim}:{reason}:{cause}")


def readjudication_workflow_id(readjudication: str) -> str:
    """Temporal id of the workflow of a reopening."""
    return f"readjudicate/{readjudication}"


def is_action_id(text: str) -> bool:
    """Return whether a text is a UUID in its usual form, like the ids of reviewers' actions."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
