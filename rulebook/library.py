"""Loads policies/ into the frozen reference data the pure core reads, pinned by a content hash.

Any error in the data stops the load with one message: the place, the fault and the remedy. No default fills a gap:
a date that no table covers stays a gap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from adjudication.letters.wording import LetterLibrary
from adjudication.model.reference import DiagnosisCode, Plan, ProcedureCode, ReferenceData
from adjudication.model.vocabulary import PlanId
from contracts.records.exports import ExportLayouts
from rulebook.appeals.rules import APPEALS, CODES, load_appeals
from rulebook.checks import Citations, Doubt, refuse_unknown
from rulebook.codes import tables as policy_codes
from rulebook.codes.code_pages import CODE_PAGE_TABLES, CODE_PAGES, CodePageLibrary, CodeTables, load_code_pages
from rulebook.codes.diagnosis_editions import EDITIONS, EditionsFile, diagnosis_editions, table_name
from rulebook.codes.loads import LOADED, LoadedFileList, diagnoses_loaded, procedures_loaded
from rulebook.codes.orderers import ORDERERS, OrderersFile, order_rules
from rulebook.codes.outside import OUTSIDE_SCOPE, OutsideFile, outside_codes
from rulebook.codes.readers import (
    READERS,
    ReadersFile,
    diagnosis_ages,
    diagnosis_sexes,
    reader_types,
    taxonomy_rules,
)
from rulebook.codes.revenue_codes import REVENUE_CODES, RevenueCodesFile, imaging_revenue
from rulebook.deadlines.rules import DEADLINE_FOLDERS, load_deadlines
from rulebook.edits.tables import RELEASES, ReleasesFile, edit_releases
from rulebook.errors import PolicyDataError, place
from rulebook.exports import METRICS, ODAG, MetricsFile, OdagFile, authorization_metrics, universe_layouts
from rulebook.letters.letterheads import LETTERHEAD
from rulebook.letters.outside_reviewers import OF_PAYER
from rulebook.letters.texts import LETTER_FILES, document_kinds, load_letters, with_documents
from rulebook.medical.catalog import MEDICAL, TABLES, MedicalLibrary, load_medical
from rulebook.medical.fact_dictionary import fact_kinds
from rulebook.payers import plans as payers
from rulebook.payers.modifier_prices import MODIFIER_PRICES, ModifierPricesFile, modifier_prices
from rulebook.public_authorities import refuse_unasked
from rulebook.schema import SourceEntry, SourcesFile
from rulebook.source_places import SOURCES, SourcePlaces, read_places
from rulebook.workflow import coordination, outcomes
from rulebook.workflow.authorization_exceptions import (
    AUTHORIZATION_EXCEPTIONS,
    AuthorizationExceptionsFile,
    authorization_exceptions,
)
from rulebook.workflow.corrections import CHAIN, ChainFile, chain_rules
from rulebook.workflow.filing import FILING, FilingFile, filing, refuse_short_limits
from rulebook.workflow.liability import LIABILITY, LiabilityFile, liability
from rulebook.workflow.reopenings import REOPENINGS, ReopeningsFile, refuse_ungoverned, reopening_rules
from rulebook.yaml_files import PAYERS, payer_files, read_yaml

Record = TypeVar("Record", bound=BaseModel)
Table = TypeVar("Table")
Key = TypeVar("Key")
Entry = TypeVar("Entry")

_DATA = (".yaml", ".csv")
_TABLES = frozenset(
    {
        "sources.yaml",
        "workflow/family.yaml",
        "workflow/coordination.yaml",
        "workflow/readings.yaml",
        LIABILITY,
        FILING,
        CHAIN,
        REOPENINGS,
        AUTHORIZATION_EXCEPTIONS,
        "codes/procedures.yaml",
        "codes/modifiers.yaml",
        MODIFIER_PRICES,
        OUTSIDE_SCOPE,
        ORDERERS,
        REVENUE_CODES,
        READERS,
        LOADED,
        EDITIONS,
        policy_codes.DIAGNOSES,
        policy_codes.FAMILIES,
        "codes/diagnosis_groups.yaml",
        "workflow/outcomes.yaml",
        "workflow/combinations.yaml",
        "workflow/pends.yaml",
        "workflow/signing.yaml",
        RELEASES,
        *TABLES,
        *CODE_PAGE_TABLES,
        *LETTER_FILES,
        CODES,
        ODAG,
        METRICS,
    }
)
_FOLDERS = frozenset({CODE_PAGES, APPEALS, SOURCES, *DEADLINE_FOLDERS})
_PAYER_TABLES = frozenset(
    {
        "plans.yaml",
        "rates.yaml",
        "precedence.yaml",
        "facts.yaml",
        "parameters.yaml",
        "jurisdiction.yaml",
        LETTERHEAD,
        OF_PAYER,
    }
)


@dataclass(frozen=True, slots=True)
class PolicyLibrary:
    """The reference data, the medical policies with their words, the sources, and the authors' doubts; `root` is the folder."""

    reference: ReferenceData
    medical: MedicalLibrary
    code_pages: CodePageLibrary
    letters: LetterLibrary
    sources: dict[str, SourceEntry]
    doubts: tuple[Doubt, ...]
    places: Mapping[str, SourcePlaces]
    root: Path
    exports: ExportLayouts


