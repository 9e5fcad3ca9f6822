"""Coordination with other payers, the family of spine MRS codes, and readings: the schema of the files, and its checks."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StrictInt

from adjudication.model.claim import Cause
from adjudication.model.findings import Citation
from adjudication.model.readings import ReadingRules
from adjudication.model.reference import CoordinationRules, FamilyRules
from adjudication.model.vocabulary import CoordinationMethod, ProductLine
from contracts.events.claim_details import InstitutionalCode
from contracts.scalars import Modifier, PlaceOfService, ascii_text
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cite, Cited, Confidence, Diagnosis, Procedure, ReasonCode, Record

LABEL: Final = "workflow/coordination.yaml"


class CoordinationEntry(Cited):
    """One way to pay after another payer, and the rule behind it."""

    method: CoordinationMethod


class CoordinationFile(Cited):
    """workflow/coordination.yaml: how several payers of one member settle a line."""

    cost_share: Annotated[tuple[ReasonCode, ...], Field(min_length=1)]
    rules_not_followed: Annotated[tuple[ReasonCode, ...], Field(min_length=1)]
    occurrences: dict[InstitutionalCode, Cause]
    conditions: dict[InstitutionalCode, Cause]
    values: dict[InstitutionalCode, Cause]
    modifiers: dict[Modifier, Cause]
    diagnoses: dict[Diagnosis, Cause]
    kinds: dict[InstitutionalCode, Cause]
    methods: Annotated[tuple[CoordinationEntry, ...], Field(min_length=1)]


class LeastDiscs(Record):
    """The minimum number of discs of the acquisition code."""

    count: Annotated[StrictInt, Field(ge=1, le=25)]
    citation: Cite
    confidence: Confidence


class FamilyFile(Record):
    """workflow/family.yaml."""

    citation: Cite
    confidence: Confidence
    codes: tuple[Procedure, ...]
    acquisition: tuple[Procedure, ...]
    dependent: tuple[Procedure, ...]
    least_discs: LeastDiscs
    window_days: Annotated[StrictInt, Field(ge=0, le=365)]
    wait_days: Annotated[StrictInt, Field(ge=1, le=120)]


class LineRuleEntry(Record):
    """The source of a rule for some product lines."""

    citation: Cite
    confidence: Confidence
    product_lines: Annotated[tuple[ProductLine, ...], Field(min_length=1)]


class HospitalPlacesEntry(Record):
    """Places of service where the technical part is the hospital's to bill, and whose rule it is."""

    places: Annotated[tuple[Annotated[str, ascii_text(r"^[0-9]{2}$")], ...], Field(min_length=1)]
    by: Annotated[tuple[LineRuleEntry, ...], Field(min_length=1)]


class NotScannedEntry(Record):
    """Places whose scans some product lines do not pay by themselves."""

    places: Annotated[tuple[PlaceOfService, ...], Field(min_length=1)]
    product_lines: Annotated[tuple[ProductLine, ...], Field(min_length=1)]
    citation: Cite
    confidence: Confidence


class ScannerPlacesEntry(Record):
    """Places of service where a scan may be made."""

    places: Annotated[tuple[PlaceOfService, ...], Field(min_length=1)]
    citation: Cite
    confidence: Confidence
    not_for: tuple[NotScannedEntry, ...] = ()


class OverlapEntry(Record):
    """Why one region imaged by two billers with other contrast on one day is one study."""

    citation: Cite
    confidence: Confidence


class ReadingsFile(Record):
    """workflow/readings.yaml."""

    citation: Cite
    confidence: Confidence
    days: Annotated[StrictInt, Field(ge=0, le=30)]
    technical_of_hospital: HospitalPlacesEntry
    scanner_places: ScannerPlacesEntry
    other_contrast: OverlapEntry
    purchased: Annotated[tuple[LineRuleEntry, ...], Field(min_length=1)]


def readings(label: str, file: ReadingsFile, citations: Citations) -> ReadingRules:
    """Build the rules about readings, such as the days that may lie between a study and its reading."""
    bundled, contrast, scans = file.technical_of_hospital, file.other_contrast, file.scanner_places
    return ReadingRules(
        days=file.days,
        citation=citations.resolve(place(label), file.citation, file.confidence),
        hospital_places=frozenset(bundled.places),
        bundled=_by_line(label, "technical_of_hospital.by", bundled.by, citations),
        purchased=_by_line(label, "purchased", file.purchased, citations),
        other_contrast=citations.resolve(place(label, key="other_contrast"), contrast.citation, contrast.confidence),
        scanner_places=_scanner_places(label, file),
        scanners_cited=citations.resolve(place(label, key="scanner_places"), scans.citation, scans.confidence),
        not_scanned_for={
            (where, line): citations.resolve(place(label, key="scanner_places.not_for"), each.citation, each.confidence)
            for each in scans.not_for
            for where in each.places
            for line in each.product_lines
        },
    )


def _scanner_places(label: str, file: ReadingsFile) -> frozenset[str]:
    missing = sorted(set(file.technical_of_hospital.places) - set(file.scanner_places.places))
    if missing:
        where = place(label, key="scanner_places")
        raise PolicyDataError(where, f"{missing[0]} is a hospital's place", "list it here too, since hospitals scan")
    return frozenset(file.scanner_places.places)


def _by_line(
    label: str, key: str, entries: tuple[LineRuleEntry, ...], citations: Citations
) -> dict[ProductLine, Citation]:
    found: dict[ProductLine, Citation] = {}
    for index, entry in enumerate(entries):
        where = place(label, key=f"{key}[{index}]")
        cited = citations.resolve(where, entry.citation, entry.confidence)
        for line in entry.product_lines:
            if line in found:
                raise PolicyDataError(where, f"{line} is listed twice", "keep one of the two")
            found[line] = cited
    return found


def coordination(label: str, file: CoordinationFile, citations: Citations) -> CoordinationRules:
    """Build the rules of several payers; every method a plan may name has its citation, once."""
    methods: dict[CoordinationMethod, Citation] = {}
    for index, entry in enumerate(file.methods):
        where = place(label, key=f"methods[{index}] {entry.method}")
        if entry.method in methods:
            raise PolicyDataError(where, "the method is listed twice", "keep one of the two entries")
        methods[entry.method] = citations.of(where, entry, file)
    missing = sorted(set(CoordinationMethod) - methods.keys())
    if missing:
        raise PolicyDataError(place(label), f"the method {missing[0]} is not listed", "add it with its citation")
    rules_not_followed = frozenset(file.rules_not_followed)
    return CoordinationRules(
        frozenset(file.cost_share),
        rules_not_followed,
        methods,
        citations.of(place(label), file),
        dict(file.occurrences),
        dict(file.conditions),
        dict(file.values),
        dict(file.modifiers),
        dict(file.diagnoses),
        dict(file.kinds),
    )


def family(label: str, file: FamilyFile, citations: Citations) -> FamilyRules:
    """Build the family rules; acquisition and dependent codes must make up the family exactly."""
    codes, acquisition, dependent = (
        frozenset(file.codes),
        frozenset(file.acquisition),
        frozenset(file.dependent),
    )
    if acquisition & dependent or acquisition | dependent != codes:
        raise PolicyDataError(
            place(label),
            "acquisition and dependent do not divide codes between them",
            "put each family code into exactly one of the two",
        )
    citation = citations.resolve(place(label), file.citation, file.confidence)
    least = file.least_discs
    discs = citations.resolve(place(label, key="least_discs"), least.citation, least.confidence)
    return FamilyRules(codes, acquisition, dependent, file.window_days, file.wait_days, citation, least.count, discs)
