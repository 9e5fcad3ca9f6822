"""The shape of the YAML files under policies/letters/: checklists, paragraphs, time limits, reasons.

It reads no files; rulebook/letters/texts.py turns these records into values of the pure core.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.rules import Proof
from adjudication.letters.letter import Audience, ElementName, LetterKind, NextLevel
from adjudication.model.vocabulary import GroupCode, PlanId, ProductLine
from adjudication.policy.tree import Label
from contracts.events.reopenings import Reason
from contracts.scalars import ascii_text
from rulebook.bound_plans import BindsEntry
from rulebook.schema import (
    Cite,
    Cited,
    Confidence,
    Dates,
    Outcome,
    ReasonCode,
    Record,
    RemarkCode,
    Slug,
    Text,
    TimePeriod,
)

DENIALS = (LetterKind.ADMINISTRATIVE_DENIAL, LetterKind.CLINICAL_DENIAL)
Paragraph = Annotated[str, Field(min_length=1, max_length=1200, pattern=r"^\S")]
Kinds = Annotated[tuple[LetterKind, ...], Field(min_length=1)]
Readers = Annotated[tuple[Audience, ...], Field(min_length=1)]


class DemandEntry(Cited):
    """An element that some kinds of letters to some readers must have; `leads_to`: only if this level can follow."""

    element: ElementName
    of: Kinds
    to: Readers
    leads_to: NextLevel | None = None


class RegimeEntry(Cited):
    """A body of rules: which product lines, plans and appeal paths it governs, on which official forms, and its demands."""

    regime: Slug
    title: Text
    products: tuple[ProductLine, ...] = ()
    plans: tuple[PlanId, ...] = ()
    binds: BindsEntry | None = None
    paths: tuple[Slug, ...] = ()
    forms: tuple[Text, ...] = ()
    demands: Annotated[tuple[DemandEntry, ...], Field(min_length=1)]


class FormSectionEntry(Record):
    """One section of an official form."""

    heading: Text
    elements: Annotated[tuple[ElementName, ...], Field(min_length=1)]
    before: tuple[Paragraph, ...] = ()
    after: tuple[Paragraph, ...] = ()


class FormEntry(Cited):
    """The layout of one edition of an official form."""

    form: Text
    title: Text
    valid: Dates
    sections: Annotated[tuple[FormSectionEntry, ...], Field(min_length=1)]


class FormsFile(Record):
    """letters/forms.yaml: layouts of official forms."""

    forms: tuple[FormEntry, ...]


class ChecklistsFile(Record):
    """letters/checklists.yaml: the regimes in the order of their precedence."""

    regimes: Annotated[tuple[RegimeEntry, ...], Field(min_length=1)]


class TextEntry(Cited):
    """One paragraph while in force; without `of` it serves both kinds of denial."""

    element: ElementName
    regime: Slug
    to: Readers
    of: Kinds = DENIALS
    valid: Dates
    text: Paragraph


class TextsFile(Cited):
    """letters/texts.yaml."""

    texts: tuple[TextEntry, ...]


class DecisionName(Record):
    """One level of a path of policies/law/appeals."""

    path: Slug
    level: Slug


class PeriodEntry(Record):
    """One time limit while in force: stated here, or read from an appeal path: the time to decide (`decision_of`) or to
    file (`window_of`) at one level.
    """

    name: Annotated[str, ascii_text(r"^[a-z][a-z-]*$")]
    regime: Slug
    within: TimePeriod | None = None
    decision_of: DecisionName | None = None
    window_of: DecisionName | None = None
    valid: Dates
    citation: Cite
    confidence: Confidence


class PeriodsFile(Record):
    """letters/periods.yaml."""

    periods: tuple[PeriodEntry, ...]


class ReasonEntry(Record):
    """The texts of one outcome for a member, and what could change it; two further texts are for pairs of services."""

    member: Text
    remedy: Text
    if_separable: Text | None = None
    if_inseparable: Text | None = None


class RecordGroup(Record):
    """Kinds of documents that a provider files together, with the provider's name for them."""

    label: Text
    documents: Annotated[tuple[Slug, ...], Field(min_length=2)]


class ReasonsFile(Record):
    """letters/reasons.yaml."""

    reasons: dict[Outcome, ReasonEntry]
    afterwards: Text
    changed: Text
    corrected: dict[Reason, Text]
    recovery: Text
    labels: dict[Label, Text]
    legs: dict[Slug, Text]
    grounds: dict[DismissalGround, Text]
    proofs: dict[Proof, Text]
    payment: dict[GroupCode, Text]
    sources: dict[Slug, Text]
    internal: dict[Slug, Text]
    record_groups: tuple[RecordGroup, ...]
    short_forms: dict[Annotated[str, ascii_text(r"^[A-Z]{2,6}$")], Text]
    carcs: dict[ReasonCode, Text]
    rarcs: dict[RemarkCode, Text]
