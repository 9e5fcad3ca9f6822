"""Reads the words policies may use: facts and documents (also of single payers), parameters, code sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from adjudication.model.fact_dictionary import FactDictionary, FactKind
from adjudication.model.reference import DiagnosisGroup
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.medical.names import Vocabulary
from rulebook.medical.precedence import CodeSetsFile, DocumentEntry, FactEntry, FactsFile, ParametersFile
from rulebook.medical.presumptions import read_plan_presumptions
from rulebook.yaml_files import payer_files, read_yaml

Entry = TypeVar("Entry", FactEntry, DocumentEntry)


def read_vocabulary(
    root: Path,
    citations: Citations,
    groups: Mapping[str, tuple[DiagnosisGroup, ...]],
    codes: Iterable[str],
    conflicts: Iterable[str],
) -> Vocabulary:
    """Read every table of words; raises PolicyDataError for the first error."""
    registered = frozenset(conflicts)
    facts: dict[str, FactEntry] = {}
    documents: dict[str, DocumentEntry] = {}
    for label in ("facts.yaml", *payer_files(root, "facts")):
        file = read_yaml(root / label, label, FactsFile)
        _add(label, facts, file.facts, "fact")
        _add(label, documents, file.documents, "document")
    _refuse_wrong_references(facts, documents)
    parameters = read_yaml(root / "parameters.yaml", "parameters.yaml", ParametersFile)
    return Vocabulary(
        facts=facts,
        documents=documents,
        parameters=parameters.parameters,
        presumptions=parameters.presumptions,
        plan_presumptions=read_plan_presumptions(root, parameters.presumptions, registered, citations),
        code_sets=read_yaml(root / "codes/code_sets.yaml", "codes/code_sets.yaml", CodeSetsFile).code_sets,
        groups=groups,
        codes=frozenset(codes),
        conflicts=registered,
        citations=citations,
    )


def read_fact_kinds(root: Path) -> FactDictionary:
    """Read only the fact dictionary of a policies/ folder, which is quick; nothing else is checked."""
    labels = ("facts.yaml", *payer_files(root, "facts"))
    return fact_kinds({k: v for each in labels for k, v in read_yaml(root / each, each, FactsFile).facts.items()})


def fact_kinds(facts: Mapping[str, FactEntry]) -> FactDictionary:
    """Return the facts as the rules read them."""
    return {
        name: FactKind(
            f.kind,
            f.unit,
            f.choices,
            frozenset(f.stated_in),
            f.subject,
            {each: frozenset(f.of_regions.get(each, ())) for each in (*f.of_regions, *f.of_any)},
        )
        for name, f in facts.items()
    }


def _add(label: str, known: dict[str, Entry], more: Mapping[str, Entry], what: str) -> None:
    for name, entry in more.items():
        if name in known:
            raise PolicyDataError(place(label, key=name), f"another file has a {what} {name}", "use that one or rename")
        known[name] = entry


def _refuse_wrong_references(facts: Mapping[str, FactEntry], documents: Mapping[str, DocumentEntry]) -> None:
    """Refuse a fact whose document does not exist, and a screening of a fact that is not yes-or-no."""
    for name, entry in facts.items():
        where = place("facts", key=name)
        if entry.document is not None and entry.document not in documents:
            raise PolicyDataError(where, f"the document {entry.document} is not known", "add it under documents")
        for choice in (*entry.of_regions, *entry.of_any):
            if choice not in entry.choices or entry.subject == "claim":
                raise PolicyDataError(where, f"{choice} is not a choice of a fact with a subject", "correct it")
        for screened in entry.screens:
            if screened not in facts or facts[screened].kind != "flag" or entry.kind != "flag":
                raise PolicyDataError(where, f"it screens {screened}, which is not a yes-or-no fact", "list flags only")
