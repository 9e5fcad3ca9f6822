"""The mail queue over HTTP: for the mail house, which reads the letters it mails, and for the command line."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from adjudication.model.vocabulary import ClaimId
from console.access.session import Services, SignedIn
from console.letters import mail
from console.letters.service import print_of
from console.worklist.models import ResponseModel
from contracts.event_builders.letters import MEDIA_TYPE
from contracts.ids import payer_claim_number
from contracts.records.mail_queue import MailState
from contracts.scalars import Moment, Whole
from letters.print_forms import MEDIA_TYPE as PDF
from letters.print_forms import Print
from letters.written import Acted

router = APIRouter(tags=["mail"])
AGAIN = "The letter was handed to the mail again."
_PRINT = {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}, "description": "The letter as PDF."}
_CONTENT = {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "The letter, byte for byte."}


class DueNoticeResponse(ResponseModel):
    """A decision, a request or a step of an appeal of which a letter is not mailed."""

    claim_id: str
    payer_claim_number: str
    version: int
    decided_at: Moment
    due_at: Moment | None = Field(description="When the first legal deadline ends that the notice must meet.")
    rule: str
    issued: int = Field(description="How many of its letters are issued.")
    about: str = Field(description="What it is about: decision, request or appeal.")
    appeal_id: str | None
    stuck: str | None = Field(
        description="Why its letters cannot be issued, and what to do; null: nothing hinders them."
    )


class QueuedLetterResponse(ResponseModel):
    """A letter handed to the mail."""

    letter_id: str
    claim_id: str
    appeal_id: str | None
    kind: str
    audience: str
    batch: str
    attempt: int
    queued_at: Moment
    state: MailState
    at: Moment | None
    carrier: str | None
    reference: str | None
    reason: str | None


class MailResponse(ResponseModel):
    """Notices that are not sent, earliest due first, and letters in the queue, the oldest first."""

    notices_open: int
    notices_missed: int
    notices_at_risk: int
    notices_stuck: int
    notices: tuple[DueNoticeResponse, ...]
    letters: tuple[QueuedLetterResponse, ...]


class HandedOver(ResponseModel):
    """A letter was handed to the mail again."""

    words: str


@router.get("/api/mail")
async def read_mail(
    console: Services,
    person: SignedIn,
    state: MailState | None = None,
    limit: Annotated[Whole, Query(ge=1, le=1000)] = 200,
) -> MailResponse:
    """Return notices that are not sent, and letters in the queue: those of one state, or all that are not sent."""
    mail.role_of(person)
    counts = await console.mail.notices.counts(console.now())
    states = [each for each in MailState if each is not MailState.SENT] if state is None else [state]
    return MailResponse(
        notices_open=counts.open,
        notices_missed=counts.missed,
        notices_at_risk=counts.at_risk,
        notices_stuck=counts.stuck,
        notices=tuple(
            DueNoticeResponse(
                claim_id=each.claim_id,
                payer_claim_number=payer_claim_number(ClaimId(each.claim_id)),
                version=each.version,
                decided_at=each.decided_at,
                due_at=each.due_at,
                rule=each.rule,
                issued=each.issued,
                about=each.about,
                appeal_id=each.appeal_id,
                stuck=each.stuck,
            )
            for each in await console.mail.notices.open(limit)
        ),
        letters=tuple(
            QueuedLetterResponse(**{name: getattr(each, name) for name in QueuedLetterResponse.model_fields})
            for each in await console.mail.queue.letters(states, limit)
        ),
    )


@router.get("/api/mail/{letter_id}/content", response_class=Response, responses={200: _CONTENT})
async def read_letter(letter_id: UUID, console: Services, person: SignedIn) -> Response:
    """Return an issued letter byte for byte, to print and mail. Check it against the hash of its event."""
    letter = await mail.content(console, person, str(letter_id))
    return Response(letter.body, media_type=MEDIA_TYPE)


@router.get("/api/mail/{letter_id}/prints/{form}", response_class=Response, responses={200: _PRINT})
async def read_print(letter_id: UUID, form: Print, console: Services, person: SignedIn) -> Response:
    """Return an issued letter as PDF, in ordinary or in large print: the same bytes each time."""
    letter = await mail.content(console, person, str(letter_id))
    return await print_of(console, letter, form, Acted(person.person_id, mail.role_of(person)))


@router.post("/api/mail/{letter_id}/again")
async def send_again(letter_id: UUID, console: Services, person: SignedIn) -> HandedOver:
    """Hand a letter to the mail again that failed or came back. 409 for every other one."""
    await mail.again(console, person, str(letter_id))
    return HandedOver(words=AGAIN)
