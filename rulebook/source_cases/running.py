"""Runs source cases against the policies in force and reports where they disagree."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from adjudication.model.claim import FactSubject, SupportingFact
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber
from adjudication.policy.evidence import Service, ServiceHistory, Subject
from adjudication.policy.selection import NoVersion, select_version
from adjudication.policy.verdict import Result
from adjudication.steps.fact_subjects import LinePlace, evidence_at, study_of
from rulebook.errors import PolicyDataError
from rulebook.library import PolicyLibrary
from rulebook.medical.case_values import CaseNames
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
    """A case, the product's answer, the rule it rests on, and the documents it requests."""

    case: SourceCase
    answer: Answer
    rule: str | None = None
    asks: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Return whether the answer is the one that the reader of the source expects."""
        return self.answer in allowed(self.case.record.expect)

    @property
    def problem(self) -> str | None:
        """Return the fault of the case as it is marked; None when it has none."""
        mark = self.case.record.disagrees
        if self.agrees:
            return None if mark is None else "agrees now: remove `disagrees` from the case"
        if mark is None:
            return f"expected {self.case.record.expect.value}, found {self.answer.value}"
        return None if mark is self.answer else f"is marked as {mark.value}, found {self.answer.value}"

    def text(self) -> str:
        """Describe the case and its result on one line."""
        rest = f" by {self.rule}" if self.rule else ""
        asks = f"; asks {', '.join(self.asks)}" if self.asks else ""
        case = self.case
        head = f"{case.where} ({case.at}, {case.record.code}): {case.record.about}"
        return f"{head}\n  expected {case.record.expect.value}, found {self.answer.value}{rest}{asks}"


def allowed(expected: Expected) -> frozenset[Answer]:
    """Return the answers that a case accepts."""
    return _EITHER.get(expected) or frozenset({Answer(expected.value)})


def run_source_cases(library: PolicyLibrary, cases: Iterable[SourceCase]) -> Iterator[SourceResult]:
    """Run the cases of policies; cases of code pages, of products, and cases that no fact can express are skipped."""
    for case in cases:
        if case.policy is not None and case.record.product is None and case.record.needs_fact is None:
            yield _run(library, case, case.policy)


def _run(whole: PolicyLibrary, case: SourceCase, policy: str) -> SourceResult:
    library = whole.medical
    version = select_version(library.catalog.policies[policy], case.service_date, date.max)
    if isinstance(version, NoVersion):
        raise PolicyDataError(case.where, version.why, "choose a day on which the policy is in force")
    names = CaseNames(PolicyText({}), library.vocabulary, version)
    facts = _facts(names, case)
    program = library.catalog.program(version, case.record.code)
    if program is None:
        return SourceResult(case, Answer.UNGOVERNED)
    evidence = evidence_at(facts, _place(whole.reference, case), whole.reference.facts, names.screens)
    answers = program.answer(evidence, _subject(case))
    found = outcome(program, answers, evidence.gaps)
    if program.passes_on and found.rule is None:
        return SourceResult(case, Answer.UNGOVERNED)
    asks = sorted(found.documents)
    return SourceResult(case, _ANSWERS.get(found.result, Answer.UNKNOWN), found.rule, tuple(asks))


def _facts(names: CaseNames, case: SourceCase) -> tuple[SupportingFact, ...]:
    """Return the facts of the chart: of the line itself, of another line, and of a region."""
    where, day, record = (case.where,), case.service_date, case.record
    facts = list(names.facts(where, case.facts, day))
    for code, stated in record.on_line.items():
        facts += (replace(fact, about=FactSubject(study=code)) for fact in names.facts(where, stated, day))
    for region, stated in record.of_region.items():
        facts += (replace(fact, about=FactSubject(region=region)) for fact in names.facts(where, stated, day))
    return tuple(facts)


def _place(reference: ReferenceData, case: SourceCase) -> LinePlace:
    """Place the line among the others of its day; with `unsaid`, the chart does not state which line its facts are about."""
    record = case.record
    codes = {LineNumber(number): code for number, code in enumerate((record.code, *record.same_day), 1)}
    held = {code: reference.procedure(code, case.service_date) for code in codes.values()}
    regions = {each.region for each in held.values() if each is not None} - {None, "spine"}
    own = held[record.code]
    several = record.unsaid and len(codes) > 1
    return LinePlace(
        LineNumber(1),
        study_of(record.code, reference.family.codes),
        None if own is None else own.region,
        case.service_date,
        {number: study_of(code, reference.family.codes) for number, code in codes.items()},
        reference.family.codes,
        alone=not several,
        one_region=not several or len(regions) <= 1,
    )


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
    """Return the fault of a case's mark: a changed answer, or a mark without a kind of open.yaml."""
    record = result.case.record
    if (record.disagrees is None) != (record.because is None):
        return "needs both `disagrees` and `because`, or neither"
    if record.because is not None and record.because not in kinds:
        return f"names {record.because}, which open.yaml does not list"
    return result.problem
