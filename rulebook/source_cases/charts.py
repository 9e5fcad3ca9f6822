"""Charts as clinicians write them, with the answer that a reader of the sources gave before any run: read, run, compared.

Each study of a chart is evaluated under the version in force; the chart has one answer for all studies. Facts that a chart
does not mention are absent, which shows where the product requests more than a careful reader would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictInt

from adjudication.model.claim import FactSubject, SupportingFact
from adjudication.model.vocabulary import LineNumber
from adjudication.policy.evidence import Subject
from adjudication.policy.selection import NoVersion, select_version
from adjudication.policy.tree import Policy, PolicyVersion
from adjudication.policy.verdict import Result, rule_line
from adjudication.steps.fact_subjects import LinePlace, evidence_at, study_of
from contracts.scalars import ascii_text
from rulebook.errors import PolicyDataError
from rulebook.library import PolicyLibrary
from rulebook.medical.case_values import CaseNames
from rulebook.medical.names import PolicyText
from rulebook.medical.schema import FactName
from rulebook.schema import Day, Diagnosis, Procedure, Record, Slug
from rulebook.yaml_files import read_yaml

CHARTS: Final = "charts.yaml"
CHARTS_OPEN: Final = "charts-open.yaml"
_POLICIES: Final = {"003": "hudson-6.01.03", "004": "spine-imaging-guideline"}


class ChartAnswer(StrEnum):
    """The answers of a careful reader; only the product can give the last one."""

    COVERED = "covered"
    NOT_COVERED = "not-covered"
    NEEDS_INFORMATION = "needs-information"
    REVIEWER = "reviewer"
    SEVERAL = "several"


_ANSWERS: Final[Mapping[Result, ChartAnswer]] = {
    Result.MEETS: ChartAnswer.COVERED,
    Result.ADVERSE: ChartAnswer.NOT_COVERED,
    Result.ADMINISTRATIVE: ChartAnswer.NOT_COVERED,
    Result.DOCUMENTS: ChartAnswer.NEEDS_INFORMATION,
    Result.JUDGEMENT: ChartAnswer.REVIEWER,
    Result.CONTRADICTION: ChartAnswer.REVIEWER,
    Result.REFERRED: ChartAnswer.REVIEWER,
}


class StudyRecord(Record):
    """One study of the line."""

    cpt: Procedure
    region: Slug


class ChartRecord(Record):
    """One chart; source-cases/README.md explains each field."""

    id: Annotated[str, ascii_text(r"^CH-[0-9]{2}$")]
    kind: Literal["ordinary", "boundary"]
    section: str
    age: Annotated[StrictInt, Field(ge=0, le=130)]
    sex: Literal["F", "M"]
    diagnosis: tuple[Diagnosis, ...]
    date_of_service: Day
    studies: Annotated[tuple[StudyRecord, ...], Field(min_length=1)]
    chart: str
    facts: dict[FactName, Any]
    answer: Annotated[ChartAnswer, Field(strict=False)]
    why: str
    source: str
    asks: tuple[str, ...] = ()
    doubt: str | None = None


class ChartFile(Record):
    """charts.yaml."""

    charts: tuple[ChartRecord, ...]


class OpenChart(Record):
    """An accepted disagreement: the product's answer, and why."""

    found: Annotated[ChartAnswer, Field(strict=False)]
    because: str


class OpenCharts(Record):
    """charts-open.yaml: the charts on which the product and the reader differ, for plans that presume nothing.

    `presumed`: the same for plans with every presumption of parameters.yaml.
    """

    open: dict[str, OpenChart]
    presumed: dict[str, OpenChart]


@dataclass(frozen=True, slots=True)
class ChartResult:
    """A chart, what the product answers, and for each study the rule it rests on and the facts that it requests."""

    chart: ChartRecord
    found: ChartAnswer
    by_study: tuple[tuple[str, str | None, tuple[str, ...]], ...]

    @property
    def agrees(self) -> bool:
        """Return whether the product's answer is the reader's."""
        return self.found is self.chart.answer

    def problem(self, marked: Mapping[str, OpenChart]) -> str | None:
        """Return the error in the chart's mark, or None."""
        mark = marked.get(self.chart.id)
        if self.agrees:
            return None if mark is None else "agrees now: remove it from charts-open.yaml"
        if mark is None:
            return f"expected {self.chart.answer}, found {self.found}"
        return None if mark.found is self.found else f"is marked as {mark.found}, found {self.found}"

    def text(self) -> str:
        """Describe the chart and its result."""
        studies = "; ".join(
            f"{code} by {rule or 'no rule'}" + (f", asks {', '.join(asks)}" if asks else "")
            for code, rule, asks in self.by_study
        )
        return f"{self.chart.id} ({self.chart.section}): expected {self.chart.answer}, found {self.found}: {studies}"


