"""Finds the existing appeal that a new filing continues, so that no level is decided twice.

The appellant seldom knows our reference of the first level. A filing that matches no appeal opens nothing; it goes to
a person with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adjudication.appeals.rules import Appellant
from adjudication.model.vocabulary import LineNumber


@dataclass(frozen=True, slots=True)
class EarlierAppeal:
    """An appeal of the claim, with what a later filing needs to continue it.

    `ruled`: a level was decided on the merits. `stands`: the lines that no level has overturned. `here`: the undecided
    further level that it is at or was forwarded to. `next`: the levels that may be requested now.
    """

    appeal_id: str
    reference: str
    path: str
    appellant: Appellant
    stands: frozenset[LineNumber]
    ruled: bool
    here: str | None
    next: frozenset[str]


@dataclass(frozen=True, slots=True)
class Continued:
    """The appeal that a filing continues. `opens`: the requested level; None if the appeal is at that level already."""

    appeal_id: str
    reference: str
    opens: str | None


@dataclass(frozen=True, slots=True)
class FilingRequest:
    """The content of a request: its lines, a level beyond the first if it names one, and its path. `proven`: all proofs were received.

    `paths`: the path and the path it extends; an earlier appeal may have been opened under the latter.
    """

    lines: frozenset[LineNumber]
    level: str | None
    paths: frozenset[str]
    appellant: Appellant
    proven: bool


def ruled_on(asked: FilingRequest, earlier: Sequence[EarlierAppeal]) -> frozenset[LineNumber]:
    """Return the requested lines that a first level of the same path upheld on the merits."""
    return asked.lines & frozenset(
        line for each in earlier if each.path in asked.paths and each.ruled for line in each.stands
    )


def going_on(asked: FilingRequest, earlier: Sequence[EarlierAppeal]) -> Continued | str:
    """Return the one appeal that a filing continues, or a sentence why there is none."""
    about = [each for each in earlier if each.path in asked.paths and each.stands & asked.lines]
    if not about:
        return f"It requests {asked.level}, but there is no appeal of these lines to continue."
    fits = [(each, found) for each in about if (found := _level(asked, each)) is not None]
    if len(fits) != 1:
        return _why_none(asked, about, several=len(fits) > 1)
    [(appeal, (level, is_there))] = fits
    more = sorted(asked.lines - appeal.stands)
    if more:
        named = ", ".join(str(line) for line in more)
        return f"Appeal {appeal.reference} can continue to {level}, but it did not decide line {named}; ask the appellant which appeal is meant."
    if asked.appellant is not appeal.appellant and not asked.proven:
        return f"Appeal {appeal.reference} can continue to {level}, but the proof that the {asked.appellant.value} may appeal is missing."
    return Continued(appeal.appeal_id, appeal.reference, None if is_there else level)


def _level(asked: FilingRequest, appeal: EarlierAppeal) -> tuple[str, bool] | None:
    """Return the level that the filing would reach, and whether the appeal is at it; a filing that names none reaches the only next level."""
    if asked.level is None and not appeal.ruled:
        return None
    if appeal.here is not None and asked.level in (None, appeal.here):
        return appeal.here, True
    if asked.level in appeal.next:
        return str(asked.level), False
    if asked.level is None and len(appeal.next) == 1:
        return next(iter(appeal.next)), False
    return None


def _why_none(asked: FilingRequest, about: Sequence[EarlierAppeal], *, several: bool) -> str:
    named = ", ".join(sorted(each.reference for each in about))
    if several:
        return f"More than one appeal of these lines could continue: {named}. Ask the appellant which is meant."
    following = ", ".join(sorted(level for each in about for level in each.next)) or "nothing"
    wanted = "it decided these lines" if asked.level is None else f"{asked.level} is not open"
    return f"Appeal {named} exists, and {wanted}. Levels open now: {following}."
