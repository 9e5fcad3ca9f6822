"""The dependencies of the mail screens."""

from __future__ import annotations

from dataclasses import dataclass

from letters.prints import LetterPrints
from storage.letters.mail_queue import MailQueue
from storage.letters.notices_due import NoticesDue


@dataclass(frozen=True, slots=True)
class MailDependencies:
    """The queue of letters, the notices that are not sent, and the prints of letters."""

    queue: MailQueue
    notices: NoticesDue
    prints: LetterPrints
