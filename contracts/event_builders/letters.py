"""The event that hands an issued letter to the mail house."""

from __future__ import annotations

from datetime import datetime

from contracts.events.codec import encode
from contracts.events.letters import LetterReady, LetterReadyV1
from contracts.events.outgoing import OutgoingMessage
from contracts.events.topics import LETTERS_READY
from contracts.ids import name_based
from contracts.records.issued_letters import IssuedLetter

MEDIA_TYPE = "text/plain; charset=utf-8"


def letter_ready_message(letter: IssuedLetter, attempt: int, batch: str, queued_at: datetime) -> OutgoingMessage:
    """Return the event of one attempt to mail a letter; its id is derived from the letter and the attempt."""
    identity = name_based(f"letter-ready:{letter.letter_id}:{attempt}")
    data = LetterReadyV1(
        letter_id=letter.letter_id,
        attempt=attempt,
        audience="member" if letter.audience == "member" else "provider",
        batch=batch,
        sha256=letter.digest,
        media_type=MEDIA_TYPE,
        size=len(letter.body),
        queued_at=queued_at,
        addressed_by="mail-house" if letter.addressed_by == "mail-house" else "plan",
    )
    event = LetterReady(id=identity, source="claimwright/letters", time=queued_at, subject=letter.letter_id, data=data)
    return OutgoingMessage(LETTERS_READY, letter.letter_id, identity, encode(event))
