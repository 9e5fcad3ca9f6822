"""Second opinions: the person who requests one may not decide the line until a colleague with the expertise has recommended.

Every other clinician who may decide the line still may. The request ends by itself after five days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from adjudication.model.vocabulary import LineNumber
from adjudication.people import License, Refusal, Role, forbidden

BINDS_FOR: Final = timedelta(days=5)
"""The time for which a request binds the person who made it. Without an end it could stop the claim while its deadline runs."""

Licenses = Mapping[str, tuple[License, ...]]
"""The licenses of people by id; people without a license are absent."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recommendation made after the request: by whom, about which line (None: the whole claim), when."""

    person_id: str
    line: LineNumber | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Opinion:
    """A request to a colleague with an expertise, about one line or (None) all of them.

    came_from: the queue the claim was in. A withdrawn request sends it back there.
    answers: the recommendations that colleagues made since.
    """

    asked_by: str
    line: LineNumber | None
    expertise: str
    at: datetime
    came_from: Role | None = None
    answers: tuple[Recommendation, ...] = ()

    def with_recommendation(self, made: Recommendation) -> Opinion:
        """Return the request with a recommendation. The person who made the request does not answer it."""
        return self if made.person_id == self.asked_by else replace(self, answers=(*self.answers, made))

    def binds(self, person_id: str, line: LineNumber | None, at: datetime, licenses: Licenses) -> bool:
        """Return whether the request keeps a person from deciding a line at a moment."""
        about = self.line is None or line is None or self.line == line
        if person_id != self.asked_by or not about or at >= self.at + BINDS_FOR:
            return False
        return not any(self._is_answered_by(made, line, licenses) for made in self.answers)

    def _is_answered_by(self, made: Recommendation, line: LineNumber | None, licenses: Licenses) -> bool:
        theirs = licenses.get(made.person_id, ())
        return made.line in (None, line) and any(_shows(license, self.expertise, made.at) for license in theirs)

    def refusal(self) -> Refusal:
        """Refuse a decision by the person who made the request, and name who decides instead, or when."""
        until = self.at + BINDS_FOR
        return forbidden(
            "second-opinion",
            f"you asked a colleague in {self.expertise} about this; until one has recommended, another clinician "
            f"decides it. You may withdraw the request; it ends by itself on {until:%Y-%m-%d %H:%M} UTC",
        )


def _shows(license: License, expertise: str, at: datetime) -> bool:
    return expertise in license.expertise and at.date() in license.valid and not license.restricted


def requests_of(opinions: tuple[Opinion, ...], person_id: str, line: LineNumber | None) -> tuple[Opinion, ...]:
    """Return the requests a person made about a line; None: about any line."""
    return tuple(o for o in opinions if o.asked_by == person_id and (line is None or o.line in (None, line)))
