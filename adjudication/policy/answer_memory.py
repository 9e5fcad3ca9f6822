"""Answers of single tests, kept by their input: the value of one fact, or one code of the claim.

Claims differ in their facts as a whole, but most facts take few values: yes or no, or a code of a short list. So a line
looks up one pair of bit sets per fact and code, instead of asking each test.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from adjudication.policy.bit_sets import Bits
from adjudication.policy.evidence import Subject
from adjudication.policy.leaves import MET, SAME_DAY, UNKNOWN, Choice, CodeIn, Flag, Judgment, Known, LeafTest

_KEPT: Final = 4096
"""Entries kept at most; a sender may invent codes without end."""

_NO_LINE: Final = Subject("", date.min, date.min)
"""For tests that do not ask for the line."""


class AnswerMemory:
    """The tests of one program whose answers can be kept, and their answers so far."""

    def __init__(self, tests: Mapping[int, LeafTest]) -> None:
        """Take the tests by their place among the nodes."""
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
        """Say whether the memory answers a test; it does not where a claim may have hundreds of codes on one day."""
        if isinstance(test, CodeIn):
            return test.of != SAME_DAY
        return isinstance(test, Flag | Choice | Judgment)

    def of_value(self, fact: str, known: Known) -> Bits:
        """Answer the tests that ask for the value of this fact only."""
        value = known.get(fact)
        key = fact, value.__class__, value  # the type counts too: to a dictionary true is 1
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
