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
    """An existing appeal of the claim, with the facts that a later filing needs to continue it.

    `has_ruling`: a level was decided on the merits. `not_overturned`: the lines that no level has overturned. `pending_level`: the undecided
    further level that it is at or was forwarded to. `next_levels`: the levels that may be requested now.
    """

    appeal_id: str
    reference: str
    path: str
    appellant: Appellant
    not_overturned: frozenset[LineNumber]
    has_ruling: bool
    pending_level: str | None
    next_levels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Continued:
    """The appeal that a filing continues. `opens`: the requested level; None if the appeal is at that level already."""

    appeal_id: str
    reference: str
    opens: str | None


@dataclass(frozen=True, slots=True)
class FilingRequest:
    """The content of a filing. `level`: the requested level, if the filing names one beyond the first.

    `paths`: the names of the path and of the path that it extends; an existing appeal may be under either.
    `proven`: all proofs were received.
    """

    lines: frozenset[LineNumber]
    level: str | None
    paths: frozenset[str]
    appellant: Appellant
    proven: bool


def lines_already_ruled_on(request: FilingRequest, earlier: Sequence[EarlierAppeal]) -> frozenset[LineNumber]:
    """Return the requested lines that an existing appeal of the same path ruled on and did not overturn."""
    return request.lines & frozenset(
        line for each in earlier if each.path in request.paths and each.has_ruling for line in each.not_overturned
    )


def find_appeal_to_continue(request: FilingRequest, earlier: Sequence[EarlierAppeal]) -> Continued | str:
    """Return the one appeal that a filing continues, or a sentence why there is none."""
    candidates = [each for each in earlier if each.path in request.paths and each.not_overturned & request.lines]
    if not candidates:
        return f"It requests {request.level}, but there is no appeal of these lines to continue."
    fits = [(each, found) for each in candidates if (found := _level(request, each)) is not None]
    if len(fits) != 1:
        return _why_none(request, candidates, several=len(fits) > 1)
    [(appeal, (level, is_there))] = fits
    more = sorted(request.lines - appeal.not_overturned)
    if more:
        named = ", ".join(str(line) for line in more)
        return f"Appeal {appeal.reference} can continue to {level}, but it did not decide line {named}; ask the appellant which appeal is meant."
    if request.appellant is not appeal.appellant and not request.proven:
        return f"Appeal {appeal.reference} can continue to {level}, but the proof that the {request.appellant.value} may appeal is missing."
    return Continued(appeal.appeal_id, appeal.reference, None if is_there else level)


def _level(request: FilingRequest, appeal: EarlierAppeal) -> tuple[str, bool] | None:
    """Return the level that the filing requests, and whether the appeal is at that level already.

    A filing that names no level requests the next level, if there is only one.
    """
    if request.level is None and not appeal.has_ruling:
        return None
    if appeal.pending_level is not None and request.level in (None, appeal.pending_level):
        return appeal.pending_level, True
    if request.level in appeal.next_levels:
        return str(request.level), False
    if request.level is None and len(appeal.next_levels) == 1:
        return next(iter(appeal.next_levels)), False
    return None


def _why_none(request: FilingRequest, candidates: Sequence[EarlierAppeal], *, several: bool) -> str:
    named = ", ".join(sorted(each.reference for each in candidates))
    if several:
        return f"More than one appeal of these lines could continue: {named}. Ask the appellant which is meant."
    following = ", ".join(sorted(level for each in candidates for level in each.next_levels)) or "nothing"
    wanted = "it decided these lines" if request.level is None else f"{request.level} is not open"
    return f"Appeal {named} exists, and {wanted}. Levels open now: {following}."
