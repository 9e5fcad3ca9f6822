"""Caches answers of single tests by their input: the value of one fact, or one code of the claim.

Claims differ in their facts as a whole, but most facts take few values: yes or no, or a code of a short list. So a line
needs one lookup of a pair of bit sets per fact and code, instead of running each test.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from adjudication.policy.bit_sets import Bits
from adjudication.policy.evidence import Subject
from adjudication.policy.leaves import MET, SAME_DAY, UNKNOWN, Choice, CodeIn, Flag, Judgment, Known, LeafTest

_KEPT: Final = 4096
"""The most entries of the cache; it is bounded because a sender may invent any number of codes."""

_NO_LINE: Final = Subject("", date.min, date.min)
"""The line argument for tests that do not read the line."""


class AnswerMemory:
    """The tests of one program whose answers can be cached, and the cached answers."""

    def __init__(self, tests: Mapping[int, LeafTest]) -> None:
        """Take the tests by their index among the nodes."""
        self._by_fact: dict[str, list[tuple[int, LeafTest]]] = {}
        self._by_code: dict[str, list[tuple[int, CodeIn]]] = {}
        for index, test in tests.items():
            if isinstance(test, CodeIn):
                if self.answers(test):
                    self._by_code.setdefault(test.of, []).append((index, test))
            elif isinstance(test, Flag | Choice | Judgment):
                self._by_fact.setdefault(test.fact, []).append((index, test))
        self.facts = frozenset(self._by_fact)
        self._values: dict[tuple[str, type, object], Bits] = {}
        self._codes: dict[tuple[str, str], int] = {}

    def answers(self, test: LeafTest) -> bool:
        """Return whether a test's answers are cached; not for tests on the codes of a day, which may be hundreds."""
        if isinstance(test, CodeIn):
            return test.of != SAME_DAY
        return isinstance(test, Flag | Choice | Judgment)

    def of_value(self, fact: str, known: Known) -> Bits:
        """Return the answers of the tests that read only this fact's value."""
        value = known.get(fact)
        key = fact, value.__class__, value  # the type is part of the key, because True equals 1 as a dictionary key
        found = self._values.get(key)
        if found is None:
            met = unknown = 0
            for index, test in self._by_fact[fact]:
                answer = test.answer(known, _NO_LINE)
                met |= (answer == MET) << index
                unknown |= (answer == UNKNOWN) << index
            if len(self._values) >= _KEPT:
                self._values.clear()
            found = self._values[key] = met, unknown
        return found

    def of_codes(self, subject: Subject) -> int:
        """Return the tests that the procedure, a diagnosis, a modifier or the place of service meets; others are not met."""
        codes = self._codes
        found = codes.get(("procedure", subject.code))
        met = self._of_code("procedure", subject.code) if found is None else found
        for code in subject.diagnoses:
            found = codes.get(("diagnosis", code))
            met |= self._of_code("diagnosis", code) if found is None else found
        for code in subject.modifiers:
            found = codes.get(("modifier", code))
            met |= self._of_code("modifier", code) if found is None else found
        if (place := subject.place_of_service) is not None:
            found = codes.get(("place-of-service", place))
            met |= self._of_code("place-of-service", place) if found is None else found
        return met

    def _of_code(self, of: str, code: str) -> int:
        if len(self._codes) >= _KEPT:
            self._codes.clear()
        found = sum(1 << index for index, test in self._by_code.get(of, ()) if test.has(code))
        self._codes[of, code] = found
        return found
