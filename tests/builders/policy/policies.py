"""The small policy library of the tests, and versions built from values where YAML would only be in the way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange
from adjudication.policy.program import Program
from adjudication.policy.tree import PolicyVersion, Rule
from rulebook.checks import Citations
from rulebook.library import default_policies_dir
from rulebook.medical.catalog import MedicalLibrary, load_medical
from rulebook.schema import SourcesFile
from rulebook.yaml_files import read_yaml

LIBRARY = Path(__file__).parents[2] / "policies" / "library"
CODES = ("76390", "0609T", "0610T", "72148")
CITED = (Citation("synthetic-payers", "test"),)
SERVED = date(2025, 6, 2)


def small_library(root: Path = LIBRARY) -> MedicalLibrary:
    sources = read_yaml(default_policies_dir() / "sources.yaml", "sources.yaml", SourcesFile).sources
    return load_medical(root, Citations(dict(sources)), {}, CODES, with_drafts=True)


def a_version(
    rules: Iterable[Rule],
    *,
    policy: str = "small",
    version: str = "1",
    in_force: DateRange | None = None,
    published_on: date = date(2024, 1, 1),
    supersedes: str | None = None,
) -> PolicyVersion:
    return PolicyVersion(
        policy=policy,
        version=version,
        title="Small",
        source="synthetic-payers",
        owner="small-library",
        in_force=in_force or DateRange(date(2024, 1, 1)),
        published_on=published_on,
        next_review=None,
        supersedes=supersedes,
        content_hash=f"{policy}-{version}",
        rules=tuple(rules),
    )


def a_program(*rules: Rule) -> Program:
    return Program(a_version(rules), "76390")
