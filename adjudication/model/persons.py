"""Separates the persons under one member id. Subscriber and dependents may share it, so the id alone identifies no person (837 2000B and 2000C).

What two records state about a patient can show that they are the same person, that they are not, or neither.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from functools import lru_cache
from itertools import combinations
from typing import Final

from adjudication.quick_values import quick


class Relationship(StrEnum):
    """The patient's relationship to the subscriber (FHIR SubscriberRelationship; 837 PAT01)."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    COMMON = "common"
    OTHER = "other"


class Sex(StrEnum):
    """The patient's sex as a record states it (837 DMG03, FHIR administrative gender). Other and unknown count as not stated."""

    FEMALE = "female"
    MALE = "male"


class Likeness(Enum):
    """The result of comparing two records under one member id: the same person, another person, or unknown."""

    SAME = 0
    UNSURE = 1
    OTHER = 2


@quick
@dataclass(frozen=True, slots=True)
class Person:
    """A record's statements about a patient, besides the member id. None: not stated."""

    birth_date: date
    family_name: str | None = None
    given_name: str | None = None
    suffix: str | None = None
    relationship: Relationship | None = None

    @property
    def named(self) -> bool:
        """Return whether it separates siblings of one birth date."""
        return self.given_name is not None

    @property
    def first_name(self) -> str:
        """The first given name, without regard to case, accents and signs; empty if there is none."""
        return next(iter(_words(self.given_name or "")), "")


_UNDECOMPOSED: Final = str.maketrans(
    {"đ": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}
)
"""Letters that Unicode does not decompose, as records without them are written."""
_INSIDE_A_WORD: Final = frozenset("'’‘ʼ`´.")


def likeness(patient: Person, record: Person) -> Likeness:
    """Compare a patient with a record that may state less; a property missing from the record is not compared.

    Another birth date means another person; a mistyped one finds no coverage, so it decides nothing. Different names, suffixes
    or relationships prove nothing: people use short names, marry, and are entered wrongly.
    """
    if patient.birth_date != record.birth_date:
        return Likeness.OTHER
    if record.given_name is not None and not _given_alike(patient.given_name, record.given_name):
        return Likeness.UNSURE
    if _differ(patient.family_name, record.family_name) and not _share_a_word(patient.family_name, record.family_name):
        return Likeness.UNSURE
    if _differ(patient.suffix, record.suffix) or _unrelated(patient.relationship, record.relationship):
        return Likeness.UNSURE
    return Likeness.SAME


def mutual_likeness(one: Person, other: Person) -> Likeness:
    """Compare two records, each of which may state less than the other; a name missing in one leaves the result open."""
    return max(likeness(one, other), likeness(other, one), key=lambda found: found.value)


def separated(patient: Person, other: Person, on_file: Iterable[Person]) -> Likeness:
    """Decide with the persons known to the payer whether two patients are the same, if their own records do not show it."""
    found = mutual_likeness(patient, other)
    if found is not Likeness.UNSURE:
        return found
    mine, theirs = _known_as(patient, on_file), _known_as(other, on_file)
    if mine is None or theirs is None:
        return Likeness.UNSURE
    return Likeness.SAME if mutual_likeness(mine, theirs) is Likeness.SAME else Likeness.OTHER


def one_person(records: Iterable[Person]) -> bool:
    """Return whether records, any of which may state less than another, can all be about one person."""
    return all(_compatible(one, other) for one, other in combinations(set(records), 2))


def _compatible(one: Person, other: Person) -> bool:
    return Likeness.SAME in (likeness(one, other), likeness(other, one))


def _known_as(patient: Person, on_file: Iterable[Person]) -> Person | None:
    """Return the named person on file who matches a patient; None if none or several match."""
    found = {record for record in on_file if record.named and likeness(patient, record) is Likeness.SAME}
    return next(iter(found)) if found and one_person(found) else None


@lru_cache(maxsize=8192)
def _words(name: str) -> tuple[str, ...]:
    """Return the words of a name as they are compared."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_UNDECOMPOSED)
    kept = (c for c in plain if not unicodedata.combining(c) and c not in _INSIDE_A_WORD)
    return tuple("".join(c if c.isalnum() else " " for c in kept).split())


def _given_alike(one: str | None, other: str) -> bool:
    """Return whether the first given names are equal and the further ones agree, as far as both records state more than an initial."""
    first, second = _words(one or ""), _words(other)
    if not first or not second or first[0] != second[0]:
        return False
    further = zip(first[1:], second[1:], strict=False)
    return all(a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) for a, b in further)


def _share_a_word(one: str | None, other: str | None) -> bool:
    """Return whether two family names share a word, as names changed by marriage usually do."""
    return bool(set(_words(one or "")) & set(_words(other or "")))


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and _words(one) != _words(other)


def _unrelated(one: Relationship | None, other: Relationship | None) -> bool:
    """Return whether two relationships exclude each other. `other` may mean any dependent, so it excludes the subscriber only."""
    if one is None or other is None or one is other:
        return False
    return Relationship.OTHER not in (one, other) or Relationship.SELF in (one, other)
