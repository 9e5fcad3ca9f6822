"""JSON Schemas of every file a policy author writes, generated from the records that read them, for editors.

`python -m rulebook.authoring.json_schemas` writes docs/schemas/; `--check` fails when a committed file has drifted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import orjson
from pydantic import BaseModel

from rulebook.deadlines.schema import JurisdictionsFile
from rulebook.letters.letterheads import LetterheadFile
from rulebook.library import default_policies_dir
from rulebook.medical.case_schema import CasesFile
from rulebook.medical.precedence import CodeSetsFile, FactsFile, ParametersFile, PrecedenceFile
from rulebook.medical.presumptions import PayerParametersFile
from rulebook.medical.rule_register import ConflictsFile, ReleasedFile, RulesFile
from rulebook.medical.schema import ChapterFile, PolicyFile, VersionFile
from rulebook.payers.plans import PlansFile, RatesFile

FOLDER: Final = default_policies_dir().parent / "docs" / "schemas"
FILES: Final[dict[str, tuple[type[BaseModel], str]]] = {
    "policy": (PolicyFile, "medical/*/policy.yaml: what holds for all versions of a policy"),
    "version": (VersionFile, "medical/*/*/version.yaml: the header of a policy version"),
    "chapter": (ChapterFile, "medical/*/*/*.yaml: rules and parts of a policy version"),
    "cases": (CasesFile, "medical/*/*/cases/*.yaml: the cases of a policy version"),
    "facts": (FactsFile, "facts.yaml: the facts that policies ask for, and the documents that hold them"),
    "parameters": (ParametersFile, "parameters.yaml: numbers that policies share, and presumptions"),
    "code-sets": (CodeSetsFile, "codes/code_sets.yaml: named lists of procedure codes"),
    "conflicts": (ConflictsFile, "conflicts.yaml: where sources disagree, and which wins"),
    "rules": (RulesFile, "rules.yaml: the register of every rule id"),
    "released": (ReleasedFile, "released.yaml: the content hash of every released version"),
    "precedence": (PrecedenceFile, "payers/*/precedence.yaml: which authorities a payer's plans ask, in order"),
    "plans": (PlansFile, "payers/*/plans.yaml: the plans of one payer"),
    "rates": (RatesFile, "payers/*/rates.yaml: the contract rates of one payer"),
    "payer-parameters": (PayerParametersFile, "payers/*/parameters.yaml: what the plans of one payer presume"),
    "letterhead": (LetterheadFile, "payers/*/letterhead.yaml: the head of a payer's letters"),
    "jurisdiction": (JurisdictionsFile, "payers/*/jurisdiction.yaml: the law and the time zone of each plan"),
}


def generate() -> dict[str, bytes]:
    """Build every schema by file name."""
    return {f"{name}.json": _schema(record, title) for name, (record, title) in FILES.items()}


def _schema(record: type[BaseModel], title: str) -> bytes:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **record.model_json_schema(), "title": title}
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def drifted(folder: Path = FOLDER) -> tuple[str, ...]:
    """Name the committed schemas that differ from the records, and files without a record."""
    wanted = generate()
    held = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    return tuple(sorted(name for name in wanted.keys() | held.keys() if wanted.get(name) != held.get(name)))


def write(folder: Path = FOLDER) -> tuple[str, ...]:
    """Write every schema and remove files without a record; returns the names."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = generate()
    for name, content in wanted.items():
        (folder / name).write_bytes(content)
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    return tuple(wanted)


def main(arguments: list[str]) -> int:
    """Write the schemas, or check the committed ones."""
    if "--check" not in arguments:
        write()
        return 0
    found = drifted()
    if found:
        sys.stderr.write(f"docs/schemas: {', '.join(found)} drifted from the records; run `make fix`\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
