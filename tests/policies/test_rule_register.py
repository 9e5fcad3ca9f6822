"""Every rule id of the five sources is registered, and stands where the register says; so does every conflict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adjudication.policy.tree import PolicyVersion
from rulebook.library import default_policies_dir, load_library
from rulebook.medical.case_values import all_nodes
from rulebook.medical.rule_register import ConflictsFile, RulesFile
from rulebook.schema import SourcesFile
from rulebook.yaml_files import read_yaml

POLICIES = default_policies_dir()
REPOSITORY = POLICIES.parent
RULES = read_yaml(POLICIES / "rules.yaml", "rules.yaml", RulesFile).rules
CONFLICTS = read_yaml(POLICIES / "conflicts.yaml", "conflicts.yaml", ConflictsFile).conflicts
SOURCES = read_yaml(POLICIES / "sources.yaml", "sources.yaml", SourcesFile).sources

NUMBERED = {
    "S0-": 5, "S1-": 8, "S2-": 12, "S3-": 11,
    "S4-G": 14, "S4-R": 7, "S4-S": 15, "S4-M": 2, "S4-C": 3, "S4-Y": 4, "S4-D": 1, "S4-K": 22,
}  # fmt: skip
"""Groups numbered from 01, and how many each has."""
SINGLE_DIGIT = {"S0-T": 5, "S0-D": 8, "S0-C": 6, "S3-P": 5, "S3-D": 5}
MODIFIERS = ("22", "23", "52", "53", "54", "55", "56", "62", "AS", "TC")
FOUND_BY_ID = ("policy", "guide", "table", "code-page")


def expected_ids() -> Iterator[str]:
    for prefix, count in NUMBERED.items():
        yield from (f"{prefix}{number:02d}" for number in range(1, count + 1))
    for prefix, count in SINGLE_DIGIT.items():
        yield from (f"{prefix}{number}" for number in range(1, count + 1))
    yield from (f"S0-M{modifier}" for modifier in MODIFIERS)


def files_at(path: Path) -> list[Path]:
    """A file, or every data file below a folder; cases are no policy."""
    if path.is_file():
        return [path]
    return [file for file in sorted(path.rglob("*.yaml")) if "cases" not in file.relative_to(path).parts]


def stands_in(rule_id: str, files: list[Path]) -> bool:
    whole = re.compile(rf"(?<![\w-]){re.escape(rule_id)}(?!\w)")
    return any(whole.search(file.read_text(encoding="utf-8")) for file in files)


def test_the_register_lists_every_rule_id_and_no_other() -> None:
    assert set(RULES) == set(expected_ids())


@pytest.mark.parametrize("source", ["S0", "S1", "S2", "S3", "S4"])
def test_every_rule_stands_in_each_place_the_register_names(source: str) -> None:
    absent = [
        f"{rule_id} in {where}"
        for rule_id, entry in RULES.items()
        if rule_id.startswith(source) and entry.kept_in in FOUND_BY_ID
        for where in entry.where
        if not stands_in(rule_id, files_at(POLICIES / where))
    ]
    assert absent == []


def test_every_rule_has_a_place_or_a_reason() -> None:
    assert RULES
    for rule_id, entry in RULES.items():
        if entry.kept_in == "not-executable":
            assert entry.why, rule_id
        else:
            assert entry.where, rule_id


def test_rules_kept_in_code_name_modules_that_exist() -> None:
    modules = [where for entry in RULES.values() if entry.kept_in == "code" for where in entry.where]
    assert modules
    assert [module for module in modules if not (REPOSITORY / module).is_file()] == []


@pytest.mark.parametrize("source", ["S2", "S3", "S4"])
def test_a_rule_kept_in_a_policy_is_a_rule_or_criterion_or_part_of_its_header(source: str) -> None:
    """An id in a comment or a locator would satisfy a search, and run nothing."""
    library = load_library(POLICIES, with_drafts=True).medical
    versions = [version for policy in library.catalog.policies.values() for version in policy.versions]
    executed = {name for version in versions for name in ids_of(version)}
    kept = [
        rule_id
        for rule_id, entry in RULES.items()
        if rule_id.startswith(source)
        and entry.kept_in in ("policy", "guide")
        and not all(where.endswith("version.yaml") for where in entry.where)
    ]
    assert kept
    assert [rule_id for rule_id in kept if rule_id not in executed] == []


def ids_of(version: PolicyVersion) -> Iterator[str]:
    yield from (rule.rule_id for rule in version.rules)
    yield from (node.node_id for node in all_nodes(version))


def test_the_conflict_register_lists_every_conflict() -> None:
    assert list(CONFLICTS) == [f"X-{number:02d}" for number in range(1, 113)]


def test_every_statement_of_a_conflict_cites_a_known_source() -> None:
    cited = {said.source for entry in CONFLICTS.values() for said in entry.says}
    assert cited - SOURCES.keys() == set()


def test_a_conflict_with_one_statement_names_what_stands_against_it() -> None:
    """Or says why one text is enough: it contradicts itself, is not held, or is overtaken by time."""
    alone = {name for name, entry in CONFLICTS.items() if len(entry.says) == 1 and entry.public_record is None}
    assert alone == {"X-20", "X-22", "X-29", "X-32", "X-38", "X-39", "X-44"}
