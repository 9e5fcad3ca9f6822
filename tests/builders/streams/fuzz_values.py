"""Scalars of events with one thing wrong, or odd and right, by what stands at a place, and where each kind stands.

What is right comes from the standards: ISO 8601 calendar dates, RFC 3339 times with offsets that exist, plain decimals and
identifiers in ASCII, National Provider Identifiers with their check digit (45 CFR 162.406).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final

from contracts.events.topics import (
    APPEALS_FILED,
    AUTHORIZATIONS_CHANGED,
    CLAIMS_SUBMITTED,
    COVERAGE_CHANGED,
    DOCUMENTS_RECEIVED,
    LETTERS_SENT,
    PROVIDERS_CHANGED,
)

Place = tuple[str | int, ...]


class Kind(Enum):
    """What a scalar is."""

    DAY = auto()
    MOMENT = auto()
    MONEY = auto()
    UNITS = auto()
    NPI = auto()
    IDENTIFIER = auto()
    WORD = auto()
    VERSION = auto()
    LINE = auto()


def other_digits(text: str) -> tuple[str, ...]:
    """The same text in Arabic, Devanagari, full-width and mathematical digits: other characters of the same value."""
    zeros = (0x0660, 0x0966, 0xFF10, 0x1D7D8)
    return tuple("".join(chr(zero + int(each)) if each.isdigit() else each for each in text) for zero in zeros)


def _around(text: str) -> tuple[str, ...]:
    """A text with what people and programs leave around one, and what no person sees."""
    return (
        f" {text}",
        f"{text} ",
        f"{text}\n",
        f"\t{text}",
        f"{text}\x00",
        f"\u200b{text}",
        f"{text}\u00a0",
        f"\ufeff{text}",
    )


_OTHER_TYPES: Final[tuple[Any, ...]] = (True, False, "", " ", [], {}, [None], {"a": 1})
_NEITHER: Final = (None, "null", "NaN", *_OTHER_TYPES)
_NUMBERS: Final = (
    "1_450.00", "1,450.00", " 1450.00 ", "-0.00", "-0", "-5", "+5", "05.00", "1e3", "1E-9", ".5", "5.", "0x10", "Infinity", "-Infinity",
    "500.001", "9" * 40, "0." + "0" * 30 + "1", "５00", "－5", "1/2", 10**400, -1, -0.5, 1e308, 1e-300, "1 450", "$5", "500.00.00",
    *other_digits("500.00"),
)  # fmt: skip

BAD: Final[Mapping[Kind, tuple[Any, ...]]] = {
    Kind.DAY: (
        *_NEITHER, "00000000", "0", "-86400", 0, -86400, 1_756_717_200, "2025-02-30", "2025-13-01", "2025-00-10", "2025-01-00", "20250820",
        "2025-W34-3", "2025-232", "0001-01-01", "9999-12-31", "1899-12-31", "2201-01-01", "2025-8-2", "+2025-08-20", "2025-08-20T00:00:00",
        "2025-08-20T00:00:00Z", "20.08.2025", "08/20/2025", "2025–08–20", "-2025-08-20", "2023-02-29", *other_digits("2025-08-20"),
        *_around("2025-08-20"),
    ),
    Kind.MOMENT: (
        *_NEITHER, "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "2025-09-01T09:00:00+23:59", "2025-09-01T09:00:00-23:59",
        "2025-09-01T09:00:00+14:15", "2025-09-01T09:00:00-12:15", "2025-09-01T09:00:00+05:10", "9999-12-31T23:59:59.999999-12:00",
        "9999-12-31T23:59:59Z", "1989-12-31T23:59:59Z", "1990-01-01T00:00:00+14:00", "2201-01-01T00:00:00Z", "2200-12-31T23:00:00-02:00",
        "2025-09-01T24:00:00Z", "2025-06-30T23:59:60Z", "2025-09-01T09:00:00", "2025-09-01", "2025-09-01 09:00:00Z", "20250901T090000Z",
        "2025-09-01T09:00Z", "2025-09-01T09:00:00+0500", "2025-09-01T09:00:00+5:00", "2025-09-01T09:00:00,5Z", "2025-02-30T09:00:00Z",
        1_756_717_200, 1_756_717_200.5, "1756717200", 0, -1, "now", *other_digits("2025-09-01T09:00:00Z"), *_around("2025-09-01T09:00:00Z"),
    ),
    Kind.MONEY: (*_NEITHER, *_NUMBERS, *_around("500.00")),
    Kind.UNITS: (*_NEITHER, *_NUMBERS, *_around("1"), "0", 0, "1000000"),
    Kind.NPI: (
        *_NEITHER, 1234567893, "123456789", "12345678930", "3234567893", "0234567893", "12345-6789", "123456789X", "1e9", "0x49960325",
        *other_digits("1234567893"), *_around("1234567893"),
    ),
    Kind.IDENTIFIER: (
        None, *_OTHER_TYPES, 7, 1.5, "a b", "é", "x" * 51, "Ⅷ", "n\u0303", "\ud83d\ude00", "a\nb", "\u202e", "\x7f", "x" * 5000,
        *other_digits("7"), *_around("x"),
    ),
    Kind.WORD: (*_OTHER_TYPES, 7, "é", "\x00", "72148-", "ＡＢ", "x y", "x" * 5000, *other_digits("72148"), *_around("72148")),
    Kind.VERSION: (*_NEITHER, 0, -1, 2**63, 2**64, 10**400, 1.5, "1", "1.0", "-1", *other_digits("1"), 1e300),
    Kind.LINE: (*_NEITHER, 0, -1, 1000, 2**31, 2**63, 10**400, 1.5, "1", *other_digits("1")),
}  # fmt: skip
"""Each must be refused wherever its kind stands."""

ODD: Final[Mapping[Kind, tuple[Any, ...]]] = {
    Kind.DAY: ("1900-01-01", "1924-02-29", "1969-12-31", "1970-01-01", "1999-12-31", "2000-02-29"),
    Kind.MOMENT: (
        "2025-09-01t09:00:00z", "2025-09-01T09:00:00.5Z", "2025-09-01T09:00:00.123456789Z", "2025-09-01T09:00:00+14:00",
        "2025-09-01T09:00:00-12:00", "2025-09-01T09:00:00+05:45", "2025-09-01T09:00:00-00:00", "1990-01-01T00:00:00Z",
        "1989-12-31T12:00:00-12:00", "2016-12-31T23:59:59Z", "2024-02-29T23:59:59-08:00",
    ),
    Kind.MONEY: ("0", "0.00", "0.1", "9999999999.99", 500, 500.5, "1450.0"),
    Kind.UNITS: ("0.5", "999999.99", 1, 2.5, "1.00"),
}  # fmt: skip
"""Each is right wherever its kind stands."""

PLACES: Final[Mapping[str, Mapping[Place, Kind]]] = {
    CLAIMS_SUBMITTED: {
        ("time",): Kind.MOMENT,
        ("data", "submitter"): Kind.IDENTIFIER,
        ("data", "claim_control_number"): Kind.IDENTIFIER,
        ("data", "member", "member_id"): Kind.IDENTIFIER,
        ("data", "member", "birth_date"): Kind.DAY,
        ("data", "billing", "npi"): Kind.NPI,
        ("data", "billing", "taxonomy"): Kind.WORD,
        ("data", "diagnoses", 0): Kind.WORD,
        ("data", "lines", 0, "number"): Kind.LINE,
        ("data", "lines", 0, "code"): Kind.WORD,
        ("data", "lines", 0, "units"): Kind.UNITS,
        ("data", "lines", 0, "charge"): Kind.MONEY,
        ("data", "lines", 0, "service_date"): Kind.DAY,
    },
    COVERAGE_CHANGED: {
        ("time",): Kind.MOMENT,
        ("data", "coverage_id"): Kind.IDENTIFIER,
        ("data", "member_id"): Kind.IDENTIFIER,
        ("data", "plan_id"): Kind.IDENTIFIER,
        ("data", "birth_date"): Kind.DAY,
        ("data", "starts"): Kind.DAY,
        ("data", "version"): Kind.VERSION,
    },
    AUTHORIZATIONS_CHANGED: {
        ("time",): Kind.MOMENT,
        ("data", "authorization_number"): Kind.IDENTIFIER,
        ("data", "member_id"): Kind.IDENTIFIER,
        ("data", "plan_id"): Kind.IDENTIFIER,
        ("data", "services", 0, "code"): Kind.WORD,
        ("data", "services", 0, "units"): Kind.UNITS,
        ("data", "services", 0, "starts"): Kind.DAY,
        ("data", "version"): Kind.VERSION,
    },
    PROVIDERS_CHANGED: {
        ("time",): Kind.MOMENT,
        ("data", "npi"): Kind.NPI,
        ("data", "contracts", 0, "plan_id"): Kind.IDENTIFIER,
        ("data", "contracts", 0, "starts"): Kind.DAY,
        ("data", "version"): Kind.VERSION,
    },
    DOCUMENTS_RECEIVED: {
        ("time",): Kind.MOMENT,
        ("data", "document_id"): Kind.IDENTIFIER,
        ("data", "submitter"): Kind.IDENTIFIER,
        ("data", "claim_control_number"): Kind.IDENTIFIER,
        ("data", "kind"): Kind.WORD,
        ("data", "facts", 0, "recorded_on"): Kind.DAY,
        ("data", "version"): Kind.VERSION,
    },
    LETTERS_SENT: {
        ("time",): Kind.MOMENT,
        ("data", "letter_id"): Kind.IDENTIFIER,
        ("data", "sha256"): Kind.IDENTIFIER,
        ("data", "reference"): Kind.IDENTIFIER,
        ("data", "version"): Kind.VERSION,
    },
    APPEALS_FILED: {
        ("time",): Kind.MOMENT,
        ("data", "received_at"): Kind.MOMENT,
        ("data", "submitter"): Kind.IDENTIFIER,
        ("data", "appeal_reference"): Kind.IDENTIFIER,
        ("data", "claim", "payer_claim_number"): Kind.IDENTIFIER,
        ("data", "channel"): Kind.WORD,
        ("data", "version"): Kind.VERSION,
    },
}
"""Scalars that an event of the topic must have."""


def put(event: Any, place: Place, value: Any) -> None:
    """Replace what stands at a place."""
    for step in place[:-1]:
        event = event[step]
    event[place[-1]] = value


def npi(number: int) -> str:
    """A synthetic National Provider Identifier with a right check digit (45 CFR 162.406)."""
    first = f"1{number % 10**8:08d}"
    total = 24  # what the prefix 80840 adds
    for position, character in enumerate(reversed(first)):
        digit = int(character) * (1 if position % 2 else 2)
        total += digit - 9 if digit > 9 else digit
    return f"{first}{-total % 10}"
