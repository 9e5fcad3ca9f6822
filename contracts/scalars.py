"""Types and readers of dates, times, numbers and identifiers in events, in the API, on the command line and in the files of
policies/. No other module reads such text.

Digits are ASCII digits: `\\d` would accept digits of other scripts too, and one identifier would have several spellings.
Errors name what is expected and never what was sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar, cast

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from adjudication.model.vocabulary import MOST_LINES

STORED: Final = "as an earlier version stored it"
"""Validation context for stored data: an earlier version accepted more, and its values stay readable."""

FIRST_YEAR: Final = 1990
"""The earliest year of services, payments, filings and times of events: payers no longer exchange older records."""
FIRST_BIRTH_YEAR: Final = 1900
"""The earliest year of births and of other old dates: onsets, licenses, enrollments, laws."""
LAST_YEAR: Final = 2200

_DAY_FORM: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT_FORM: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
_NUMBER_FORM: Final = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
_NUMBER_NOT_BELOW_ZERO: Final = r"^(0|[1-9][0-9]*)(\.[0-9]+)?$"
_NUMBER_BELOW_ZERO: Final = r"^-(0\.[0-9]*[1-9][0-9]*|[1-9][0-9]*(\.[0-9]+)?)$"
_MOMENT: Final = re.compile(_MOMENT_FORM.removesuffix("$"))
_NUMBER: Final = re.compile(_NUMBER_FORM.removesuffix("$"))
_DAY_TEXT: Final = "write a date as 2025-11-03, with a day that the calendar has"
_NUMBER_TEXT: Final = "write a plain number such as 1450.00, without blanks, separators, an exponent or a sign of zero"
_WHOLE: Final = re.compile("[0-9]{1,19}")
_OTHER_DIGITS: Final = re.compile(r"\\[dDwWsSbB]")
_JOINERS: Final = frozenset("\u200c\u200d")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_WEST, _EAST, _QUARTER = timedelta(hours=-12), timedelta(hours=14), timedelta(minutes=15)

Read = TypeVar("Read")

KINDS: Final = frozenset(
    {
        "calendar_date",
        "date_out_of_range",
        "rfc3339_time",
        "time_offset",
        "time_out_of_range",
        "plain_number",
        "whole_number",
        "name_characters",
    }
)
"""Kinds of the validation errors raised here. Their texts are ours and repeat nothing that was sent."""


def read_day(text: str) -> date:
    """Read an ISO 8601 calendar date, `2025-11-03`, and nothing else that may mean a day; raises ValueError."""
    if len(text) == len("2025-11-03") and text[4] == text[7] == "-" and text.isascii():
        return date.fromisoformat(text)
    raise ValueError("write a date as 2025-11-03")


def read_moment(text: str) -> datetime:
    """Read an RFC 3339 time; raises ValueError. A leap second is refused: no clock here has one."""
    if not _MOMENT.fullmatch(text):
        raise ValueError("write a time as 2025-11-03T14:30:00Z")
    return datetime.fromisoformat(text.upper())


def read_number(text: str) -> Decimal:
    """Read a plain decimal in ASCII: no blank, sign of plus, separator, exponent, leading zero or minus zero; raises ValueError."""
    if not _NUMBER.fullmatch(text) or (text[0] == "-" and not text.strip("-0.")):
        raise ValueError("write a plain number, such as 1450.00")
    return Decimal(text)


def read_whole(text: str) -> int | None:
    """Read a whole number of at most 19 ASCII digits; None for anything else."""
    return int(text) if _WHOLE.fullmatch(text) else None


def _day_since(first: int, *, also_ours: bool = False) -> Callable[[object], date]:
    """Return a reader of days; a day that is not text comes from our own code, and has no bounds unless `also_ours`."""
    range_text = _range_text(first)

    def read(value: object) -> date:
        day = value if type(value) is date else None
        if isinstance(value, str) and not also_ours:  # in a file of policies/, a quoted date is text, not a date
            day = _or_none(read_day, value)
        if day is None:
            raise _error("calendar_date", _DAY_TEXT)
        if (also_ours or isinstance(value, str)) and not first <= day.year <= LAST_YEAR:
            raise _error("date_out_of_range", range_text)
        return day

    return read


def _range_text(first: int) -> str:
    return f"the date lies before {first} or after {LAST_YEAR}; correct it, or leave out an end that is not known"


def _day_of_json(first: int) -> Callable[[CoreSchema], CoreSchema]:
    """Return a schema that reads as `_day_since` does, without calls into Python."""
    form = core_schema.chain_schema(
        [core_schema.str_schema(pattern=_DAY_FORM, strict=True), core_schema.date_schema(strict=False)]
    )
    years = core_schema.date_schema(ge=date(first, 1, 1), le=date(LAST_YEAR, 12, 31))
    read = core_schema.chain_schema(
        [
            core_schema.custom_error_schema(form, "calendar_date", custom_error_message=_DAY_TEXT),
            core_schema.custom_error_schema(years, "date_out_of_range", custom_error_message=_range_text(first)),
        ]
    )
    return lambda _schema: read


def _number_of_json(schema: CoreSchema) -> CoreSchema:
    """Return a schema that reads text as `_number` does, without calls into Python; `_number` reads JSON numbers."""
    text = core_schema.union_schema(
        [
            core_schema.str_schema(pattern=_NUMBER_NOT_BELOW_ZERO, strict=True),
            core_schema.str_schema(pattern=_NUMBER_BELOW_ZERO, strict=True),
            core_schema.no_info_plain_validator_function(_number),
        ],
        mode="left_to_right",
    )
    form = core_schema.custom_error_schema(text, "plain_number", custom_error_message=_NUMBER_TEXT)
    bounds = {**schema, "strict": False}  # the text was converted to a Python string before
    return core_schema.chain_schema([form, cast("CoreSchema", bounds)])


def _moment(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    moment = _or_none(read_moment, value) if isinstance(value, str) else None
    offset = None if moment is None else moment.utcoffset()
    if moment is None or offset is None:
        raise _error("rfc3339_time", "write a time as 2025-11-03T14:30:00Z, or with an offset such as -05:00 for the Z")
    if not _WEST <= offset <= _EAST or offset % _QUARTER:
        text = "no place has this offset from UTC; offsets are quarter hours from -12:00 to +14:00"
        raise _error("time_offset", text)
    if not FIRST_YEAR < moment.year < LAST_YEAR and not _in_years(moment):
        raise _error("time_out_of_range", f"the time lies before {FIRST_YEAR} or after {LAST_YEAR}; correct it")
    return moment


def _in_years(moment: datetime) -> bool:
    try:
        return FIRST_YEAR <= moment.astimezone(UTC).year <= LAST_YEAR
    except OverflowError:
        return False


def _number(value: object) -> Decimal:
    """Read a number; a JSON or Python float becomes the shortest decimal that converts back to it."""
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if type(value) in {int, float}:
        value = str(value)
    number = _or_none(read_number, value) if isinstance(value, str) else None
    if number is None:
        raise _error("plain_number", _NUMBER_TEXT)
    return number


def _whole(value: object) -> int:
    found = read_whole(value) if isinstance(value, str) else value
    if type(found) is not int:
        raise _error("whole_number", "write a whole number, such as 25")
    return found


def _or_none(read: Callable[[str], Read], text: str) -> Read | None:
    try:
        return read(text)
    except ValueError:
        return None


def _error(kind: str, text: str) -> PydanticCustomError:
    return PydanticCustomError(kind, text)


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a type before pydantic checks its bounds, and the type's JSON Schema.

    `before` reads values that an earlier version stored (contracts/stored.py). `form` and `named` are the pattern and format of the
    JSON Schema. `of_json` reads JSON without a Python call per value, for types that a claim has some thirty times.
    """

    read: Callable[[object], Any]
    before: TypeAdapter[Any]
    form: str
    named: str | None = None
    description: str = ""
    of_json: Callable[[CoreSchema], CoreSchema] | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Put the reader before pydantic's own."""

        def read(value: object, info: core_schema.ValidationInfo) -> Any:
            return self.before.validate_python(value) if info.context == STORED else self.read(value)

        own = handler(source)
        reader = core_schema.with_info_before_validator_function(read, own)
        return reader if self.of_json is None else core_schema.json_or_python_schema(self.of_json(own), reader)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON Schema; a number keeps the bounds from pydantic's schema."""
        own: Any = schema
        while "schema" in own:  # unwrap a validator that a model put before this one
            own = own["schema"]
        stated = handler(own.get("python_schema", schema))
        text = {"type": "string", "pattern": self.form}
        if self.named is not None:
            return {**text, "format": self.named, "description": self.description}
        numbers = [each for each in stated.get("anyOf", ()) if each.get("type") == "number"]
        return {"anyOf": [*numbers, text], "description": self.description} if numbers else stated


