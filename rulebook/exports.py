"""policies/exports/: the columns of CMS's Part C universes, the metrics of prior authorization, and how certain each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from contracts.records.exports import (
    UNIVERSES,
    AuthorizationMetric,
    ExportKind,
    UniverseColumn,
    UniverseLayout,
    UniverseValue,
)
from contracts.scalars import ascii_text
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cite, Cited, Confidence, Dates, Record, Text

ODAG: Final = "exports/odag.yaml"
METRICS: Final = "exports/prior_authorizations.yaml"

Letter = Annotated[str, ascii_text(r"^[A-Z]{1,2}$")]


class ColumnEntry(Cited):
    """One column: filled by `value`, or left empty because another system holds it (`held_by`)."""

    name: Text
    letter: Letter | None = None
    length: Annotated[int, Field(gt=0)] | None = None
    value: UniverseValue | None = Field(default=None, strict=False)
    held_by: Text | None = None

    @model_validator(mode="after")
    def _filled_or_explained(self) -> Self:
        if (self.value is None) == (self.held_by is None):
            msg = "a column has a value, or held_by names the system that holds it; give one of the two"
            raise ValueError(msg)
        return self


class UniverseEntry(Record):
    """One table; `notes`: repeated in every manifest."""

    table: Annotated[str, ascii_text(r"^[123]$")]
    title: Text
    notes: tuple[Annotated[str, Field(min_length=1, max_length=400)], ...] = ()
    columns: Annotated[tuple[ColumnEntry, ...], Field(min_length=1)]


class OdagFile(Cited, Dates):
    """exports/odag.yaml; `shared` columns begin every table."""

    shared: tuple[ColumnEntry, ...]
    shared_citation: Cite
    shared_confidence: Confidence
    tables: tuple[UniverseEntry, ...]


class MetricEntry(Cited):
    """One metric: counted from authorizations of a status, or `held_by` another system. `limits`: what the count cannot show."""

    number: Annotated[str, ascii_text(r"^[0-9]{1,2}$")]
    name: Text
    counts: Literal["approved", "denied"] | None = None
    held_by: Text | None = None
    limits: Annotated[str, Field(max_length=400)] = ""

    @model_validator(mode="after")
    def _counted_or_explained(self) -> Self:
        if (self.counts is None) == (self.held_by is None):
            msg = "a metric counts a status, or held_by names the system that holds it; give one of the two"
            raise ValueError(msg)
        return self


class MetricsFile(Cited, Dates):
    """exports/prior_authorizations.yaml."""

    metrics: Annotated[tuple[MetricEntry, ...], Field(min_length=1)]


def authorization_metrics(label: str, file: MetricsFile, citations: Citations) -> tuple[AuthorizationMetric, ...]:
    """Return the metrics in their order."""
    found = []
    for entry in file.metrics:
        citation = citations.of(place(label, key=f"metric {entry.number}"), entry, file)
        confidence = (entry.confidence or file.confidence or Confidence.LOW).value
        source = f"{citation.source}: {citation.locator}"
        parts = (entry.number, entry.name, entry.counts, entry.held_by, entry.limits, confidence, source)
        found.append(AuthorizationMetric(*parts))
    return tuple(found)


def universe_layouts(label: str, file: OdagFile, citations: Citations) -> Mapping[ExportKind, UniverseLayout]:
    """Return the tables; raises PolicyDataError where one is missing, or names a column twice."""
    shared = Cited(citation=file.shared_citation, confidence=file.shared_confidence)
    found: dict[ExportKind, UniverseLayout] = {}
    for entry in file.tables:
        kind = ExportKind(f"odag-{entry.table}")
        where = place(label, key=f"table {entry.table}")
        columns = (
            *(_column(where, each, (each, shared), citations) for each in file.shared),
            *(_column(where, each, (each, file), citations) for each in entry.columns),
        )
        names = [column.name for column in columns]
        if len(set(names)) != len(names) or kind in found:
            raise PolicyDataError(where, "has a column, or stands, twice", "keep one of the two")
        found[kind] = UniverseLayout(kind, entry.title, columns, entry.notes)
    missing = [kind.value for kind in UNIVERSES if kind not in found]
    if missing:
        raise PolicyDataError(label, f"lacks {', '.join(missing)}", "add the table, or restore the file")
    return found


def _column(where: str, entry: ColumnEntry, levels: Sequence[Cited], citations: Citations) -> UniverseColumn:
    citation = citations.of(f"{where} {entry.name}", *levels)
    confidence = next(level.confidence for level in levels if level.confidence is not None)
    source = f"{citation.source}: {citation.locator}"
    return UniverseColumn(entry.name, entry.letter, entry.length, entry.value, entry.held_by, confidence.value, source)
