"""What a claim of the demonstration must come to."""

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
    """The claim is decided; lines in order of their numbers."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Pended:
    """The claim waits for exactly these pend codes, for exactly these outcomes; the lines `ready` are determined already."""

    codes: frozenset[str]
    outcomes: frozenset[str]
    ready: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The claim is answered at the front end, and its event kept as a dead letter."""

    codes: frozenset[str]
    refusal: str


@dataclass(frozen=True, slots=True)
class DeadLettered:
    """The record cannot be attributed to a claim; its bytes are kept."""

    refusal: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """Of claims that share a name exactly one comes to each of these, in whatever order."""

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
    """A claim that waits for one pend code."""
    return Pended(frozenset({code}), frozenset(outcomes), ready)