_OLD_DAY: Final = TypeAdapter(date)
_DAY: Final = Reader(
    _day_since(FIRST_YEAR),
    _OLD_DAY,
    _DAY_FORM,
    "date",
    f"ISO 8601 calendar date, {FIRST_YEAR}-{LAST_YEAR}",
    _day_of_json(FIRST_YEAR),
)
_PLAUSIBLE_DATE: Final = Reader(
    _day_since(FIRST_BIRTH_YEAR),
    _OLD_DAY,
    _DAY_FORM,
    "date",
    f"ISO 8601 calendar date, {FIRST_BIRTH_YEAR}-{LAST_YEAR}",
    _day_of_json(FIRST_BIRTH_YEAR),
)
_DAY_OF_DATA: Final = replace(_PLAUSIBLE_DATE, read=_day_since(FIRST_BIRTH_YEAR, also_ours=True), of_json=None)
_RFC3339: Final = Reader(
    _moment,
    TypeAdapter(datetime),
    _MOMENT_FORM,
    "date-time",
    f"RFC 3339 time, {FIRST_YEAR}-{LAST_YEAR}, offset -12:00 to +14:00",
)
PLAIN: Final = Reader(
    _number,
    TypeAdapter(Decimal),
    _NUMBER_FORM,
    description="plain ASCII decimal; write a text, since a JSON number is read by its shortest decimals",
    of_json=_number_of_json,
)
"""For a Decimal with bounds: `Annotated[Decimal, Field(gt=0, ...), PLAIN]`."""


