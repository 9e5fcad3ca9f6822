"""The shape of third-party code pages and of the tables they are compared with: keys closed, codes strictly typed."""

from __future__ import annotations

import re
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from adjudication.code_pages.public_record import Facet, System
from adjudication.code_pages.statements import SYSTEM_OF, StatementKind
from adjudication.model.reference import ComponentRole
from contracts.scalars import Taxonomy, ascii_text
from rulebook.medical.schema import ConflictId, Locator, NodeId
from rulebook.schema import Cited, Dates, Procedure, Record, Slug, Text

AnyCode = Annotated[str, ascii_text(r"^[0-9A-Z.]{2,10}$")]
Meanings = dict[Facet, Annotated[tuple[Slug, ...], Field(min_length=1)]]

_WRITTEN: Final = {
    System.PROCEDURE: r"[0-9A-Z][0-9]{3}[0-9A-Z]",
    System.MODIFIER: r"[0-9A-Z]{2}",
    System.DIAGNOSIS: r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?",
    System.TAXONOMY: r"[0-9A-Z]{9}X",
}


class MeaningKeysFile(Record):
    """codes/meaning_keys.yaml: the keys each facet may have, so that a typing error is not reported as a difference."""

    facets: dict[Facet, tuple[Slug, ...]]


class MeaningEntry(Cited):
    """The meaning of a code; without dates it takes the dates of its file."""

    code: AnyCode
    meaning: Meanings
    valid: Dates | None = None
    advice: Text | None = None


class MeaningsFile(Cited):
    """codes/procedure_scopes.yaml, codes/diagnosis_meanings.yaml and codes/modifier_meanings.yaml."""

    valid: Dates
    meanings: tuple[MeaningEntry, ...]


class TaxonomyEntry(Cited):
    """A provider taxonomy code that exists."""

    code: Taxonomy
    specialty: Annotated[tuple[Slug, ...], Field(min_length=1)]
    valid: Dates | None = None


class AbsentEntry(Cited):
    """A taxonomy code that is not in the public record; `instead`: existing codes."""

    code: Taxonomy
    instead: tuple[Taxonomy, ...] = ()


class TaxonomiesFile(Cited):
    """codes/taxonomies.yaml."""

    valid: Dates
    taxonomies: tuple[TaxonomyEntry, ...]
    absent: tuple[AbsentEntry, ...]


class StatementRecord(Record):
    """One statement of a page, in our words. `rule` is the id under which the register of rules lists it."""

    rule: NodeId
    kind: StatementKind
    at: Locator
    says: Text
    code: AnyCode | None = None
    meaning: Meanings = Field(default_factory=dict)
    mentions: tuple[ComponentRole, ...] = ()
    items: tuple[Slug, ...] = ()
    conflict: ConflictId | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        system = SYSTEM_OF.get(self.kind)
        if system is None and (self.code or self.meaning or self.mentions):
            msg = f"a statement of kind {self.kind} speaks of no code: it has items only"
            raise ValueError(msg)
        if system is not None and self.items:
            msg = f"items belong to coverage, checklist, place and omission, not to {self.kind}"
            raise ValueError(msg)
        if system is not None and (self.code is None or re.fullmatch(_WRITTEN[system], self.code) is None):
            msg = f"a statement of kind {self.kind} needs code: a {system} code, in quotes"
            raise ValueError(msg)
        if system is not None and not (self.meaning or self.mentions):
            msg = "says nothing of its code that could be compared: give it a meaning, or mentions"
            raise ValueError(msg)
        return self


class CodePageFile(Record):
    """code_pages/*.yaml: one page about one procedure code. Its source is never an authority."""

    page: Slug
    source: Slug
    subject: Procedure
    statements: Annotated[tuple[StatementRecord, ...], Field(min_length=1)]
