"""The effect of modifiers on contract rates: the schema of payers/modifier_prices.yaml, and its checks.

A modifier that is not listed has no loaded effect: a person prices the line.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field

from adjudication.model.components import Component
from adjudication.model.prices import ModifierPrice, PriceEffect
from adjudication.model.vocabulary import ClaimForm
from contracts.scalars import Modifier
from rulebook.checks import Citations, date_range
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Amount, Cited, Dates, Record, Slug

MODIFIER_PRICES: Final = "payers/modifier_prices.yaml"
_WHOLE: Final = Decimal(100)


class ModifierPriceEntry(Cited):
    """The effect of some modifiers; `forms`, `components` and `schedules` omitted mean all of them."""

    modifiers: Annotated[tuple[Modifier, ...], Field(min_length=1)]
    effect: PriceEffect
    percent: Amount | None = None
    forms: tuple[ClaimForm, ...] = tuple(ClaimForm)
    components: tuple[Component, ...] = tuple(Component)
    schedules: tuple[Slug, ...] = ()
    valid: Dates


class ModifierPricesFile(Record):
    """payers/modifier_prices.yaml."""

    prices: tuple[ModifierPriceEntry, ...]


def modifier_prices(label: str, file: ModifierPricesFile, citations: Citations) -> dict[str, tuple[ModifierPrice, ...]]:
    """Build the dated effects by modifier; two effects at once on one form and schedule are refused."""
    found: dict[str, tuple[ModifierPrice, ...]] = {}
    for index, entry in enumerate(file.prices):
        where = place(label, key=f"prices[{index}]")
        if (entry.effect is PriceEffect.PERCENT) != (entry.percent is not None):
            raise PolicyDataError(where, "effect and percent do not agree", "give percent exactly with effect: percent")
        if entry.percent is not None and not 0 < entry.percent < _WHOLE:
            raise PolicyDataError(where, "percent is not between 0 and 100", "correct it, or use effect: none")
        dates, cited = date_range(where, entry.valid), citations.of(where, entry)
        forms, schedules, parts = frozenset(entry.forms), frozenset(entry.schedules), frozenset(entry.components)
        for modifier in entry.modifiers:
            price = ModifierPrice(modifier, entry.effect, entry.percent, forms, schedules, dates, cited, parts)
            others = found.get(modifier, ())
            if any(_at_once(price, other) for other in others):
                raise PolicyDataError(where, f"modifier {modifier} has two effects at once", "end one of them")
            found[modifier] = (*others, price)
    return found


def _at_once(one: ModifierPrice, other: ModifierPrice) -> bool:
    same = (
        one.forms & other.forms
        and one.components & other.components
        and (one.schedules & other.schedules or one.schedules == other.schedules)
    )
    later, sooner = max(one.dates.starts, other.dates.starts), (one.dates.ends, other.dates.ends)
    return bool(same) and all(end is None or later < end for end in sooner)