def default_policies_dir() -> Path:
    """Return policies/ next to this package, as the repository is laid out."""
    return Path(__file__).resolve().parent.parent / "policies"


def load_reference(policies_dir: Path) -> ReferenceData:
    """Load and check everything the rules read; raises PolicyDataError for the first error."""
    return load_library(policies_dir).reference


def load_library(policies_dir: Path, *, with_drafts: bool = False) -> PolicyLibrary:
    """Load everything, for tools and screens; drafts of medical policies only on request, never to decide."""
    if not policies_dir.is_dir():
        raise PolicyDataError(
            str(policies_dir), "is not a folder", "name the folder that holds sources.yaml and codes/"
        )
    reader = _Reader(policies_dir)
    sources = reader.file("sources.yaml", SourcesFile).sources
    reader.citations = Citations(dict(sources), read_places(policies_dir, sources))
    reference, medical = _reference(reader, with_drafts=with_drafts)
    _refuse_dangling(reference)
    tables = CodeTables(reference.procedures, reference.modifiers, reference.diagnoses)
    pages = load_code_pages(policies_dir, tables, reader.citations, medical.conflicts)
    letters = load_letters(policies_dir, reader.citations, reference.outcomes, reference.plans, reference.appeals)
    units = {name: fact.unit for name, fact in reference.facts.items() if fact.unit is not None}
    letters = with_documents(letters, document_kinds(policies_dir, medical.vocabulary.documents), units)
    universes = reader.table(ODAG, OdagFile, universe_layouts)
    exports = ExportLayouts(universes, reader.table(METRICS, MetricsFile, authorization_metrics))
    reader.refuse_unread()
    return PolicyLibrary(
        reference,
        medical,
        pages,
        letters,
        dict(sources),
        tuple(reader.citations.doubts),
        reader.citations.places,
        policies_dir,
        exports,
    )