def read_charts(root: Path) -> tuple[tuple[ChartRecord, ...], OpenCharts]:
    """Read the charts and the accepted disagreements."""
    charts = read_yaml(root / CHARTS, CHARTS, ChartFile).charts
    return charts, read_yaml(root / CHARTS_OPEN, CHARTS_OPEN, OpenCharts)


def run_charts(
    library: PolicyLibrary, charts: tuple[ChartRecord, ...], presumes: frozenset[str] = frozenset()
) -> Iterator[ChartResult]:
    """Evaluate each chart under the policy of its source, for a plan with these presumptions (PolicyCatalog.presumed).

    A service before the policy is judged as on its first day.
    """
    for chart in charts:
        policy = library.medical.catalog.policies[_POLICIES[chart.source[:3]]]
        version, day = _version(policy, chart)
        facts = tuple(_facts(library, chart, version, day))
        numbered = {LineNumber(n): study.cpt for n, study in enumerate(chart.studies, 1)}
        found = [_line(library, chart, (version, day, facts), number, numbered, presumes) for number in numbered]
        answers = {answer for answer, *_ in found}
        one = answers.pop() if len(answers) == 1 else ChartAnswer.SEVERAL
        yield ChartResult(chart, one, tuple((code, rule, asks) for _, code, rule, asks in found))


def _version(policy: Policy, chart: ChartRecord) -> tuple[PolicyVersion, date]:
    first = min(version.in_force.starts for version in policy.versions)
    day = max(chart.date_of_service, first)
    version = select_version(policy, day, date.max)
    if isinstance(version, NoVersion):
        raise PolicyDataError(chart.id, version.why, "choose a day on which the policy is in force")
    return version, day


def _facts(library: PolicyLibrary, chart: ChartRecord, version: PolicyVersion, day: date) -> Iterator[SupportingFact]:
    names = CaseNames(PolicyText({}), library.medical.vocabulary, version)
    for name, stated in chart.facts.items():
        for each in stated if isinstance(stated, list) else [stated]:
            value, region = (each["value"], each.get("region")) if isinstance(each, dict) else (each, None)
            for fact in names.facts((chart.id,), {name: value}, day):
                yield fact if region is None else replace(fact, about=FactSubject(region=region))


def _line(
    library: PolicyLibrary,
    chart: ChartRecord,
    judged: tuple[PolicyVersion, date, tuple[SupportingFact, ...]],
    number: LineNumber,
    codes: Mapping[LineNumber, str],
    presumes: frozenset[str],
) -> tuple[ChartAnswer, str, str | None, tuple[str, ...]]:
    (version, day, facts), reference, code = judged, library.reference, codes[number]
    program = library.medical.catalog.program(version, code)
    if program is None:
        return ChartAnswer.REVIEWER, code, None, ()
    held = {each: reference.procedure(each, day) for each in codes.values()}
    regions = {each.region for each in held.values() if each is not None} - {None, "spine"}
    own, family = held[code], reference.family.codes
    studies = {n: study_of(each, family) for n, each in codes.items()}
    region = None if own is None else own.region
    place = LinePlace(
        number, studies[number], region, day, studies, family, alone=len(codes) == 1, one_region=len(regions) <= 1
    )
    evidence = evidence_at(facts, place, reference.facts, library.medical.vocabulary.screens)
    others = tuple(each for n, each in codes.items() if n != number)
    subject = Subject(code, day, day, chart.diagnosis, same_day=others, age_years=chart.age, presumes=presumes)
    answers = program.answer(evidence, subject)
    ruling = rule_line(program, answers, evidence.gaps)
    asks = tuple(program.nodes[leaf].node_id for leaf in ruling.open_leaves)
    return _ANSWERS[ruling.result], code, None if ruling.rule is None else ruling.rule.rule_id, asks
