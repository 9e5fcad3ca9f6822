"""Code sets of policies/codes: procedures, modifiers, diagnoses and diagnosis groups.

Only loads them; the edits decide whether a code is right on a claim.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, StrictBool

from adjudication.model.modifier_kinds import BillerStatement, Service
from adjudication.model.reference import (
    ComponentRole,
    DiagnosisCode,
    DiagnosisGroup,
    ModifierKind,
    ModifierRule,
    ProcedureCode,
)
from adjudication.model.vocabulary import ClaimForm, DateRange
from contracts.scalars import Modifier, ascii_text
from rulebook.checks import Citations, by_name, date_range, once
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Dates, Day, Diagnosis, Procedure, Record, Slug, Text
from rulebook.yaml_files import read_yaml

PROCEDURES: Final = "codes/procedures.yaml"
DIAGNOSES: Final = "codes/diagnoses.yaml"
FAMILIES: Final = "codes/diagnosis_families.yaml"
_FIRST_ICD10: Final = date(2015, 10, 1)
"""The first day of ICD-10-CM on claims (45 CFR 162.1002)."""
_MOST_NAMED: Final = 12
"""The most replacement codes that are named for a header; beyond it, none is named."""
_MULTIPLE_IMAGING = "4"


class ProcedureEntry(Cited):
    """One code while it is valid; the label is ours, never the licensed descriptor. Absent indicators are not verified."""

    code: Procedure
    label: Text
    valid: Dates
    verified_until: Day | None = None
    pc_tc: Annotated[str, ascii_text(r"^([0-9]|unknown)$")]
    modality: Slug
    region: Slug | None = None
    contrast: Annotated[str, ascii_text(r"^(none|with|both)$")] | None = None
    role: ComponentRole | None = None
    unlisted: StrictBool = False
    fractions: StrictBool = False
    service: Service = Service.IMAGING
    multiple_procedure: Annotated[str, ascii_text(r"^[0-9]$")] | None = None


class ProceduresFile(Cited):
    """codes/procedures.yaml."""

    procedures: tuple[ProcedureEntry, ...]


class ModifierEntry(Cited):
    """One modifier. Omitted `forms`: both claim forms; omitted `only_on`: every kind of service. `asked_on`: kinds on which a coder is asked."""

    code: Modifier
    label: Text
    kind: ModifierKind
    forms: tuple[ClaimForm, ...] = tuple(ClaimForm)
    opens: tuple[Service, ...] = ()
    only_on: tuple[Service, ...] = ()
    states: BillerStatement | None = None
    never_with: tuple[Modifier, ...] = ()
    asked_on: tuple[Service, ...] = ()


class ModifiersFile(Cited):
    """codes/modifiers.yaml."""

    modifiers: tuple[ModifierEntry, ...]


class DiagnosisEntry(Cited):
    """One ICD-10-CM code over a range of dates; a header is listed as not billable, with its replacements."""

    code: Diagnosis
    valid: Dates
    billable: StrictBool = True
    replaced_by: tuple[Diagnosis, ...] = ()


class DiagnosesFile(Cited):
    """codes/diagnoses.yaml."""

    diagnoses: tuple[DiagnosisEntry, ...]


CodeList = Annotated[str, ascii_text(r"^[A-Z0-9. ]*$")]
_DIAGNOSIS: Final = re.compile(r"[A-Z][0-9A][0-9A-Z](\.[0-9A-Z]{1,4})?")


class DiagnosisFamilyEntry(Record):
    """A family of codes, separated by blanks: those that may be billed, and headers that may not."""

    family: Slug
    label: Text
    billable: CodeList
    headers: CodeList = ""


class DiagnosisFamiliesFile(Cited):
    """codes/diagnosis_families.yaml. `headers_from`: the first day from which headers are refused."""

    headers_from: Day
    families: tuple[DiagnosisFamilyEntry, ...]


class DiagnosisGroupEntry(Cited):
    """A named list of diagnosis prefixes over a range of dates."""

    name: Slug
    valid: Dates
    prefixes: Annotated[tuple[Annotated[str, ascii_text(r"^[A-Z][0-9][0-9A-Z.]*$")], ...], Field(min_length=1)]


class DiagnosisGroupsFile(Cited):
    """codes/diagnosis_groups.yaml."""

    groups: tuple[DiagnosisGroupEntry, ...]


def procedures(label: str, file: ProceduresFile, citations: Citations) -> dict[str, tuple[ProcedureCode, ...]]:
    """Build the procedure codes, each dated."""
    rows = []
    for index, entry in enumerate(file.procedures):
        where = place(label, key=f"procedures[{index}] {entry.code}")
        valid = date_range(where, entry.valid)
        if entry.verified_until is not None and entry.verified_until <= valid.starts:
            raise PolicyDataError(where, "verified_until is not after valid.starts", "correct one of the dates")
        rows.append(
            ProcedureCode(
                code=entry.code,
                label=entry.label,
                valid=valid,
                verified_until=entry.verified_until,
                pc_tc=entry.pc_tc,
                modality=entry.modality,
                region=entry.region,
                role=entry.role,
                unlisted=entry.unlisted,
                citation=citations.of(where, entry, file),
                contrast=entry.contrast,
                fractions=entry.fractions,
                service=entry.service,
                reduced_with_others=entry.multiple_procedure == _MULTIPLE_IMAGING,
            )
        )
    return by_name(label, rows, lambda r: r.code, lambda r: r.valid)


def modifiers(label: str, file: ModifiersFile, citations: Citations) -> dict[str, ModifierRule]:
    """Build the modifier rules; a modifier is listed once."""
    rows = []
    for index, entry in enumerate(file.modifiers):
        where = place(label, key=f"modifiers[{index}] {entry.code}")
        if not entry.forms:
            raise PolicyDataError(where, "is allowed on no claim form", "name a form, or leave forms out for both")
        _refuse_contradiction(where, entry)
        rows.append(
            ModifierRule(
                code=entry.code,
                kind=entry.kind,
                forms=frozenset(entry.forms),
                citation=citations.of(where, entry, file),
                opens=frozenset(entry.opens),
                only_on=frozenset(entry.only_on),
                states=entry.states,
                never_with=frozenset(entry.never_with),
                asked_on=frozenset(entry.asked_on),
            )
        )
    return once(label, rows)


def _refuse_contradiction(where: str, entry: ModifierEntry) -> None:
    """Refuse a modifier whose `opens` (pair bypass) or `states` does not fit its kind."""
    if bool(entry.opens) != (entry.kind is ModifierKind.PAIR_BYPASS):
        raise PolicyDataError(where, "kind and opens do not agree", "list opens exactly with kind: pair-bypass")
    if (entry.states is not None) != (entry.kind is ModifierKind.STATEMENT):
        raise PolicyDataError(where, "kind and states do not agree", "give states exactly with kind: statement")


def all_diagnoses(root: Path, citations: Citations) -> dict[str, tuple[DiagnosisCode, ...]]:
    """Read every diagnosis code held; an entry of diagnoses.yaml takes precedence over the code's family."""
    families = diagnosis_families(FAMILIES, read_yaml(root / FAMILIES, FAMILIES, DiagnosisFamiliesFile), citations)
    return families | diagnoses(DIAGNOSES, read_yaml(root / DIAGNOSES, DIAGNOSES, DiagnosesFile), citations)


