"""Whether a filing goes on with an appeal there is, instead of opening one: a level is decided once.

Who files seldom knows under which reference we hold the first level. May not open anything: what fits no appeal goes to
a person with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adjudication.appeals.rules import Appellant
from adjudication.model.vocabulary import LineNumber


@dataclass(frozen=True, slots=True)
class EarlierAppeal:
    """An appeal of the claim, as far as a later filing may go on with it.

    `ruled`: a level of it was decided on the merits. `stands`: the lines no level has overturned. `here`: the further
    level it is at, or on its way to, undecided. `next`: the levels that may be asked for now.
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
    """The appeal a filing goes on with. `opens`: the level it asks for; None where the appeal is there already."""

    appeal_id: str
    reference: str
    opens: str | None


@dataclass(frozen=True, slots=True)
class FilingRequest:
    """What a filing asks: its lines, the level beyond the first if it names one, on which path. `proven`: all proofs came.

    `paths`: the path, and the one it builds on, under which an appeal may have begun before the path was loaded.
    """

    lines: frozenset[LineNumber]
    level: str | None
    paths: frozenset[str]
    appellant: Appellant
    proven: bool


def ruled_on(asked: FilingRequest, earlier: Sequence[EarlierAppeal]) -> frozenset[LineNumber]:
    """Return the lines asked whose first level was decided on the merits under the same path, and stands."""
    return asked.lines & frozenset(
        line for each in earlier if each.path in asked.paths and each.ruled for line in each.stands
    )


def going_on(asked: FilingRequest, earlier: Sequence[EarlierAppeal]) -> Continued | str:
    """Find the one appeal that a filing goes on with, or say in words why there is none."""
    about = [each for each in earlier if each.path in asked.paths and each.stands & asked.lines]
    if not about:
        return f"It asks for {asked.level}, but no appeal of these lines is here that it could go on with."
    fits = [(each, found) for each in about if (found := _level(asked, each)) is not None]
    if len(fits) != 1:
        return _why_none(asked, about, several=len(fits) > 1)
    [(appeal, (level, is_there))] = fits
    more = sorted(asked.lines - appeal.stands)
    if more:
        named = ", ".join(str(line) for line in more)
        return f"Appeal {appeal.reference} can go on to {level}, but line {named} is not ruled on there; ask which is meant."
    if asked.appellant is not appeal.appellant and not asked.proven:
        return f"Appeal {appeal.reference} can go on to {level}, but the proof that the {asked.appellant.value} may ask is missing."
    return Continued(appeal.appeal_id, appeal.reference, None if is_there else level)


def _level(asked: FilingRequest, appeal: EarlierAppeal) -> tuple[str, bool] | None:
    """Return the level an appeal would go on to, and whether it is there; without a level named, where only one follows."""
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
        return f"More than one appeal of these lines could go on: {named}. Ask which is meant."
    following = ", ".join(sorted(level for each in about for level in each.next)) or "nothing"
    wanted = "these lines are ruled on there" if asked.level is None else f"{asked.level} is not open"
    return f"Appeal {named} is here, and {wanted}; what may follow now: {following}."
