"""Reads FACT=VALUE from the command line by the kind of the fact in the dictionary. A typing error gets one clear message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

from adjudication.model.claim import SupportingFact, Value
from contracts.scalars import read_day, read_number
from rulebook.errors import PolicyDataError
from rulebook.medical.precedence import FactEntry

_FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}
UNKNOWN_WORD: Final = "unknown"
SOURCE: Final = "what-if"


def read_changes(
    typed: Iterable[str], dictionary: Mapping[str, FactEntry], recorded_on: date
) -> dict[str, SupportingFact | None]:
    """Read FACT=VALUE pairs; the value `unknown` removes a fact. Raises PolicyDataError for the first error."""
    return dict(_change(pair, dictionary, recorded_on) for pair in typed)


def _change(pair: str, dictionary: Mapping[str, FactEntry], recorded_on: date) -> tuple[str, SupportingFact | None]:
    name, equals, text = (part.strip() for part in pair.partition("="))
    if not equals or not name or not text:
        raise PolicyDataError(pair, "is not FACT=VALUE", "write for example tx.weeks=8, or tx.weeks=unknown")
    entry = dictionary.get(name)
    if entry is None:
        close = get_close_matches(name, tuple(dictionary), n=1)
        remedy = f"did you mean {close[0]}?" if close else "the facts are listed in policies/facts.yaml"
        raise PolicyDataError(pair, f"the fact {name} is not known", remedy)
    if text == UNKNOWN_WORD:
        return name, None
    return name, SupportingFact(name, _value(pair, entry, text), SOURCE, recorded_on, settles=True)


def _value(pair: str, entry: FactEntry, text: str) -> Value:
    match entry.kind:
        case "flag":
            return _flag(pair, text)
        case "date":
            return _day(pair, text)
        case "number":
            return _number(pair, entry, text)
        case "code":
            return _code(pair, entry, text)


def _flag(pair: str, text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise PolicyDataError(pair, f"{text} is neither yes nor no", "write yes, no or unknown")
    return _FLAGS[text.lower()]


def _day(pair: str, text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise PolicyDataError(pair, f"{text} is not a date", "write it as 2025-03-17") from None


def _number(pair: str, entry: FactEntry, text: str) -> Decimal:
    try:
        return read_number(text)
    except ValueError:
        remedy = f"write the number of {entry.unit or 'units'} only"
        raise PolicyDataError(pair, f"{text} is not a number", remedy) from None


def _code(pair: str, entry: FactEntry, text: str) -> str:
    if text not in entry.choices:
        close = get_close_matches(text, entry.choices, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise PolicyDataError(pair, f"{text} is not a choice", f"{hint}choose of: {', '.join(entry.choices)}")
    return text