def diagnoses(label: str, file: DiagnosesFile, citations: Citations) -> dict[str, tuple[DiagnosisCode, ...]]:
    """Build the dated diagnosis codes; every replacement named must itself be listed."""
    listed = {entry.code for entry in file.diagnoses}
    rows = []
    for index, entry in enumerate(file.diagnoses):
        where = place(label, key=f"diagnoses[{index}] {entry.code}")
        unknown = sorted(set(entry.replaced_by) - listed)
        if unknown:
            raise PolicyDataError(where, f"is replaced by {unknown[0]}, which is not listed", "list it as well")
        valid = date_range(where, entry.valid)
        citation = citations.of(where, entry, file)
        rows.append(DiagnosisCode(entry.code, valid, entry.billable, entry.replaced_by, citation))
    return by_name(label, rows, lambda r: r.code, lambda r: r.valid)


def diagnosis_families(
    label: str, file: DiagnosisFamiliesFile, citations: Citations
) -> dict[str, tuple[DiagnosisCode, ...]]:
    """Build the codes of the families; before `headers_from` a header is not judged, so it counts as billable."""
    found: dict[str, tuple[DiagnosisCode, ...]] = {}
    cited = citations.of(place(label), file)
    before, since = DateRange(_FIRST_ICD10, file.headers_from), DateRange(file.headers_from)
    for entry in file.families:
        where = place(label, key=entry.family)
        billable, headers = entry.billable.split(), entry.headers.split()
        counts = Counter((*billable, *headers))
        twice = sorted(code for code, count in counts.items() if count > 1 or code in found)
        wrong = [code for code in (*billable, *headers) if not _DIAGNOSIS.fullmatch(code)]
        if twice or wrong:
            what = f"{twice[0]} is listed twice" if twice else f"{wrong[0]!r} is not an ICD-10-CM code"
            raise PolicyDataError(where, what, "correct the list")
        found.update({code: (DiagnosisCode(code, DateRange(_FIRST_ICD10), True, (), cited),) for code in billable})
        in_order = sorted(billable)
        for code in headers:
            first, end = bisect_left(in_order, code), bisect_left(in_order, f"{code}~")  # no code contains a tilde
            replacements = tuple(in_order[first:end])
            instead = replacements if len(replacements) <= _MOST_NAMED else ()
            found[code] = (
                DiagnosisCode(code, before, True, (), cited),
                DiagnosisCode(code, since, False, instead, cited),
            )
    return found


def diagnosis_groups(
    label: str, file: DiagnosisGroupsFile, citations: Citations
) -> dict[str, tuple[DiagnosisGroup, ...]]:
    """Build the named lists of diagnosis prefixes, each dated."""
    rows = []
    for index, entry in enumerate(file.groups):
        where = place(label, key=f"groups[{index}] {entry.name}")
        dates = date_range(where, entry.valid)
        rows.append(DiagnosisGroup(entry.name, dates, entry.prefixes, citations.of(where, entry, file)))
    return by_name(label, rows, lambda r: r.name, lambda r: r.dates)
