"""A new policy loads, lints and passes its own cases as written; a new version never breaks the one before."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import Result

from adjudication.policy.selection import NoVersion, select_version
from rulebook.authoring.lint import ERROR, lint
from rulebook.authoring.proof import prove
from rulebook.authoring.releasing import release
from rulebook.authoring.scaffold_text import rule_prefix
from rulebook.library import default_policies_dir, load_library
from rulebook.medical.rule_register import ApprovalEntry
from tests.builders.policy.policy_folders import spoil

Run = Callable[..., Result]
NEW = ("--starts", "2025-01-01", "--published", "2024-12-01", "--codes", "76390,spine-mrs")
APPROVAL = ApprovalEntry(
    author="SYN-OWNER",
    approver="SYN-DIRECTOR",
    reasons="The first version of this policy.",
    approved_on=date(2026, 11, 30),
)
NAME = "third-payer-mrs"
GUIDELINE = "spine-imaging-guideline"


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def made(run: Run, policies: Path) -> Path:
    result = run("policy", "new", NAME, "1.0", *NEW, "--payer", "third-payer", "--policies", policies)
    assert result.return_value == 0, result.output
    return policies


def test_a_new_policy_loads_and_lints_without_error_and_without_an_unproven_test(made: Path) -> None:
    found = [finding for finding in lint(made, date(2025, 9, 1)) if NAME in finding.place.file]
    assert [finding for finding in found if finding.severity == ERROR] == []
    assert {finding.what for finding in found} >= {"is a draft"}
    assert not any("no case turns" in finding.what or "is tested by" in finding.what for finding in found)


def test_its_cases_pass_and_no_change_of_it_survives_them(made: Path) -> None:
    library = load_library(made, with_drafts=True).medical
    [version] = library.catalog.policies[NAME].versions
    proof = prove(made, version, library.vocabulary)
    assert len(proof.results) == 10
    assert [result.text() for result in proof.failed] == []
    assert proof.coverage().survivors == ()
    assert version.codes == {"76390", "0609T", "0610T"}
    assert {rule.kind.value for rule in version.rules} == {"covered", "excluded", "review", "otherwise", "guide"}


def test_a_new_payer_gets_an_order_of_precedence_that_names_it(made: Path) -> None:
    precedence = load_library(made, with_drafts=True).medical.catalog.precedences["third-payer"]
    assert [authority.policies for leg in precedence.legs for authority in leg.authorities] == [(NAME,)]


def test_a_new_version_copies_the_newest_and_takes_over_from_its_first_day(run: Run, made: Path) -> None:
    release(made, NAME, "1.0", APPROVAL)
    for number, starts, published in (("2.0", "2026-01-01", "2025-12-01"), ("3.0", "2027-01-01", "2026-12-01")):
        result = run("policy", "new", NAME, number, "--starts", starts, "--published", published, "--policies", made)
        assert result.return_value == 0, result.exception
    library = load_library(made, with_drafts=True).medical
    policy = library.catalog.policies[NAME]
    assert [version.supersedes for version in policy.versions] == [None, "1.0", "2.0"]
    chosen = [select_version(policy, date(year, 6, 1), date(2028, 1, 1)) for year in (2025, 2026, 2027)]
    assert [each.version for each in chosen if not isinstance(each, NoVersion)] == ["1.0", "2.0", "3.0"]
    for version in policy.versions:
        proof = prove(made, version, library.vocabulary)
        assert len(proof.results) == 10
        assert proof.failed == ()


def test_a_correction_copies_the_version_that_stands_and_governs_from_its_first_day(run: Run, made: Path) -> None:
    release(made, NAME, "1.0", APPROVAL)
    first = ("--starts", "2025-01-01", "--published", "2024-12-01", "--correction", "--policies", made)
    for number in ("1.0.2", "1.0.3"):
        result = run("policy", "new", NAME, number, *first)
        assert result.return_value == 0, result.exception
    library = load_library(made, with_drafts=True).medical
    policy = library.catalog.policies[NAME]
    assert {version.version: version.supersedes for version in policy.versions} == {
        "1.0": None,
        "1.0.2": "1.0",
        "1.0.3": "1.0.2",
    }
    chosen = select_version(policy, date(2025, 1, 1), date(2024, 12, 1))
    assert not isinstance(chosen, NoVersion)
    assert chosen.version == "1.0.3"
    again = run("policy", "new", NAME, "1.0.4", *first, "--from", "1.0.2")
    assert all(word in str(again.exception) for word in ("1.0.2", "1.0.3", "--from"))


def test_a_version_whose_rules_name_its_precedence_can_be_corrected(run: Run, tmp_path: Path) -> None:
    """The precedence of the guideline stands in the header of the version, not in a chapter."""
    root = shutil.copytree(default_policies_dir(), tmp_path / "policies")
    dates = ("--starts", "2023-01-01", "--published", "2026-12-01")
    result = run("policy", "new", GUIDELINE, "9.9", *dates, "--correction", "--policies", root)
    assert result.return_value == 0, f"{result.output} {result.exception}"
    *_, newest, made = load_library(root, with_drafts=True).medical.catalog.policies[GUIDELINE].versions
    assert (made.version, made.supersedes) == ("9.9", newest.version)
    assert made.rules == newest.rules


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2.0", "--starts", "2026-01-01", "--published", "2025-12-01", "--correction"), "--starts 2025-01-01"),
        (("2.0", "--starts", "2025-01-01", "--published", "2024-11-30", "--correction"), "2024-12-01"),
        (("1.0", "--starts", "2026-01-01", "--published", "2025-12-01"), "exists; give the new version another number"),
        (("2.0", "--starts", "2025-01-01", "--published", "2025-12-01"), "--correction"),
        (("2.0", "--starts", "2024-01-01", "--published", "2025-12-01"), "2025-01-01"),
        (("2.0", "--starts", "2026-01-01", "--published", "2024-12-01"), "was published on 2024-12-01, not before"),
        (("2.0", "--starts", "2026-01-01", "--published", "2025-12-01", "--ends", "2026-01-01"), "is not after starts"),
        (("2.0", "--starts", "2026-01-01", "--published", "2025-12-01", "--from", "9"), "choose of: 1.0"),
        (("2.0", "--starts", "2026-01-01", "--published", "2025-12-01", "--payer", "x"), "belongs to a new policy"),
        (("../2.0", "--starts", "2026-01-01", "--published", "2025-12-01"), "is not a version; write for example"),
    ],
)
def test_a_version_that_cannot_be_is_refused_and_writes_nothing(
    run: Run, made: Path, arguments: tuple[str, ...], message: str
) -> None:
    before = files(made)
    result = run("policy", "new", NAME, *arguments, "--policies", made)
    assert message in str(result.exception)
    assert files(made) == before


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("Third Payer", NEW, "is not a policy name; write small letters"),
        ("other", (*NEW, "--codes", "99999"), "names no known code; name codes of codes/procedures.yaml"),
        ("other", (*NEW, "--source", "hearsay"), "cites the unknown source 'hearsay'; add it to sources.yaml"),
        ("other", (*NEW, "--payer", "small"), "exists; leave --payer out"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_and_writes_nothing(
    run: Run, policies: Path, name: str, arguments: tuple[str, ...], message: str
) -> None:
    before = files(policies)
    result = run("policy", "new", name, *arguments, "--policies", policies)
    assert message in str(result.exception)
    assert files(policies) == before
    assert not (policies / "medical" / "other").exists()


def test_a_dictionary_without_the_facts_it_needs_is_shown(run: Run, policies: Path) -> None:
    spoil(policies, "facts.yaml", "informed.of.risks: {kind: flag", "informed.of.risks: {judgement: true, kind: flag")
    spoil(policies, "medical/brain-mrs/1.0/general.yaml", "flag: informed.of.risks", "judgement: informed.of.risks")
    result = run("policy", "new", NAME, *NEW, "--policies", policies)
    assert "has not 5 yes-or-no facts" in str(result.exception)


@pytest.mark.parametrize(
    ("policy", "prefix"), [("third-payer-mrs", "TPM"), ("6.01.03", "R"), ("hudson-6.01", "H60"), ("x", "X")]
)
def test_rule_ids_begin_with_a_letter(policy: str, prefix: str) -> None:
    assert rule_prefix(policy) == prefix
