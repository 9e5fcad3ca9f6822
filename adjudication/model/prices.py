"""The effect of a modifier on the price of a line, and a plan's handling of several imaging studies of one session."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from adjudication.model.components import Component
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import ClaimForm, DateRange


class PriceEffect(StrEnum):
    """The effect of a modifier on a contract rate. Component: the rate of that part is paid. Manual: a person sets the price."""

    NONE = "none"
    COMPONENT = "component"
    PERCENT = "percent"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class ModifierPrice:
    """The effect of one modifier while in force, on lines that bill one of `components`. `percent` of the rate is paid.

    `schedules` empty: on every schedule.
    """

    modifier: str
    effect: PriceEffect
    percent: Decimal | None
    forms: frozenset[ClaimForm]
    schedules: frozenset[str]
    dates: DateRange
    citation: Citation
    components: frozenset[Component] = frozenset(Component)


class ReductionHandling(StrEnum):
    """The handling of a line whose payment may be reduced, or included in another bill; this product does not compute that."""

    NOT_APPLIED = "not-applied"
    BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True)
class MultipleImaging:
    """A plan's handling of several imaging studies of one session (CMS multiple procedure indicator 4)."""

    handling: ReductionHandling
    citation: Citation


@dataclass(frozen=True, slots=True)
class InpatientWindow:
    """A plan's handling of a hospital's services within some days before an admission, which the stay may pay for."""

    days: int
    handling: ReductionHandling
    citation: Citation
