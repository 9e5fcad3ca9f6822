"""Reads and runs the cases of a policy version: the author's proof that the rules mean what they should.

An error in a case (unknown fact, value of the wrong kind, rule that does not exist) is refused when it is read, with file and
line, so that no case passes for the wrong reason. Cases run on one version, without precedence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adjudication.model.claim import SupportingFact
from adjudication.policy.evidence import Service, ServiceHistory, Subject, collect
from adjudication.policy.program import Program
from adjudication.policy.tree import PolicyVersion
from rulebook.medical.case_schema import CaseRecord, CasesFile, ExpectRecord, LineRecord
from rulebook.medical.case_values import CaseNames
from rulebook.medical.catalog import CASES, MEDICAL
from rulebook.medical.names import Loc, PolicyText, Vocabulary
from rulebook.medical.outcome import Gaps, Outcome, decisive_leaves, open_nodes, outcome
from rulebook.yaml_files import read_yaml

_ANSWERS = ("not met", "met", "unknown")


@dataclass(frozen=True, slots=True)
class Case:
    """One checked case: `where` is file and line, `name` its sentence."""

    name: str
    where: str
    subject: Subject
    facts: tuple[SupportingFact, ...]
    screens: Mapping[str, tuple[str, ...]]
    expect: ExpectRecord


@dataclass(frozen=True, slots=True)
class CaseRun:
    """A case with its result: the compiled rules, every answer, the outcome."""

    case: Case
    program: Program
    answers: bytes
    gaps: Gaps
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The actual result of a case against the expected one; `differences` is empty when the case passes."""

    run: CaseRun
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Return whether everything expected was found."""
        return not self.differences

    def text(self) -> str:
        """Describe the difference in a few lines: expected and actual result, and the leaves that decide it."""
        case = self.run.case
        if self.passed:
            return f"{case.where}: {case.name}"
        lines = [f"{case.where}: {case.name}", *(f"  {difference}" for difference in self.differences)]
        leaves = decisive_leaves(self.run.program, self.run.answers, self.run.gaps)
        lines.append("  what was found turns on:" if leaves else "  no single answer changes what was found")
        for leaf in leaves:
            node = self.run.program.nodes[leaf]
            lines.append(f"    {node.node_id} is {_ANSWERS[self.run.answers[leaf]]}: {node.text}")
        return "\n".join(lines)


def read_cases(root: Path, version: PolicyVersion, vocabulary: Vocabulary) -> tuple[Case, ...]:
    """Read every case file of a version under policies/ (`root`); raises PolicyDataError for the first error."""
    folder = root / MEDICAL / version.policy / version.version / CASES
    seen: dict[str, str] = {}
    cases: list[Case] = []
    for path in sorted(folder.glob("*.yaml")):
        label = path.relative_to(root).as_posix()
        file = read_yaml(path, label, CasesFile)
        text = PolicyText({label: path.read_text(encoding="utf-8")})
        cases += _Reader(label, file, CaseNames(text, vocabulary, version), seen).cases()
    return tuple(cases)


def run_case(case: Case, programs: dict[str, Program], version: PolicyVersion) -> CaseRun:
    """Run one case; `programs` caches the compiled rules, by code, from one case to the next."""
    code = case.subject.code
    if code not in programs:
        programs[code] = Program(version, code)
    program = programs[code]
    evidence = collect(case.facts, case.screens)
    answers = program.answer(evidence, case.subject)
    return CaseRun(case, program, answers, evidence.gaps, outcome(program, answers, evidence.gaps))


def run_all(version: PolicyVersion, cases: Iterable[Case]) -> tuple[CaseRun, ...]:
    """Run cases without comparing their results, as the input of the coverage check."""
    programs: dict[str, Program] = {}
    return tuple(run_case(case, programs, version) for case in cases)


def run_cases(version: PolicyVersion, cases: Iterable[Case]) -> tuple[CaseResult, ...]:
    """Run cases and compare each with its author's expectation."""
    return tuple(CaseResult(run, tuple(_differences(run))) for run in run_all(version, cases))


def _differences(run: CaseRun) -> Iterator[str]:
    expect, found = run.case.expect, run.outcome
    if expect.result is not found.result:
        yield f"expected the result {expect.result.value}, found {found.result.value}"
    if expect.rule != found.rule:
        yield f"expected it to rest on {expect.rule or 'no rule'}, found {found.rule or 'no rule'}"
    if expect.label is not None and expect.label is not found.label:
        yield f"expected the label {expect.label.value}, found {found.label.value if found.label else 'none'}"
    if frozenset(expect.documents) != found.documents:
        yield f"expected to ask for {_listed(expect.documents)}, found {_listed(found.documents)}"
    if expect.open is not None:
        found_open = open_nodes(run.program, run.answers)
        if frozenset(expect.open) != frozenset(found_open):
            yield f"expected these to be open: {_listed(expect.open)}; found {_listed(found_open)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


class _Reader:
    """Checks the cases of one file; `seen` are the sentences of the version read so far."""

    def __init__(self, label: str, file: CasesFile, names: CaseNames, seen: dict[str, str]) -> None:
        self._label, self._file, self._names, self._seen = label, file, names, seen

    def cases(self) -> Iterator[Case]:
        for name, facts in self._file.given.items():
            self._names.facts((self._label, "given", name), facts, self._file.cases[0].line.service_date)
        used = {name for case in self._file.cases for name in case.given}
        for name in self._file.given:
            if name not in used:
                loc = (self._label, "given", name)
                self._names.refuse(loc, f"no case is given {name}", "use the fact set or remove it")
        for index, record in enumerate(self._file.cases):
            yield self._case((self._label, "cases", index), record)

    def _case(self, loc: Loc, record: CaseRecord) -> Case:
        where = self._names.place(loc)
        if record.case in self._seen:
            what = f"the same sentence stands at {self._seen[record.case]}"
            self._names.refuse((*loc, "case"), what, "say what is different about this case")
        self._seen[record.case] = where
        self._names.line((*loc, "line"), record.line)
        self._names.expected((*loc, "expect"), record.expect)
        facts = self._names.facts((*loc, "facts"), self._values(loc, record), record.line.service_date)
        return Case(record.case, where, _subject(record.line), facts, self._names.screens, record.expect)

    def _values(self, loc: Loc, record: CaseRecord) -> Mapping[str, object]:
        values: dict[str, object] = {}
        for index, name in enumerate(record.given):
            if name not in self._file.given:
                known: Sequence[str] = tuple(self._file.given) or ("none",)
                what = f"this file has no fact set {name}"
                self._names.refuse((*loc, "given", index), what, f"the fact sets are: {', '.join(known)}")
            values.update(self._file.given[name])
        values.update(record.facts)
        return values


def _subject(line: LineRecord) -> Subject:
    return Subject(
        code=line.code,
        service_date=line.service_date,
        received_on=line.received_on or line.service_date,
        diagnoses=line.diagnoses,
        modifiers=line.modifiers,
        place_of_service=line.place_of_service,
        same_day=line.same_day,
        history=ServiceHistory(Service(service.code, service.service_date) for service in line.history),
        age_years=line.age,
        presumes=frozenset(line.presumes),
    )
