"""`document-requests`: all documents that a pended claim needs, in one request, each with the facts that it would state."""

from __future__ import annotations

from typing import Literal

from contracts.events.envelope import CloudEvent, Contract
from contracts.scalars import Moment


class RequestedDocumentV1(Contract):
    """One kind of document; `facts`: the questions of the fact dictionary that it would answer, and why each is open."""

    kind: str
    facts: tuple[str, ...] = ()


class DocumentRequestV1(Contract):
    """One request; `control_number` comes back with the documents (837 PWK06, 275 TRN02)."""

    claim_id: str
    submitter: str
    claim_control_number: str
    revision: int
    payer_claim_number: str
    control_number: str
    asked_at: Moment
    due_at: Moment
    documents: tuple[RequestedDocumentV1, ...]


class DocumentsRequested(CloudEvent):
    """The event on `document-requests`."""

    type: Literal["com.claimwright.documents.requested.v1"] = "com.claimwright.documents.requested.v1"
    data: DocumentRequestV1
