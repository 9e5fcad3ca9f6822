"""`letters.ready`: an issued letter to print and mail. `letters.sent`: the proof that it was mailed, or why it was not.

Neither event holds a name, an address or a text. The mail house reads the letter from the console's API by its id and checks
its hash; a proof repeats the hash, so that it can only be about the issued letter.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.events.envelope import CloudEvent, Contract
from contracts.events.feeds import Version
from contracts.scalars import Identifier, Moment, Remark, Text, ascii_text

LetterId = Annotated[str, ascii_text(r"^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
Sha256 = Annotated[str, ascii_text(r"^[0-9a-f]{64}$")]


class MailingResult(StrEnum):
    """The result of mailing a letter: in the mail, not mailed at all, or mailed and returned by the carrier."""

    SENT = "sent"
    FAILED = "failed"
    RETURNED = "returned"


class LetterReadyV1(Contract):
    """A letter to print and mail. `sha256`, `media_type`, `size` (bytes): of the content that the API returns.

    `addressed_by`: `mail-house` if the letter has no address; the mail house looks it up by the member number in the letter.
    `attempt` counts how often the letter was handed over; `batch` is its day and its kind of reader, such as 2026-11-30-member.
    """

    letter_id: LetterId
    attempt: Annotated[int, Field(ge=1)]
    audience: Literal["member", "provider"]
    batch: str
    sha256: Sha256
    media_type: str
    size: int
    queued_at: Moment
    addressed_by: Literal["plan", "mail-house"]


class LetterReady(CloudEvent):
    """The event on `letters.ready`."""

    type: Literal["com.claimwright.letter.ready.v1"] = "com.claimwright.letter.ready.v1"
    data: LetterReadyV1


class LetterSentV1(Contract):
    """The result of mailing one letter; `version` grows with each later statement about it, such as a return.

    `at`: when it was handed to the carrier, when mailing it failed, or when it came back. `reference`: the carrier's
    number of the piece or its manifest. A failure and a return state why in `reason`.
    """

    letter_id: LetterId
    version: Version
    sha256: Sha256
    result: MailingResult = Field(strict=False)
    at: Moment
    carrier: Text | None = None
    reference: Identifier | None = None
    reason: Remark | None = None

    @model_validator(mode="after")
    def _proves_what_it_states(self) -> Self:
        if self.result is MailingResult.SENT and (self.carrier is None or self.reference is None):
            raise ValueError("a letter that was sent needs carrier and reference as the proof of mailing; add them")
        if self.result is not MailingResult.SENT and not (self.reason or "").strip():
            raise ValueError("a letter that was not sent or came back needs a reason; add it")
        return self


class LetterSent(CloudEvent):
    """The event on `letters.sent`."""

    type: Literal["com.claimwright.letter.sent.v1"] = "com.claimwright.letter.sent.v1"
    data: LetterSentV1
