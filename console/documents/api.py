"""The list of unmatched documents over HTTP, for programs and the command line. One is closed on the console."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from console.access.roles import DOCUMENTS
from console.access.session import Services, SignedIn
from console.web.problems import Problem
from console.worklist.models import ResponseModel
from contracts.records.documents import UnmatchedDocument
from contracts.scalars import Moment, Whole

router = APIRouter(tags=["documents"])


class UnmatchedDocumentResponse(ResponseModel):
    """The newest version of a document by its numbers; its content is not shown."""

    document_id: str
    version: int
    submitter: str
    claim_control_number: str | None = Field(description="The claim it names, or that our own request was about.")
    attachment_control_number: str | None
    kind: str
    received_at: Moment
    hours_old: float
    for_a_claim: bool = Field(description="False: no claim we have is the one it names.")
    kind_known: bool = Field(description="False: no policy knows documents of this kind.")


@router.get("/api/documents/unmatched")
async def list_unmatched_documents(
    console: Services, person: SignedIn, limit: Annotated[Whole, Query(ge=1, le=500)] = 100
) -> tuple[UnmatchedDocumentResponse, ...]:
    """List documents that match no claim or are of an unknown kind, oldest first, without their content."""
    if not person.roles & DOCUMENTS:
        roles = ", ".join(sorted(role.value for role in DOCUMENTS))
        raise Problem(403, "not-your-role", f"documents that match no claim are looked into by: {roles}")
    now = console.now()
    return tuple(_shown(each, now) for each in await console.documents.unmatched(limit))


def _shown(found: UnmatchedDocument, now: datetime) -> UnmatchedDocumentResponse:
    return UnmatchedDocumentResponse(
        document_id=found.document_id,
        version=found.version,
        submitter=found.submitter,
        claim_control_number=found.control_number,
        attachment_control_number=found.attachment_number,
        kind=found.kind,
        received_at=found.received_at,
        hours_old=round((now - found.received_at).total_seconds() / 3600, 1),
        for_a_claim=found.for_a_claim,
        kind_known=found.kind_known,
    )
