"""Types shared by the files under policies/: codes, amounts, dates, periods, citations and sources.

Unknown keys are refused, and dates, codes and amounts are strictly typed. The schema of each table is in its loader.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    WithJsonSchema,
)

from adjudication.deadlines.periods import Period
from contracts.scalars import PLAIN, DayOfData, DiagnosisCode, Money, OutcomeName, ProcedureCode, ascii_text


def _quoted(value: object) -> object:
    """Accept quoted amounts only: a bare YAML number has already been through binary floating point."""
    if not isinstance(value, str):
        msg = "an amount must be written in quotes, for example '412.50'"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into a located message
    return value


def _period(value: object) -> Period:
    """Read a period of time; the one grammar for every file under policies/."""
    if isinstance(value, Period):
        return value
    if not isinstance(value, str):
        msg = "a period of time is written as a number and a unit, for example 30 days"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into a located message
    return Period.parse(value)


TimePeriod = Annotated[
    Period,
    PlainValidator(_period),
    WithJsonSchema(
        {"type": "string", "pattern": "^[1-9][0-9]{0,3} (hour|day|business day|month|year)s?$", "examples": ["30 days"]}
    ),
]
Text = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^\S")]
Slug = Annotated[str, ascii_text(r"^[a-z0-9][a-z0-9.-]*$")]
Day = DayOfData
Procedure = ProcedureCode
Diagnosis = DiagnosisCode
Outcome = OutcomeName
Pend = Annotated[str, ascii_text(r"^P-[A-Z$]+(-[A-Z]+)?$")]
ReasonCode = Annotated[str, ascii_text(r"^[0-9A-Z]{1,3}$")]
RemarkCode = Annotated[str, ascii_text(r"^(M|MA|N)[0-9]{1,3}$")]
Quarter = Annotated[str, ascii_text(r"^[0-9]{4}Q[1-4]$")]
Amount = Annotated[Money, BeforeValidator(_quoted)]


Rate = Annotated[Decimal, Field(gt=0, le=1, decimal_places=6), PLAIN, BeforeValidator(_quoted)]
"""A share, such as '0.05'."""


class Confidence(StrEnum):
    """The certainty of an entry; `synthetic` marks data invented for synthetic payers."""

    CHECKED = "checked"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    SYNTHETIC = "synthetic"


class Record(BaseModel):
    """Base of all records: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cite(Record):
    """A source id of sources.yaml and the place in it."""

    source: Slug
    locator: Text


class Cited(Record):
    """An entry or file with its source and confidence; an entry without one takes its file's."""

    citation: Cite | None = None
    confidence: Confidence | None = None


class Dates(Record):
    """Half-open: `starts` is inside, `ends` is not; no end means open."""

    starts: Day
    ends: Day | None = None


class SourceEntry(Record):
    """A document or file that entries cite; `use` is `authority`, or `bad-reference`: never to rely on.

    `number` and `version` as its publisher gives them; `sha256` of the text as it was retrieved.
    """

    title: Text
    publisher: Text
    published: Day | None
    retrieved: Day
    number: Text | None = None
    version: Text | None = None
    sha256: Annotated[str, ascii_text(r"^[0-9a-f]{64}$")] | None = None
    synthetic: StrictBool = False
    use: Annotated[str, ascii_text(r"^(authority|bad-reference)$")] = "authority"
    note: Text | None = None


class SourcesFile(Record):
    """sources.yaml."""

    sources: dict[Slug, SourceEntry]
