"""The shape of source-cases/: sentences of a source, the cases that test each, the charts that they share.

source-cases/README.md explains each key.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictBool, StrictInt

from contracts.scalars import Modifier, PlaceOfService, Remark, ascii_text
from rulebook.medical.schema import FactName
from rulebook.schema import Day, Diagnosis, Procedure, Record, Slug

Phrase = Annotated[Remark, Field(min_length=3)]
CaseId = Annotated[str, ascii_text(r"^[A-Z][A-Za-z0-9+-]+$", longest=60)]
Chart = dict[str, Any]
"""Facts by name; `with` lists charts whose facts come first."""


class Answer(StrEnum):
    """The result of a line, in the words of a reader of the source."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"
    UNGOVERNED = "ungoverned"
    PASS = "pass"  # noqa: S105 - the line passes, no password
    HELD = "held"
    DENIED = "denied"
    ASKED = "asked"
    NOT_ASKED = "not asked"
    ONE_LEG = "one leg"
    SECOND_LEG = "second leg"


class Expected(StrEnum):
    """The expected result of a case: an answer, or all answers but one."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"
    NOT_PASSED = "not passed"
    NOT_REFUSED = "not refused"
    UNGOVERNED = "ungoverned"
    PASS = "pass"  # noqa: S105 - the line passes, no password
    HELD = "held"
    DENIED = "denied"
    NOT_DENIED = "not denied"
    ASKED = "asked"
    NOT_ASKED = "not asked"
    ONE_LEG = "one leg"
    SECOND_LEG = "second leg"


class SourceCaseRecord(Record):
    """One case: a line, the facts of its chart, the expected result; `disagrees` is the product's answer today."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: CaseId
    about: Phrase = Field(alias="is")
    code: Procedure
    expect: Expected
    service_date: Day | None = Field(default=None, alias="on")
    age: Annotated[StrictInt, Field(ge=0, le=130)] | None = None
    diagnoses: tuple[Diagnosis, ...] = Field(default=(), alias="dx")
    modifiers: tuple[Modifier, ...] = ()
    same_day: tuple[Procedure, ...] = Field(default=(), alias="with")
    before: dict[Procedure, Day] = Field(default_factory=dict)
    given: tuple[Slug, ...] = ()
    without: tuple[FactName, ...] = ()
    facts: dict[FactName, Any] = Field(default_factory=dict)
    on_line: dict[Procedure, dict[FactName, Any]] = Field(default_factory=dict)
    of_region: dict[Slug, dict[FactName, Any]] = Field(default_factory=dict)
    unsaid: StrictBool = False
    label: Slug | None = None
    place: PlaceOfService | None = None
    form: Slug | None = None
    taxonomy: str | None = None
    region: Slug | None = None
    product: Slug | None = None
    other_authority: Slug | None = None
    excluded: StrictBool = False
    reading: Phrase | None = None
    needs_fact: FactName | None = None
    disagrees: Answer | None = None
    because: Slug | None = None


class SentenceRecord(Record):
    """One normative sentence: its place, a paraphrase, and its cases, or why it has none."""

    at: Annotated[str, Field(min_length=1, max_length=40)]
    says: Phrase
    also_at: tuple[str, ...] = ()
    same_as: str | None = None
    no_case: Phrase | None = None
    cases: tuple[SourceCaseRecord, ...] = ()


class SourceCasesFile(Record):
    """One file of cases; `policy` says which policy must answer, `page` that a code page is meant."""

    source: Annotated[str, ascii_text(r"^00[0-4]$")]
    policy: Slug | None = None
    page: Slug | None = None
    service_date: Day | None = None
    age: StrictInt | None = None
    charts: dict[Slug, Chart] = Field(default_factory=dict)
    sentences: Annotated[tuple[SentenceRecord, ...], Field(min_length=1)]


class ChartsFile(Record):
    """charts.yaml of a folder: the charts that its files share."""

    service_date: Day
    age: StrictInt
    charts: dict[Slug, Chart]


class OpenEntry(Record):
    """One kind of disagreement: the source's text, the product's answer, and the remaining work."""

    source: Phrase
    product: Phrase
    left: Phrase


class OpenFile(Record):
    """open.yaml: every kind that a marked case names."""

    open: dict[Slug, OpenEntry]