class _Reader:
    """Reads the files of one policies/ folder with one set of citations."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.citations = Citations({})
        self.csv_read: set[str] = set()

    def file(self, label: str, record: type[Record]) -> Record:
        return read_yaml(self.root / label, label, record)

    def table(self, label: str, record: type[Record], build: Callable[[str, Record, Citations], Table]) -> Table:
        return build(label, self.file(label, record), self.citations)

    def payers(
        self,
        name: str,
        record: type[Record],
        build: Callable[[str, Record, Citations], dict[Key, Entry]],
        describe: Callable[[Key], str],
    ) -> dict[Key, Entry]:
        """Join one table of all payers; an entry of two payers is refused."""
        found: dict[Key, Entry] = {}
        for label in payer_files(self.root, name):
            rows = self.table(label, record, build)
            for key in sorted(found.keys() & rows.keys(), key=describe):
                raise PolicyDataError(
                    place(label), f"{describe(key)} is in another payer's file", "keep one of the two"
                )
            found.update(rows)
        return found

    def refuse_unread(self) -> None:
        """Refuse a data file that nothing reads, because its author believes that it is in force."""
        for path in data_files(self.root):
            label = path.relative_to(self.root).as_posix()
            in_folder = path.suffix == ".yaml" and path.parent.relative_to(self.root).as_posix() in _FOLDERS
            of_payer = label.startswith(f"{PAYERS}/") and path.name in _PAYER_TABLES and label.count("/") == 2
            known = label in _TABLES or label in self.csv_read or in_folder or of_payer
            if not (known or label.startswith(f"{MEDICAL}/")):
                raise PolicyDataError(
                    label, "no table reads this file", "name it in releases.yaml, move it, or remove it"
                )


def _codes(reader: _Reader) -> tuple[dict[str, tuple[ProcedureCode, ...]], dict[str, tuple[DiagnosisCode, ...]]]:
    """Read the codes, with the changes of the loaded code files."""
    loaded = reader.file(LOADED, LoadedFileList)
    procedures = reader.table(policy_codes.PROCEDURES, policy_codes.ProceduresFile, policy_codes.procedures)
    diagnoses = policy_codes.all_diagnoses(reader.root, reader.citations)
    return (
        procedures_loaded(procedures, loaded, reader.citations),
        diagnoses_loaded(diagnoses, loaded, reader.citations),
    )


def _plans(reader: _Reader) -> dict[PlanId, tuple[Plan, ...]]:
    law = reader.table(AUTHORIZATION_EXCEPTIONS, AuthorizationExceptionsFile, authorization_exceptions)
    build = partial(payers.plans, exceptions=law)
    return reader.payers("plans", payers.PlansFile, build, lambda plan: f"the plan {plan}")


def _reference(reader: _Reader, *, with_drafts: bool) -> tuple[ReferenceData, MedicalLibrary]:
    gate = reader.file("workflow/combinations.yaml", outcomes.CombinationsFile)
    releases = reader.file(RELEASES, ReleasesFile)
    reader.csv_read = {f"edits/ncci/{n}" for r in releases.releases for n in (r.pairs, r.units)}
    procedures, diagnoses = _codes(reader)
    reader.csv_read |= {table_name(entry) for entry in reader.file(EDITIONS, EditionsFile).editions}
    groups = reader.table(
        "codes/diagnosis_groups.yaml", policy_codes.DiagnosisGroupsFile, policy_codes.diagnosis_groups
    )
    medical = load_medical(reader.root, reader.citations, groups, procedures, with_drafts=with_drafts)
    plans = _plans(reader)
    combinations = outcomes.combinations("workflow/combinations.yaml", gate, reader.citations)
    reference = ReferenceData(
        content_hash=content_hash(reader.root),
        procedures=procedures,
        modifiers=reader.table("codes/modifiers.yaml", policy_codes.ModifiersFile, policy_codes.modifiers),
        edit_releases=edit_releases(reader.root, releases, reader.citations),
        diagnoses=diagnoses,
        diagnosis_editions=diagnosis_editions(reader.root, reader.citations),
        diagnosis_groups=groups,
        plans=plans,
        rates=reader.payers("rates", payers.RatesFile, payers.rates, lambda key: f"the schedule {key[0]}"),
        outcomes=reader.table("workflow/outcomes.yaml", outcomes.OutcomesFile, partial(outcomes.outcomes, gate=gate)),
        pends=reader.table("workflow/pends.yaml", outcomes.PendsFile, outcomes.pends),
        combinations=combinations,
        family=reader.table("workflow/family.yaml", coordination.FamilyFile, coordination.family),
        reader_types=reader.table(READERS, ReadersFile, reader_types),
        orders=reader.table(ORDERERS, OrderersFile, order_rules),
        taxonomies=taxonomy_rules(reader.root, reader.citations),
        diagnosis_ages=reader.table(READERS, ReadersFile, diagnosis_ages),
        diagnosis_sexes=reader.table(READERS, ReadersFile, diagnosis_sexes),
        reading=reader.table("workflow/readings.yaml", coordination.ReadingsFile, coordination.readings),
        coordination=reader.table(coordination.LABEL, coordination.CoordinationFile, coordination.coordination),
        catalog=medical.catalog,
        appeals=load_appeals(reader.root, reader.citations, plans, combinations),
        signing=reader.table("workflow/signing.yaml", outcomes.SigningFile, outcomes.signing),
        documents=frozenset(medical.vocabulary.documents),
        office_documents=frozenset(name for name, each in medical.vocabulary.documents.items() if not each.clinical),
        facts=fact_kinds(medical.vocabulary.facts),
        chain=reader.table(CHAIN, ChainFile, chain_rules),
        deadlines=load_deadlines(reader.root, reader.citations, plans),
        outside=reader.table(OUTSIDE_SCOPE, OutsideFile, outside_codes),
        imaging_revenue=reader.table(REVENUE_CODES, RevenueCodesFile, imaging_revenue),
        filing=reader.table(FILING, FilingFile, filing),
        liability=reader.table(LIABILITY, LiabilityFile, liability),
        reopening=reader.table(REOPENINGS, ReopeningsFile, reopening_rules),
        modifier_prices=reader.table(MODIFIER_PRICES, ModifierPricesFile, modifier_prices),
    )
    return reference, medical


def _refuse_dangling(reference: ReferenceData) -> None:
    """Refuse a table that names an unknown code, schedule or policy."""
    codes, listing = reference.procedures, "list it in codes/procedures.yaml or correct it"
    schedules = {schedule for schedule, _ in reference.rates}
    for plan_id, versions in reference.plans.items():
        where = f"plans, {plan_id}"
        for plan in versions:
            used = plan.authorization_required | plan.excluded_codes
            refuse_unknown(where, "the code", used, codes, listing)
            priced = {plan.rate_schedule} | ({plan.facility_schedule} if plan.facility_schedule else set())
            refuse_unknown(where, "the rate schedule", priced, schedules, "add it to rates.yaml of a payer")
            named = {plan.precedence}
            refuse_unknown(
                where,
                "the order of precedence",
                named,
                reference.catalog.precedences,
                "add it to precedence.yaml of a payer",
            )
            refuse_unasked(where, plan, reference.catalog.precedences[plan.precedence])
    presuming = reference.catalog.presumptions
    refuse_unknown("parameters of payers", "the plan", presuming, reference.plans, "add it to plans.yaml of the payer")
    for schedule, code in reference.rates:
        refuse_unknown(f"rates, {schedule}", "the code", {code}, codes, listing)
    refuse_unknown("workflow/family.yaml", "the code", reference.family.codes, codes, listing)
    named = {rule.refused_as for rule in reference.chain.rules.values() if rule.refused_as}
    refuse_short_limits(reference.filing, reference.deadlines)
    refuse_ungoverned(reference.reopening, reference.plans)
    refusals = {outcome for outcome, rule in reference.outcomes.items() if rule.carc}
    refuse_unknown(CHAIN, "the refusal", named, refusals, "list it with its CARC in workflow/outcomes.yaml")


def data_files(root: Path) -> list[Path]:
    """List the files that count as data, in the order of their relative paths."""
    found = (path for path in root.rglob("*") if path.suffix in _DATA and path.is_file())
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())


def content_hash(root: Path) -> str:
    """Hash every data file (relative path, length, bytes) with SHA-256; each determination records it."""
    digest = hashlib.sha256()
    for path in data_files(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
