"""The error texts for a value that does not fit its contract, with the expected form: for events, the API and forms alike.

The words name limits of the contract and never what was sent, which may be member data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.scalars import FORMS, KINDS

_PYDANTICS: Final = "Value error, "
_OTHERWISE: Final = "the value does not fit the contract"
_LIST, _OBJECT = "a list is needed here", "an object with named values is needed here"
_WHOLE_NUMBER: Final = "a whole number is needed here, without quotes"
_WORDS: Final = {
    "missing": "a required value is missing; add it",
    "extra_forbidden": "a key here is not part of the contract; remove it",
    "string_type": "a text is needed here; put it in quotes",
    "string_pattern_mismatch": "the text does not have the required form",
    "string_too_long": "the text is too long; at most {max_length} characters are allowed",
    "string_too_short": "the text is too short; at least {min_length} characters are needed",
    "string_unicode": "the text is not UTF-8",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "too_short": "the list has too few entries; at least {min_length} are needed",
    "too_long": "the list has too many entries; at most {max_length} are allowed",
    "int_type": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": "the number is too large",
    "bool_type": "true or false is needed here, without quotes",
    "bool_parsing": "true or false is needed here",
    "enum": "the value is not one of those allowed: {expected}",
    "literal_error": "the value is not one of those allowed: {expected}",
    "union_tag_not_found": "the value that says which kind this is, is missing; add it",
    "union_tag_invalid": "the kind is not one of those allowed: {expected_tags}",
    "greater_than": "the number is too small; it must be above {gt}",
    "greater_than_equal": "the number is too small; at least {ge} is needed",
    "less_than": "the number is too large; it must be below {lt}",
    "less_than_equal": "the number is too large; at most {le} is allowed",
    "decimal_max_digits": "the number has too many digits; at most {max_digits} are allowed",
    "decimal_whole_digits": "the number is too large; at most {whole_digits} digits before the point are allowed",
    "decimal_max_places": "the number has too many decimals; at most {decimal_places} are allowed",
    "uuid_parsing": "a UUID is needed here",
    "uuid_type": "a UUID is needed here",
}
_ONE: Final = {
    "too_short": "the list is empty; at least one entry is needed",
    "string_too_short": "the text is empty; fill it or leave the key out",
}


@dataclass(frozen=True, slots=True)
class ValueProblem:
    """One problem: pydantic's kind, the place, and our error text."""

    kind: str
    place: tuple[int | str, ...]
    words: str


def value_problems(errors: Sequence[Mapping[str, Any]]) -> Iterator[ValueProblem]:
    """Return our texts for the errors of a validation, one per cause.

    pydantic leaves wrong entries out before it counts a list, so that a list of one wrong entry also counts as too short.
    """
    places = [tuple(error["loc"]) for error in errors]
    for error, place in zip(errors, places, strict=True):
        within = any(other[: len(place)] == place and len(other) > len(place) for other in places)
        if not (error["type"] == "too_short" and within):
            yield ValueProblem(str(error["type"]), place, _words(error))


def _words(error: Mapping[str, Any]) -> str:
    kind, limits = str(error["type"]), error.get("ctx", {})
    if kind in KINDS:
        return str(error["msg"])
    if kind == "value_error":  # raised by a check of the contract, so the text is ours already
        return str(error["msg"]).removeprefix(_PYDANTICS)
    if kind == "string_pattern_mismatch" and limits.get("pattern") in FORMS:
        return FORMS[limits["pattern"]]
    words = _ONE.get(kind) if limits.get("min_length") == 1 else None
    try:
        return words or _WORDS.get(kind, _OTHERWISE).format_map(limits)
    except KeyError:
        return _OTHERWISE
