"""The page of documents that match no claim or are of an unknown kind, and closing one: not ours or wrong, and why, audited.

Closing takes a document off the list and changes nothing else: should its claim come after all, the claim reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field

from console.access.roles import DOCUMENTS, acting_role
from console.access.session import Services
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from contracts.records.documents import LONGEST_REASON, SHORTEST_REASON, DocumentClosing, UnmatchedDocument
from contracts.scalars import Whole

router = APIRouter(prefix="/documents/unmatched", include_in_schema=False)
Keeper = Annotated[ViewerSession, Depends(needs(*DOCUMENTS))]

_SHOWN: Final = 200
_HIGHEST: Final = 2**63 - 1


class ClosingForm(BaseModel):
    """The form that closes a document; its hidden fields name the document."""

    submitter: Annotated[str, Field(max_length=200)] = ""
    document_id: Annotated[str, Field(max_length=200)] = ""
    version: Annotated[Whole, Field(ge=0, le=_HIGHEST)] = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FormInput:
    """A form of the list as it was sent; empty before that."""

    submitter: str = ""
    document_id: str = ""
    version: int = 0
    reason: str = ""
    error: str = ""

    def about(self, row: UnmatchedDocument) -> bool:
        """Return whether it was sent about a row."""
        return (self.submitter, self.document_id, self.version) == (row.submitter, row.document_id, row.version)


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """The list."""

    rows: tuple[UnmatchedDocument, ...]
    more: bool
    typed: FormInput
    now: datetime
    shortest = SHORTEST_REASON
    longest = LONGEST_REASON


@router.get("")
async def unmatched_documents_page(request: Request, console: Services, _: Keeper) -> Response:
    """List the open documents that match nothing, the oldest first."""
    return page(request, "documents/list.html", await _view(console, FormInput()))


@router.post("/close")
async def close_document(
    request: Request,
    console: Services,
    viewer: Keeper,
    sent: Annotated[ClosingForm, Form()],
) -> Response:
    """Record why a document is wrong or not for this plan; a form without a usable reason is shown again with its input."""
    reason = sent.reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        wrong = f"Say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters."
        typed = FormInput(sent.submitter, sent.document_id, sent.version, sent.reason[:LONGEST_REASON], wrong)
        return page(request, "documents/list.html", await _view(console, typed), status=422)
    closing = DocumentClosing(
        submitter=sent.submitter,
        document_id=sent.document_id,
        version=sent.version,
        reason=reason,
        closed_by=viewer.person_id,
        role=acting_role(viewer.roles & DOCUMENTS),
        closed_at=console.now(),
    )
    if not await console.documents.close(closing):
        words = "it matches a claim now, has a newer version, or is closed; load the list again"
        raise Problem(409, "not-open", words)
    return redirect(request, "/documents/unmatched", Toast("Closed; your reason is in the audit trail."))


async def _view(console: Services, typed: FormInput) -> DocumentsPage:
    found = await console.documents.unmatched(_SHOWN + 1)
    return DocumentsPage(found[:_SHOWN], len(found) > _SHOWN, typed, console.now())
