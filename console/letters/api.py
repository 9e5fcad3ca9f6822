"""Issuing a letter over the HTTP API: the same action as the button on its page, for programs and the command line."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from adjudication.letters.letter import Audience
from adjudication.model.vocabulary import ClaimId
from console.access.session import Services, SignedIn
from console.appeals.letters import LONGEST_REASON, issue_of_appeal
from console.claims.routes import issue_of_claim
from console.letters.service import ISSUED
from console.web.problems import described_body, read_body
from console.worklist.models import ResponseModel

router = APIRouter(tags=["letters"])


class IssueLetterV1(BaseModel):
    """Issues the letter that the caller saw, by the hash of its text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sha256: str = Field(
        pattern="^[0-9a-f]{64}$", description="SHA-256 of the text that you saw, in UTF-8; another text is not issued."
    )


class IssueAppealLetterV1(IssueLetterV1):
    """Issues a letter of an appeal; the notice of an extension is named with its reason, as it was drawn."""

    why_longer: str = Field(default="", max_length=LONGEST_REASON, description="Why more time is needed.")


class LetterIssued(ResponseModel):
    """A letter was issued: its hash, and so in words."""

    sha256: str
    words: str


BODIES: Final = (IssueLetterV1, IssueAppealLetterV1)
"""The models of the request bodies, which these routes read as bytes."""


@router.post("/api/claims/{claim_id}/letters/{audience}/issue", openapi_extra=described_body(IssueLetterV1))
async def issue_claim_letter(
    claim_id: UUID, audience: Audience, request: Request, console: Services, person: SignedIn
) -> LetterIssued:
    """Issue a letter due on a claim, as previewed. 409 if its text has changed since, or it was issued before."""
    sent = await read_body(request, IssueLetterV1)
    await issue_of_claim(console, person, ClaimId(str(claim_id)), audience, sent.sha256)
    return LetterIssued(sha256=sent.sha256, words=ISSUED.text)


@router.post("/api/appeals/{appeal_id}/letters/{audience}/issue", openapi_extra=described_body(IssueAppealLetterV1))
async def issue_appeal_letter(
    appeal_id: UUID, audience: Audience, request: Request, console: Services, person: SignedIn
) -> LetterIssued:
    """Issue a letter due on an appeal, as previewed. 409 if its text has changed since, or it was issued before."""
    sent = await read_body(request, IssueAppealLetterV1)
    await issue_of_appeal(console, person, str(appeal_id), audience, sent.sha256, sent.why_longer)
    return LetterIssued(sha256=sent.sha256, words=ISSUED.text)