def _name(value: str, info: ValidationInfo) -> str:
    """Refuse characters that cannot be seen or that reverse the direction of the text. Two invisible joiners are allowed: some scripts need them."""
    if value.isascii() and value.isprintable() and value[:1].isalnum():  # fast path for nearly all names
        return value
    hidden = (c for c in value if c not in _JOINERS and unicodedata.category(c) in _UNSEEN)
    if info.context != STORED and (any(hidden) or not any(c.isalnum() for c in value)):
        text = "a name has a letter, and no character that is not seen or turns the direction of text; send the letters alone"
        raise _error("name_characters", text)
    return value


def ascii_text(pattern: str, shortest: int | None = None, longest: int | None = None) -> FieldInfo:
    """Return the form of an identifier or code; ValueError for a pattern that takes in characters of other scripts."""
    if not pattern.isascii() or _OTHER_DIGITS.search(pattern) or "[^" in pattern or "." in _outside_classes(pattern):
        raise ValueError(f"{pattern}: name the ASCII characters, such as [0-9] or [!-~]")
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise ValueError(f"{pattern}: anchor it with ^ and $")
    found: FieldInfo = Field(pattern=pattern, min_length=shortest, max_length=longest)
    return found


def _outside_classes(pattern: str) -> str:
    return re.sub(r"\\.|\[[^\]]*\]", "", pattern)


Whole = Annotated[int, Reader(_whole, TypeAdapter(int), "")]
"""A number that may come as text, in an address or a form."""

Day = Annotated[date, _DAY]
"""A day of business: service, payment, filing."""
DayOfData = Annotated[date, _DAY_OF_DATA]
"""A day in a file of policies/: YAML has converted it to a date already."""
PlausibleDate = Annotated[date, _PLAUSIBLE_DATE]
"""A day of birth, or another day that may be as early."""
Moment = Annotated[datetime, _RFC3339]

