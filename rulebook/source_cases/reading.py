"""Reads source-cases/: each case with its facts combined from charts. An error is refused with file and place. running.py evaluates the cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, NoReturn

from rulebook.errors import PolicyDataError
from rulebook.source_cases.schema import (
    Chart,
    ChartsFile,
    OpenEntry,
    OpenFile,
    SentenceRecord,
    SourceCaseRecord,
    SourceCasesFile,
)
from rulebook.yaml_files import read_yaml

FOLDER: Final = "source-cases"
CHARTS: Final = "charts.yaml"
OPEN: Final = "open.yaml"


@dataclass(frozen=True, slots=True)
class SourceCase:
    """One case ready to run: its place, its sentence, and its facts, each with one value or a list of values."""

    where: str
    source: str
    policy: str | None
    at: str
    says: str
    record: SourceCaseRecord
    service_date: date
    age: int | None
    facts: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name of the case across all sources."""
        return f"{self.source}:{self.record.id}"


def cases_dir(policies: Path) -> Path:
    """Return the folder of source cases next to a policies/ folder."""
    return policies.parent / FOLDER


def read_source_cases(root: Path) -> tuple[SourceCase, ...]:
    """Read every file below `root`; raises PolicyDataError for the first error."""
    cases: list[SourceCase] = []
    for path in sorted(root.glob("*/*.yaml")):
        if path.name != CHARTS:
            cases += _read_file(root, path)
    seen: dict[str, str] = {}
    for case in cases:
        if case.name in seen:
            _refuse(case.where, f"the id {case.record.id} is also used at {seen[case.name]}", "give it another id")
        seen[case.name] = case.where
    return tuple(cases)


def read_open(root: Path) -> dict[str, OpenEntry]:
    """Read the kinds of disagreement that are left open."""
    return read_yaml(root / OPEN, OPEN, OpenFile).open


def _read_file(root: Path, path: Path) -> Iterator[SourceCase]:
    label = path.relative_to(root.parent).as_posix()
    file = read_yaml(path, label, SourceCasesFile)
    shared = path.parent / CHARTS
    common = read_yaml(shared, f"{path.parent.name}/{CHARTS}", ChartsFile) if shared.is_file() else None
    charts = {**(common.charts if common else {}), **file.charts}
    day = file.service_date or (common.service_date if common else None)
    if day is None:
        _refuse(label, "has no day of service", "add service_date to the file or to charts.yaml")
    known = {sentence.at for sentence in _sentences_of(path.parent)}
    for sentence in file.sentences:
        _check_sentence(label, sentence, known)
        for record in sentence.cases:
            where = f"{label}: {record.id}"
            facts = _facts(where, charts, record)
            age = file.age if common is None else common.age
            chosen = age if record.age is None else record.age
            yield SourceCase(
                where,
                file.source,
                file.policy,
                sentence.at,
                sentence.says,
                record,
                record.service_date or day,
                chosen,
                facts,
            )


def _sentences_of(folder: Path) -> Iterator[SentenceRecord]:
    for path in sorted(folder.glob("*.yaml")):
        if path.name != CHARTS:
            yield from read_yaml(path, path.name, SourceCasesFile).sentences


def _check_sentence(label: str, sentence: SentenceRecord, known: set[str]) -> None:
    ways = [bool(sentence.cases), sentence.same_as is not None, sentence.no_case is not None]
    if sum(ways) != 1:
        _refuse(f"{label}: {sentence.at}", "needs exactly one of cases, same_as and no_case", "keep one of them")
    if sentence.same_as is not None and sentence.same_as not in known:
        _refuse(f"{label}: {sentence.at}", f"there is no sentence at {sentence.same_as}", "name one of this folder")


def _facts(where: str, charts: Mapping[str, Chart], record: SourceCaseRecord) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name in record.given:
        facts.update(_chart(where, charts, name))
    for name in record.without:
        if name not in facts:
            _refuse(where, f"no given chart has the fact {name}, so it cannot be removed", "remove it from without")
        del facts[name]
    facts.update(record.facts)
    return facts


def _chart(where: str, charts: Mapping[str, Chart], name: str) -> dict[str, Any]:
    if name not in charts:
        _refuse(where, f"there is no chart {name}", f"the charts are: {', '.join(charts) or 'none'}")
    facts: dict[str, Any] = {}
    for key, value in charts[name].items():
        if key == "with":
            for other in value:
                facts.update(_chart(where, charts, other))
    facts.update({key: value for key, value in charts[name].items() if key != "with"})
    return facts


def _refuse(where: str, what: str, remedy: str) -> NoReturn:
    raise PolicyDataError(where, what, remedy)
