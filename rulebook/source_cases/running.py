"""Puts source cases to the policies in force and says where the two disagree."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from adjudication.policy.evidence import Service, ServiceHistory, Subject, collect
from adjudication.policy.selection import NoVersion, select_version
from adjudication.policy.verdict import Result
from rulebook.errors import PolicyDataError
from rulebook.medical.case_values import CaseNames
from rulebook.medical.catalog import MedicalLibrary
from rulebook.medical.names import PolicyText
from rulebook.medical.outcome import outcome
from rulebook.source_cases.reading import SourceCase
from rulebook.source_cases.schema import Answer, Expected

_ANSWERS: Final = {
    Result.MEETS: Answer.MET,
    Result.ADVERSE: Answer.NOT_MET,
    Result.ADMINISTRATIVE: Answer.NOT_MET,
}
_EITHER: Final = {
    Expected.NOT_PASSED: frozenset({Answer.NOT_MET, Answer.UNKNOWN, Answer.HELD, Answer.DENIED}),
    Expected.NOT_REFUSED: frozenset({Answer.MET, Answer.UNKNOWN}),
    Expected.NOT_DENIED: frozenset({Answer.PASS, Answer.HELD}),
}


@dataclass(frozen=True, slots=True)
class SourceResult:
    """A case, what the product answers, the rule it rests on, and what it asks for."""

    case: SourceCase
    answer: Answer
    rule: str | None = None
    asks: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Say whether the answer is what the reader of the source expects."""
        return self.answer in allowed(self.case.record.expect)

    @property
    def problem(self) -> str | None:
        """Say what is wrong with the case as it is marked; None when nothing is."""
        mark = self.case.record.disagrees
        if self.agrees:
            return None if mark is None else "agrees now: take its mark `disagrees` away"
        if mark is None:
            return f"expected {self.case.record.expect.value}, found {self.answer.value}"
        return None if mark is self.answer else f"is marked as {mark.value}, found {self.answer.value}"

    def text(self) -> str:
        """Describe the case and what was found on one line."""
        rest = f" by {self.rule}" if self.rule else ""
        asks = f"; asks {', '.join(self.asks)}" if self.asks else ""
        case = self.case
        head = f"{case.where} ({case.at}, {case.record.code}): {case.record.about}"
        return f"{head}\n  expected {case.record.expect.value}, found {self.answer.value}{rest}{asks}"


def allowed(expected: Expected) -> frozenset[Answer]:
    """Return the answers that a case accepts."""
    return _EITHER.get(expected) or frozenset({Answer(expected.value)})


def run_source_cases(library: MedicalLibrary, cases: Iterable[SourceCase]) -> Iterator[SourceResult]:
    """Run the cases of policies; cases of code pages and products, and what no fact can say, are left to others."""
    for case in cases:
        if case.policy is not None and case.record.product is None and case.record.needs_fact is None:
            yield _run(library, case, case.policy)


def _run(library: MedicalLibrary, case: SourceCase, policy: str) -> SourceResult:
    version = select_version(library.shelf.policies[policy], case.service_date, date.max)
    if isinstance(version, NoVersion):
        raise PolicyDataError(case.where, version.why, "choose a day on which the policy is in force")
    names = CaseNames(PolicyText({}), library.vocabulary, version)
    try:
        facts = names.facts((case.where,), case.facts, case.service_date)
    except PolicyDataError as error:
        raise PolicyDataError(case.where, str(error), "correct the case") from error
    program = library.shelf.program(version, case.record.code)
    if program is None:
        return SourceResult(case, Answer.UNGOVERNED)
    evidence = collect(facts, names.screens)
    answers = program.answer(evidence, _subject(case))
    found = outcome(program, answers, evidence.gaps)
    if program.passes_on and found.rule is None:
        return SourceResult(case, Answer.UNGOVERNED)
    asks = sorted(found.documents)
    return SourceResult(case, _ANSWERS.get(found.result, Answer.UNKNOWN), found.rule, tuple(asks))


def _subject(case: SourceCase) -> Subject:
    record = case.record
    return Subject(
        code=record.code,
        service_date=case.service_date,
        received_on=case.service_date,
        diagnoses=record.diagnoses,
        modifiers=record.modifiers,
        place_of_service=record.place,
        same_day=record.same_day,
        history=ServiceHistory(Service(code, day) for code, day in record.before.items()),
        age_years=case.age,
    )


def mark_problem(result: SourceResult, kinds: Collection[str]) -> str | None:
    """Say what is wrong with how a case is marked: a changed answer, or a mark without a kind of open.yaml."""
    record = result.case.record
    if (record.disagrees is None) != (record.because is None):
        return "needs both `disagrees` and `because`, or neither"
    if record.because is not None and record.because not in kinds:
        return f"names {record.because}, which open.yaml does not list"
    return result.problem
