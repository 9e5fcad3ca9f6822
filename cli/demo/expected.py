"""Expected results of the demonstration's claims."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """The decision on one line: disposition, group and CARC (none when paid in full) and the primary outcome."""

    disposition: str
    outcome: str
    group: str | None = None
    carc: str | None = None
    also_fails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Determined:
    """The claim is decided; `lines` in order of their numbers."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Pended:
    """The claim is pended with exactly these pend codes and outcomes; the lines `ready` are determined already."""

    codes: frozenset[str]
    outcomes: frozenset[str]
    ready: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The claim is rejected at the front end, and its event is kept as a dead letter."""

    codes: frozenset[str]
    refusal: str


@dataclass(frozen=True, slots=True)
class DeadLettered:
    """The record cannot be attributed to a claim; its bytes are kept."""

    refusal: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """Claims that share a group: each result occurs exactly once, in any order."""

    group: str
    outcomes: tuple[Determined | Pended, ...]


Expected = Determined | Pended | Rejected | DeadLettered | OneOf

PAID = Line("approved", "pricing.rated", "CO", "45")


def denied(outcome: str, carc: str, *also: str, group: str = "CO") -> Line:
    """A denied line."""
    return Line("denied", outcome, group, carc, also)


def determined(*lines: Line) -> Determined:
    """A decided claim."""
    return Determined(lines)


def pended(code: str, *outcomes: str, ready: tuple[int, ...] = ()) -> Pended:
    """A claim with one pend code."""
    return Pended(frozenset({code}), frozenset(outcomes), ready)
