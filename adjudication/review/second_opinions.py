"""Second opinions: whoever asks for one does not decide the line in question until a colleague who knows the field spoke.

May not make anybody else wait: every other clinician who may decide the line still may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from adjudication.model.vocabulary import LineNumber
from adjudication.people import License, Refusal, Role, forbidden

WAITS: Final = timedelta(days=5)
"""How long a request binds who made it: a question nobody answers may not hold the claim while its legal clock runs."""

Licenses = Mapping[str, tuple[License, ...]]
"""The licenses of people by id; somebody without any is absent."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recommendation made after the question was put: by whom, about which line (None: the claim), when."""

    person_id: str
    line: LineNumber | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Opinion:
    """A question put to a colleague with an expertise, about one line or (None) all of them.

    `came_from` is the queue the claim was in; taken back, it returns there.
    """

    asked_by: str
    line: LineNumber | None
    expertise: str
    at: datetime
    came_from: Role | None = None
    spoken: tuple[Recommendation, ...] = ()

    def heard(self, spoken: Recommendation) -> Opinion:
        """Return the question with what somebody recommended since; who asked does not answer themselves."""
        return self if spoken.person_id == self.asked_by else replace(self, spoken=(*self.spoken, spoken))

    def binds(self, person_id: str, line: LineNumber | None, at: datetime, licenses: Licenses) -> bool:
        """Say whether it keeps somebody from deciding a line at a moment."""
        about = self.line is None or line is None or self.line == line
        if person_id != self.asked_by or not about or at >= self.at + WAITS:
            return False
        return not any(self._answers(spoken, line, licenses) for spoken in self.spoken)

    def _answers(self, spoken: Recommendation, line: LineNumber | None, licenses: Licenses) -> bool:
        held = licenses.get(spoken.person_id, ())
        return spoken.line in (None, line) and any(knows(license, self.expertise, spoken.at) for license in held)


def knows(license: License, expertise: str, at: datetime) -> bool:
    """Say whether a license shows an expertise on a day."""
    return expertise in license.expertise and at.date() in license.valid and not license.restricted


def awaited(opinions: tuple[Opinion, ...], person_id: str, line: LineNumber | None) -> tuple[Opinion, ...]:
    """Return the questions somebody put about a line; None: every one."""
    return tuple(o for o in opinions if o.asked_by == person_id and (line is None or o.line in (None, line)))


def refusal(opinion: Opinion) -> Refusal:
    """Say who decides instead, or when."""
    until = opinion.at + WAITS
    return forbidden(
        "second-opinion",
        f"you asked a colleague in {opinion.expertise} about this; until one has recommended, somebody else decides it. "
        f"You may withdraw the request, and it ends by itself on {until:%Y-%m-%d %H:%M} UTC",
    )
