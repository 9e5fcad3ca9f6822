"""The commands that need no server, as a policy owner types them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from typer.testing import Result

from adjudication.model.vocabulary import ClaimForm
from cli.policy.checks import shortened
from rulebook.authoring import json_schemas
from rulebook.authoring.wording import described
from rulebook.library import load_library
from rulebook.medical.case_values import all_nodes
from tests.builders.cms_files import MUE_HEADER, MUE_ROWS, ptp_text
from tests.builders.policy.policies import small_library
from tests.builders.policy.policy_folders import CASES, CHAPTER, spoil

Run = Callable[..., Result]


def test_lint_ends_well_on_warnings_and_ill_on_an_error(run: Run, policies: Path) -> None:
    fine = run("policy", "lint", policies)
    assert fine.return_value == 0, fine.output
    assert "0 error(s)" in fine.output
    assert "is a draft" in fine.output
    spoil(policies, CHAPTER, "flag: imaging.limited", "flag: imaging.limted")
    bad = run("policy", "lint", policies)
    assert bad.return_value == 1
    assert f"{CHAPTER}:23 (rules[0].criteria.all[0].flag): error: the fact imaging.limted is not known" in bad.output
    assert "do: did you mean imaging.limited?" in bad.output


def test_test_states_what_was_expected_and_found(run: Run, policies: Path) -> None:
    fine = run("policy", "test", "--policies", policies)
    assert fine.return_value == 0, fine.output
    assert "brain-mrs 1.0: 16 of 16 cases pass" in fine.output
    spoil(policies, CASES, "expect: {result: meets, rule: T-01}", "expect: {result: judgement, rule: T-01}")
    bad = run("policy", "test", "brain-mrs", "--policies", policies)
    assert bad.return_value == 1
    assert "A tumour left open by imaging after a failed trial is covered" in bad.output
    assert "expected the result judgement, found meets" in bad.output


def test_a_long_failure_is_cut_to_its_beginning() -> None:
    lines = [f"line {number}" for number in range(20)]
    assert shortened("\n".join(lines)).splitlines() == [*lines[:12], "    8 more; --full shows them"]
    assert shortened("\n".join(lines[:13])) == "\n".join(lines[:13])


def test_nothing_tested_is_not_a_success(run: Run, policies: Path) -> None:
    shutil.rmtree((policies / CASES).parent)
    result = run("policy", "test", "--policies", policies)
    assert result.return_value == 1
    assert "Nothing was tested" in result.output


def test_coverage_names_file_and_line_of_what_survives(run: Run, policies: Path) -> None:
    fine = run("policy", "coverage", "--policies", policies)
    assert fine.return_value == 0, fine.output
    assert ", 0 not noticed by any case" in fine.output
    text = (policies / CASES).read_text()
    start, end = text.index("  - case: An implant no document"), text.index("  - case: A second study of the day")
    (policies / CASES).write_text(text[:start] + text[end:])
    bad = run("policy", "coverage", "brain-mrs", "--policies", policies)
    assert bad.return_value == 1
    assert "(T-02.unless): no case turns on this test" in bad.output


def test_diff_works_without_a_running_stack(run: Run, policies: Path) -> None:
    folder = policies / "medical" / "brain-mrs"
    made = run(
        "policy",
        "new",
        "brain-mrs",
        "2.0",
        "--starts",
        "2026-01-01",
        "--published",
        "2025-12-01",
        "--policies",
        policies,
    )
    assert made.return_value == 0, made.exception
    spoil(folder, "2.0/general.yaml", "at_least: 7, unit: points", "at_least: 8, unit: points")
    result = run("policy", "diff", "brain-mrs", "1.0", "2.0", "--no-claims", "--policies", policies)
    assert result.return_value == 0, result.exception
    assert "2 change(s)" in result.output
    assert "- pain.score is at least 7" in result.output
    assert "+ pain.score is at least 8" in result.output


def test_a_copied_version_moves_its_cases_with_its_first_day(run: Run, policies: Path) -> None:
    run(
        "policy",
        "new",
        "brain-mrs",
        "2.0",
        "--starts",
        "2025-03-01",
        "--published",
        "2025-02-01",
        "--policies",
        policies,
    )
    assert "service_date: 2025-07-31" in (policies / CASES.replace("1.0", "2.0")).read_text()
    assert run("policy", "test", "brain-mrs", "--policies", policies).return_value == 0


def test_the_committed_schemas_are_those_of_the_records(run: Run) -> None:
    assert json_schemas.drifted() == ()
    assert run("policy", "schema", "--check").return_value == 0


def test_a_drifted_schema_is_named_and_one_without_a_record_too(tmp_path: Path) -> None:
    assert set(json_schemas.drifted(tmp_path)) == set(json_schemas.generate())
    json_schemas.write(tmp_path)
    assert json_schemas.drifted(tmp_path) == ()
    (tmp_path / "facts.json").write_bytes(b"{}\n")
    (tmp_path / "stranger.json").write_bytes(b"{}\n")
    assert json_schemas.drifted(tmp_path) == ("facts.json", "stranger.json")
    json_schemas.write(tmp_path)
    assert json_schemas.drifted(tmp_path) == ()


def test_the_schema_of_a_chapter_closes_the_grammar() -> None:
    schema = orjson.loads(json_schemas.generate()["chapter.json"])
    node = schema["$defs"]["NodeRecord"]
    assert node["additionalProperties"] is False
    assert {"all", "any", "not", "applies_when", "then", "part", "flag", "judgement"} <= set(node["properties"])
    assert schema["additionalProperties"] is False


def test_every_test_of_the_small_library_has_its_own_words() -> None:
    [version] = small_library().catalog.policies["brain-mrs"].versions
    leaves = [node for node in all_nodes(version) if hasattr(node, "test")]
    shown = [described(leaf.test) for leaf in leaves]
    assert {type(leaf.test).__name__ for leaf in leaves} == {
        "Flag", "Choice", "Measure", "Dated", "Elapsed", "CodeIn", "Earlier", "Age", "Judgment",
    }  # fmt: skip
    assert len(set(shown)) == len(shown)
    assert (
        "imaging.date is no longer before the service than 90 days from 2000-01-01, then 60 days from 2026-01-01 "
        "(parameter recent-days)"
    ) in shown


@pytest.fixture
def downloads(tmp_path: Path) -> tuple[Path, Path]:
    pairs, units = tmp_path / "ccipra-1.txt", tmp_path / "mue.csv"
    pairs.write_bytes(ptp_text().encode())
    units.write_bytes((MUE_HEADER + MUE_ROWS).encode())
    return pairs, units


def test_a_licensed_list_of_codes_is_previewed_and_imported(run: Run, policies: Path, tmp_path: Path) -> None:
    listed = tmp_path / "cpt-2026.csv"
    listed.write_text("code,valid_through\n0609T,\n0648T,2026-06-30\n", encoding="utf-8")
    source = "{title: Synthetic list, publisher: unknown, published: null, retrieved: 2026-01-02}"
    spoil(policies, "sources.yaml", "sources:\n", f"sources:\n  cpt-2026: {source}\n")
    command = ("codes", "import", "cpt", "2026", "--file", listed, "--source", "cpt-2026", "--policies", policies)
    before = (policies / "codes/loaded.yaml").read_bytes()
    preview = run(*command, "--dry-run")
    assert "cpt 2026: 2 codes read, 1 in force of those held, would be written; nothing was" in preview.output
    assert "0648T: in force until 2026-06-30" in preview.output
    assert (policies / "codes/loaded.yaml").read_bytes() == before
    assert run(*command).return_value == 0
    again = run(*command)
    assert "cpt is already loaded from 2026-01-01" in str(again.exception)


def test_a_published_quarter_is_imported(run: Run, policies: Path, downloads: tuple[Path, Path]) -> None:
    pairs, units = downloads
    spoil(
        policies,
        "sources.yaml",
        "sources:\n",
        "sources:\n  cms-ncci-2026q1: {title: Synthetic quarter, publisher: unknown, published: null, retrieved: 2026-01-02}\n",
    )
    command = ("edits", "import", "2026Q1", "--form", "professional", "--pairs", pairs, "--units", units)
    refused = run(*command, "--source", "hearsay", "--policies", policies)
    assert "does not list 'hearsay'" in str(refused.exception)
    short = run(*command, "--source", "cms-ncci-2026q1", "--policies", policies)
    assert "may have been cut short" in str(short.exception)
    given = ("--source", "cms-ncci-2026q1", "--carry-until", "2026-07-01", "--many-ended", "--policies", policies)
    result = run(*command, *given)
    assert result.return_value == 0, result.exception
    assert "2026Q1 of medicare for the professional form: 3 pairs, 2 unit limits" in result.output
    assert "note 72156, 72141: in force for part of the quarter" in result.output
    releases = load_library(policies).reference.edit_releases
    loaded = [
        r for r in releases if r.release == "2026Q1" and r.form is ClaimForm.PROFESSIONAL and not r.carried_forward
    ]
    assert len(loaded) == 2, "one edit begins inside the quarter"
    assert all(("72148", "0609T") in release.pairs for release in loaded)
