"""The event of a document that a person uploaded in the console: it reaches its claim by the same topic as any other document."""

from __future__ import annotations

from contracts.events.codec import encode
from contracts.events.documents import DocumentReceived, DocumentReceivedV1
from contracts.events.outgoing import OutgoingMessage
from contracts.events.topics import DOCUMENTS_RECEIVED
from contracts.ids import name_based
from contracts.records.documents import DocumentFile


def uploaded_document(file: DocumentFile, kind: str, control_number: str, attachment: str | None) -> OutgoingMessage:
    """Return the event of an uploaded document. It states no fact: a nurse or physician reads the file."""
    data = DocumentReceivedV1(
        document_id=file.document_id,
        version=1,
        submitter=file.submitter,
        claim_control_number=control_number,
        attachment_control_number=attachment,
        kind=kind,
    )
    identity = name_based(f"document-uploaded:{file.file_id}")
    event = DocumentReceived(id=identity, source="claimwright/console", time=file.kept_at, data=data)
    return OutgoingMessage(DOCUMENTS_RECEIVED, control_number, identity, encode(event))