PlainDecimal = Annotated[Decimal, PLAIN]
SignedMoney = Annotated[Decimal, Field(max_digits=12, decimal_places=2), PLAIN]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2), PLAIN]
"""US dollars."""
Price = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2), PLAIN]
Units = Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=2), PLAIN]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=5, decimal_places=4), PLAIN]
Measurement = Annotated[Decimal, Field(max_digits=10, decimal_places=3), PLAIN]

_NPI: Final = r"^[12][0-9]{9}$"
_TAXONOMY: Final = r"^[0-9A-Z]{9}X$"
_PROCEDURE: Final = r"^[0-9A-Z][0-9]{3}[0-9A-Z]$"
_MODIFIER: Final = r"^[0-9A-Z]{2}$"
_DIAGNOSIS: Final = r"^[A-Z][0-9A][0-9A-Z](\.[0-9A-Z]{1,4})?$"
_REVENUE: Final = r"^[0-9]{4}$"

FORMS: Final[Mapping[str, str]] = {
    _NPI: "write a National Provider Identifier of ten digits, which begins with 1 or 2",
    _TAXONOMY: "write a provider taxonomy code of ten characters in capitals, such as 2085R0202X",
    _PROCEDURE: "write a procedure code of five characters in capitals, such as 72148 or 0609T",
    _MODIFIER: "write a code of two characters in capitals, such as 26 or XS for a modifier",
    _DIAGNOSIS: "write an ICD-10-CM code in capitals with its point, such as M51.16; an 837 leaves the point out",
    _REVENUE: "write four digits, such as 0612 for a revenue code",
}
"""An example of each form, for error texts to senders of a malformed value."""

Npi = Annotated[str, ascii_text(_NPI)]
Taxonomy = Annotated[str, ascii_text(_TAXONOMY)]
ProcedureCode = Annotated[str, ascii_text(_PROCEDURE)]
Modifier = Annotated[str, ascii_text(_MODIFIER)]
DiagnosisCode = Annotated[str, ascii_text(_DIAGNOSIS)]
PlaceOfService = Annotated[str, ascii_text(r"^[0-9]{2}$")]
BillType = Annotated[str, ascii_text(r"^[0-9]{2}[0-9A-Z]$")]
RevenueCode = Annotated[str, ascii_text(_REVENUE)]
State = Annotated[str, ascii_text(r"^[A-Z]{2}$")]
OutcomeName = Annotated[str, ascii_text(r"^[a-z]+\.[a-z_]+$")]
FactName = Annotated[str, ascii_text(r"^[a-z][a-z0-9_.]{1,60}$")]
Identifier = Annotated[str, ascii_text("^[!-~]+$", 1, 50)]
"""An identifier on the wire: printable, no blanks."""
EventText = Annotated[str, ascii_text("^[!-~]([ -~]*[!-~])?$", 1, 200)]
"""An attribute of an event's envelope."""
LineNumberV1 = Annotated[int, Field(ge=1, le=MOST_LINES)]

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\s\x00]([^\n\x00]*[^\s\x00])?$")]
"""Words for people, in any script, on one line without leading or trailing blanks; no NUL, which no database text holds."""
AddressLine = Annotated[str, Field(min_length=1, max_length=55, pattern=r"^[^\s\x00]([^\n\x00]*[^\s\x00])?$")]
City = Annotated[str, Field(min_length=1, max_length=30, pattern=r"^[^\s\x00]([^\n\x00]*[^\s\x00])?$")]
PostalCode = Annotated[str, ascii_text(r"^[0-9]{5}(-[0-9]{4})?$")]
PersonName = Annotated[Text, AfterValidator(_name)]
"""A name of a person, in any script."""
NameSuffix = Annotated[
    str, Field(min_length=1, max_length=10, pattern=r"^[^\s\x00]([^\n\x00]*[^\s\x00])?$"), AfterValidator(_name)
]
FreeText = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
"""Anything but NUL, which PostgreSQL refuses: such a claim could never be stored and would block those behind it."""
Quote = Annotated[str, Field(min_length=2, max_length=300, pattern=r"^[^\x00]*$")]
"""Words quoted from a document."""
Remark = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Description = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]

StatedSex = Literal["female", "male", "other", "unknown"]
"""A patient's sex as a record states it (FHIR administrative gender)."""
