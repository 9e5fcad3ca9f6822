"""The meanings of codes in public code sets, facet by facet, so that a statement about a code can be compared with them.

Data comes from policies/codes. This module holds no meaning of a code and no licensed descriptor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from adjudication.model.findings import Citation
from adjudication.model.reference import DiagnosisCode, ModifierRule, ProcedureCode
from adjudication.model.vocabulary import DateRange


class System(StrEnum):
    """The code sets that a page covers."""

    PROCEDURE = "procedure"
    MODIFIER = "modifier"
    DIAGNOSIS = "diagnosis"
    TAXONOMY = "taxonomy"


class Facet(StrEnum):
    """One facet of a code's meaning. Its keys are listed in policies/codes/meaning_keys.yaml."""

    MODALITY = "modality"
    REGION = "region"
    CONTRAST = "contrast"
    ROLE = "role"
    COMPONENT = "component"
    METHOD = "method"
    TARGET = "target"
    SPECIMEN = "specimen"
    MINIMUM = "minimum"
    MARKER = "marker"
    CONDITION = "condition"
    USE = "use"
    SPECIALTY = "specialty"


Facets = Mapping[Facet, frozenset[str]]

_WITHIN: Mapping[str, frozenset[str]] = {"spine": frozenset({"spine", "cervical", "thoracic", "lumbar"})}
_COMPONENTS: Mapping[str, frozenset[str]] = {"0": frozenset(), "1": frozenset({"professional", "technical"})}
"""PC/TC indicator: under 0 there are no components, under 1 modifiers 26 and TC split them. Others are not compared."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One source's meaning of one code while in force; a code may have several. `advice` goes to people, not to rules."""

    system: System
    code: str
    dates: DateRange
    facets: Facets
    citation: Citation
    advice: str = ""


@dataclass(frozen=True, slots=True)
class AbsentCode:
    """A taxonomy code that was looked up and not found in the code set; `instead` holds codes that exist."""

    code: str
    instead: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """The code tables of this system, and what the codes mean."""

    meanings: Mapping[tuple[System, str], tuple[Meaning, ...]]
    procedures: Mapping[str, tuple[ProcedureCode, ...]]
    modifiers: Mapping[str, ModifierRule]
    diagnoses: Mapping[str, tuple[DiagnosisCode, ...]]
    absent: Mapping[str, AbsentCode]

    def of(self, system: System, code: str, day: date) -> tuple[Meaning, ...]:
        """Return the meanings of a code on a day."""
        return tuple(m for m in self.meanings.get((system, code), ()) if day in m.dates)

    def facets(self, system: System, code: str, day: date) -> Facets:
        """Return every facet known of a code on a day."""
        return {facet: keys for meaning in self.of(system, code, day) for facet, keys in meaning.facets.items()}

    def procedure(self, code: str, day: date) -> ProcedureCode | None:
        """Return the procedure code valid on a day, or None."""
        return next((p for p in self.procedures.get(code, ()) if day in p.valid), None)

    def diagnosis(self, code: str, day: date) -> DiagnosisCode | None:
        """Return the diagnosis code valid on a day, or None."""
        return next((d for d in self.diagnoses.get(code, ()) if day in d.valid), None)

    def usable(self, system: System, day: date) -> Iterator[tuple[str, Facets]]:
        """List the codes of a code set that may be billed on a day, with their meanings; headers are left out."""
        for kind, code in sorted(self.meanings):
            if kind is not system or not self.of(system, code, day):
                continue
            diagnosis = self.diagnosis(code, day)
            if diagnosis is None or diagnosis.billable:
                yield code, self.facets(system, code, day)


def procedure_meaning(entry: ProcedureCode) -> Meaning:
    """Read the facets that the procedure table already holds."""
    facets: dict[Facet, frozenset[str]] = {Facet.MODALITY: frozenset({entry.modality})}
    if entry.region is not None:
        facets[Facet.REGION] = _WITHIN.get(entry.region, frozenset({entry.region}))
    if entry.contrast is not None:
        facets[Facet.CONTRAST] = frozenset({entry.contrast})
    if entry.role is not None:
        facets[Facet.ROLE] = frozenset({entry.role.value})
    if entry.pc_tc in _COMPONENTS:
        facets[Facet.COMPONENT] = _COMPONENTS[entry.pc_tc]
    return Meaning(System.PROCEDURE, entry.code, entry.valid, facets, entry.citation)
