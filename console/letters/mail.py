"""The mail queue: denials whose letters are not mailed, letters handed to the mail by state and batch, and failures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from adjudication.model.vocabulary import ClaimId
from adjudication.people import StaffMember
from console.access.roles import MAILING, acting_role
from console.access.session import Services
from console.ports import Console
from console.sign_in.session import ViewerSession, needs
from console.web.page import page
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from contracts.ids import payer_claim_number
from contracts.records.issued_letters import IssuedLetter
from contracts.records.mail_queue import DueNotice, MailBatch, MailCounts, MailState, NoticeCounts, QueuedLetter

router = APIRouter(prefix="/mail", include_in_schema=False)
Mailer = Annotated[ViewerSession, Depends(needs(*MAILING))]

SHOWN: Final = 200
_BATCHES: Final = 14


@dataclass(frozen=True, slots=True)
class MailPage:
    """The page. `troubles`: letters that failed or came back; `waiting`: letters the mail has not confirmed."""

    notices: tuple[DueNotice, ...]
    counts: NoticeCounts
    letters: MailCounts
    troubles: tuple[QueuedLetter, ...]
    waiting: tuple[QueuedLetter, ...]
    batches: tuple[MailBatch, ...]
    now: datetime
    number = staticmethod(payer_claim_number)


@router.get("")
async def mail_page(request: Request, console: Services, _: Mailer) -> Response:
    """Show the letters that wait to be mailed, since when, and the failures."""
    return page(request, "letters/mail.html", await _view(console))


@router.post("/{letter_id}/again")
async def mail_again(letter_id: UUID, request: Request, console: Services, viewer: Mailer) -> Response:
    """Hand a letter that failed or came back to the mail again."""
    await again(console, viewer.person, str(letter_id))
    return redirect(request, "/mail", Toast("The letter was handed to the mail again."))


async def again(console: Console, person: StaffMember, letter_id: str) -> None:
    """Hand a letter over again; the same for the page and the API."""
    role = role_of(person)
    now = console.now()
    day = console.reference.deadlines.legal_day(None, now).isoformat()
    if not await console.mail.queue.again(letter_id, person.person_id, role, now, day):
        words = (
            "this letter waits for the mail, was sent, or is not known; only one that failed or came back is sent again"
        )
        raise Problem(409, "not-failed", words)


async def content(console: Console, person: StaffMember, letter_id: str) -> IssuedLetter:
    """Return an issued letter for who mails it; the audit trail records the reading first."""
    role = role_of(person)
    letter = await console.mail.queue.content(letter_id)
    if letter is None:
        raise Problem(
            404, "no-such-letter", "no letter was handed to the mail under this id; see the event on letters.ready"
        )
    await console.staff.viewed(ClaimId(letter.claim_id), person.person_id, role, console.now())
    return letter


def role_of(person: StaffMember) -> str:
    """Return the role in which a person works on the mail; refuses everyone else."""
    roles = person.roles & MAILING
    if not roles:
        named = ", ".join(sorted(role.value for role in MAILING))
        raise Problem(403, "not-your-role", f"the mail is looked after by: {named}")
    return acting_role(roles)


async def _view(console: Console) -> MailPage:
    now, mail = console.now(), console.mail
    return MailPage(
        notices=await mail.notices.open(SHOWN),
        counts=await mail.notices.counts(now),
        letters=await mail.queue.counts(),
        troubles=await mail.queue.letters((MailState.FAILED, MailState.RETURNED), SHOWN),
        waiting=await mail.queue.letters((MailState.WAITING,), SHOWN),
        batches=await mail.queue.batches(_BATCHES),
        now=now,
    )
