"""Statements of third-party code pages as typed data, and the verdicts of a linter on each. The comparison is in checks.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from adjudication.code_pages.public_record import Facets, System
from adjudication.model.findings import Citation


class StatementKind(StrEnum):
    """The subject of a statement. The last four are not about a code, so no code table can prove them wrong."""

    SERVICE = "service"
    MODIFIER = "modifier"
    TAXONOMY = "taxonomy"
    DIAGNOSIS = "diagnosis"
    RELATED_CODE = "related-code"
    BIOMARKER = "biomarker"
    COVERAGE = "coverage"
    CHECKLIST = "checklist"
    PLACE = "place"
    OMISSION = "omission"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a page, in our words and as typed facets.

    `at`: its place on the page. `says`: our words for it. `meaning`: its facets, such as body region or technique. `mentions`:
    other work that it describes without claiming that the code includes it. `items`: the payers
    of a coverage statement, the criteria of a checklist, places of service, or the lists a page leaves empty.
    """

    rule_id: str
    kind: StatementKind
    at: str
    says: str
    code: str | None = None
    meaning: Facets = field(default_factory=dict)
    mentions: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    conflict: str | None = None


@dataclass(frozen=True, slots=True)
class CodePage:
    """A page about one procedure code, as read on a day."""

    page: str
    source: str
    subject: str
    read_on: date
    statements: tuple[Statement, ...]


class LintVerdict(StrEnum):
    """The result of comparing a statement with the public record."""

    WRONG = "wrong"
    UNSUPPORTED = "unsupported"
    GUIDE = "guide"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Lint:
    """One statement compared with the public record. `conflict`: the entry of the conflict register about it, if there is one."""

    rule_id: str
    verdict: LintVerdict
    at: str
    says: str
    record: str
    citations: tuple[Citation, ...]
    conflict: str | None


SYSTEM_OF: Final[Mapping[StatementKind, System]] = {
    StatementKind.SERVICE: System.PROCEDURE,
    StatementKind.RELATED_CODE: System.PROCEDURE,
    StatementKind.BIOMARKER: System.PROCEDURE,
    StatementKind.MODIFIER: System.MODIFIER,
    StatementKind.TAXONOMY: System.TAXONOMY,
    StatementKind.DIAGNOSIS: System.DIAGNOSIS,
}
"""The code set that a statement is about; the other kinds are about none."""
