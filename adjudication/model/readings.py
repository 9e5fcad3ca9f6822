"""Rules of edits about studies: who orders and reads them, the dates of readings, and diagnoses (age and sex)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from adjudication.model.findings import Citation
from adjudication.model.persons import Sex
from adjudication.model.vocabulary import DateRange, ProductLine


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """At most `days` lie between a study and its reading, which has its own date of service.

    `hospital_places`: places of service where the technical part is the hospital's to bill; `bundled`: why, by product line.
    `scanner_places`: places of service where a scan may be made; any other pends for a coder, also for a reading, which states
    the place of its study. `not_scanned_for`: places whose scans (not readings) a product line does not pay, and why.
    `purchased`: why a service that the biller bought from another provider has no loaded price, by product line.
    `other_contrast`: one region of one day under two codes that differ in contrast is one study.
    """

    days: int
    citation: Citation
    hospital_places: frozenset[str]
    bundled: Mapping[ProductLine, Citation]
    purchased: Mapping[ProductLine, Citation]
    other_contrast: Citation
    scanner_places: frozenset[str]
    scanners_cited: Citation
    not_scanned_for: Mapping[tuple[str, ProductLine], Citation]


@dataclass(frozen=True, slots=True)
class NotReaders:
    """Taxonomy prefixes of provider types that read no images. For product lines not in `denied_for`, a line pends for a coder and is not denied.

    `makes_none`: where a reading is denied, the technical part is denied, too.
    """

    prefixes: tuple[str, ...]
    denied_for: frozenset[ProductLine]
    citation: Citation
    makes_none: bool = False


@dataclass(frozen=True, slots=True)
class ReaderTypes:
    """Taxonomy prefixes of providers who read images, and of those who do not. Any other prefix is unknown and pends for a coder."""

    readers: tuple[str, ...]
    others: tuple[NotReaders, ...]
    citation: Citation


class OrderEffect(StrEnum):
    """The effect of an order by a type of provider: the study is payable, pends for a coder, or is denied."""

    ACCEPTS = "accepts"
    ASKS = "asks"
    DENIES = "denies"


@dataclass(frozen=True, slots=True)
class OrderRule:
    """Types of providers by taxonomy prefix, and the effect of their orders; an empty set of product lines or states fits all."""

    prefixes: tuple[str, ...]
    product_lines: frozenset[ProductLine]
    states: frozenset[str]
    dates: DateRange
    effect: OrderEffect
    citation: Citation


@dataclass(frozen=True, slots=True)
class OrderRules:
    """The rules about ordering providers: the first rule that fits decides. A type that no rule names is unknown and pends for a coder.

    `required`: the product lines whose professional claims must name who ordered, and by which law. `verified`: those of them
    that may pay only if the claim or the roster shows the type of the ordering provider.
    """

    rules: tuple[OrderRule, ...]
    required: Mapping[ProductLine, Citation]
    unknown: Citation
    verified: Mapping[ProductLine, Citation]


@dataclass(frozen=True, slots=True)
class TaxonomyRules:
    """Taxonomy codes to check on a claim: `absent` from the code set since `since`, and `other_specialty`.

    A code in neither is judged by its prefix (ReaderTypes): the code set itself is not loaded.
    """

    absent: Mapping[str, Citation]
    since: date
    other_specialty: Mapping[str, Citation]


@dataclass(frozen=True, slots=True)
class DiagnosisAges:
    """Diagnosis categories (three characters) that belong to an age in years; all ends are inside."""

    first: str
    last: str
    from_years: int
    to_years: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class DiagnosisSexes:
    """Diagnosis categories (three characters, both ends inside) that are defined for one sex, while the check is in force.

    `waived_by`: modifiers and condition codes by which a biller says that the sex on record does not apply.
    """

    first: str
    last: str
    sex: Sex
    dates: DateRange
    waived_by: frozenset[str]
    citation: Citation
