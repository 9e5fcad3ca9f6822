"""Time limits that letters read from the appeal path of the reader, so that a letter and the appeal use the same time limits.

Such a number is stored with the path only: `{appeal-file}` in a text is the window of the path's first level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from adjudication.appeals.rules import (
    AppealLevel,
    AppealPath,
    Appellant,
    DecisionPeriod,
    FilingWindow,
    Forum,
    Subject,
    Urgency,
)
from adjudication.deadlines.periods import Period, Unit
from adjudication.letters.letter import Audience
from adjudication.model.findings import Citation

Time = tuple[Period, Citation]

_APPELLANTS: Final = {
    Audience.MEMBER: (Appellant.MEMBER,),
    Audience.PROVIDER: (Appellant.CONTRACT_PROVIDER, Appellant.NON_CONTRACT_PROVIDER),
}


def path_time(path: AppealPath, name: str, audience: Audience) -> Time | None:
    """Return the time limit of a slot on a path, for one reader; None where the path has no such time."""
    return _READERS[name](path, audience)


def _window(level: AppealLevel | None, audience: Audience) -> FilingWindow | None:
    found = [] if level is None else [level.window(appellant) for appellant in _APPELLANTS[audience]]
    return next((window for window in found if window is not None), None)


def _first(path: AppealPath, audience: Audience) -> Time | None:
    window = _window(path.levels[0], audience)
    return None if window is None else (window.period, window.citation)


def _receipt(path: AppealPath, audience: Audience) -> Time | None:
    window = _window(path.levels[0], audience)
    if window is None or not window.presumed_receipt_days:
        return None
    return Period(window.presumed_receipt_days, Unit.DAYS), window.citation


def _decision(subject: Subject, urgency: Urgency) -> Callable[[AppealPath, Audience], Time | None]:
    def read(path: AppealPath, _audience: Audience) -> Time | None:
        found: DecisionPeriod | None = path.levels[0].decision(subject, urgency)
        return None if found is None else (found.period, found.citation)

    return read


def _window_at(forum: Forum) -> Callable[[AppealPath, Audience], Time | None]:
    def read(path: AppealPath, audience: Audience) -> Time | None:
        window = _window(next((level for level in path.levels if level.forum is forum), None), audience)
        return None if window is None else (window.period, window.citation)

    return read


def _continuation(path: AppealPath, _audience: Audience) -> Time | None:
    found = next((level.continuation for level in path.levels if level.continuation is not None), None)
    return None if found is None else (found.ask_within, found.citation)


_READERS: Final[Mapping[str, Callable[[AppealPath, Audience], Time | None]]] = {
    "appeal-file": _first,
    "receipt-presumed": _receipt,
    "appeal-decide": _decision(Subject.PAYMENT, Urgency.STANDARD),
    "expedited-decide": _decision(Subject.SERVICE, Urgency.EXPEDITED),
    "external-file": _window_at(Forum.EXTERNAL_REVIEW),
    "hearing-file": _window_at(Forum.STATE),
    "continuation-file": _continuation,
}

PATH_TIMES: Final = frozenset(_READERS)
"""The slots that the path of the reader fills; policies/letters/periods.yaml may not give them."""
