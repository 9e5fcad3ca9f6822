"""A released version is seen by decisions and never changes; the table of releases reads the same whoever wrote it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import Result

from adjudication.policy.approval import Deciding, deciding, needs_release
from rulebook.authoring.releasing import approved_releases, release, release_shared, shared_to_release
from rulebook.errors import PolicyDataError
from rulebook.library import PolicyLibrary, load_library
from rulebook.medical.catalog import version_hash
from rulebook.medical.rule_register import ApprovalEntry, ReleasedFile
from rulebook.yaml_files import read_yaml
from tests.builders.policy.policy_folders import CASES, CHAPTER, spoil

Run = Callable[..., Result]
APPROVAL = ApprovalEntry(
    author="SYN-OWNER",
    approver="SYN-DIRECTOR",
    reasons="The first version of this policy.",
    approved_on=date(2026, 11, 30),
)
TWO_PEOPLE = ("--author", "SYN-OWNER", "--approver", "SYN-DIRECTOR", "--reason", "The first version of this policy.")


def versions_seen(policies: Path) -> list[str]:
    return [version.version for version in load_library(policies).medical.catalog.policies["brain-mrs"].versions]


def test_a_release_makes_a_draft_visible_to_decisions(policies: Path) -> None:
    assert versions_seen(policies) == []
    found, is_new = release(policies, "brain-mrs", "1.0", APPROVAL)
    assert (found, is_new) == (version_hash(policies / "medical" / "brain-mrs" / "1.0"), True)
    assert versions_seen(policies) == ["1.0"]


def test_a_second_release_of_the_same_text_changes_nothing(policies: Path) -> None:
    release(policies, "brain-mrs", "1.0", APPROVAL)
    before = (policies / "released.yaml").read_bytes()
    assert release(policies, "brain-mrs", "1.0", APPROVAL)[1] is False
    assert (policies / "released.yaml").read_bytes() == before


def test_a_released_text_that_changed_is_refused(policies: Path) -> None:
    release(policies, "brain-mrs", "1.0", APPROVAL)
    spoil(policies, CHAPTER, "Everything, in small", "Everything, in little")
    with pytest.raises(PolicyDataError, match=r"the released version brain-mrs 1\.0 was changed; undo it"):
        release(policies, "brain-mrs", "1.0", APPROVAL)


def test_the_table_is_sorted_and_keeps_its_comment(policies: Path) -> None:
    hashes = "".join(f"  {name}:\n    '9': {'a' * 64}\n    '10': {'b' * 64}\n" for name in ("zebra", "alpha"))
    (policies / "released.yaml").write_text(f"# Why this file exists.\nreleased:\n{hashes}")
    release(policies, "brain-mrs", "1.0", APPROVAL)
    lines = (policies / "released.yaml").read_text().partition("approved:")[0].splitlines()
    assert lines[:2] == ["# Why this file exists.", "released:"]
    assert [line.strip().split(":")[0] for line in lines[2:]] == (
        ["alpha", "'10'", "'9'", "brain-mrs", "'1.0'", "shared-entries", "'1'", "zebra", "'10'", "'9'"]
    )


def test_what_is_no_version_is_refused(policies: Path) -> None:
    with pytest.raises(PolicyDataError, match="is not a policy version"):
        release(policies, "brain-mrs", "7.0", APPROVAL)


def test_a_release_keeps_who_wrote_and_who_approved_it_why_and_when(policies: Path) -> None:
    release(policies, "brain-mrs", "1.0", APPROVAL)
    kept = read_yaml(policies / "released.yaml", "released.yaml", ReleasedFile).approved["brain-mrs"]["1.0"]
    assert kept == APPROVAL


def test_one_person_alone_approves_nothing_even_by_hand(policies: Path) -> None:
    release(policies, "brain-mrs", "1.0", APPROVAL)
    spoil(policies, "released.yaml", "approver: SYN-DIRECTOR", "approver: SYN-OWNER")
    with pytest.raises(PolicyDataError, match="SYN-OWNER wrote and approved the version; two people release one"):
        load_library(policies)


@pytest.mark.parametrize("left_out", ["--author", "--approver", "--reason"])
def test_the_command_asks_for_both_people_and_the_reasons(run: Run, policies: Path, left_out: str) -> None:
    at = TWO_PEOPLE.index(left_out)
    given = (*TWO_PEOPLE[:at], *TWO_PEOPLE[at + 2 :])
    result = run("policy", "release", "brain-mrs", "1.0", *given, "--policies", policies)
    assert f"Missing parameter: {left_out[2:]}" in f"{result.output}{result.exception}"
    assert versions_seen(policies) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            CASES,
            "expect: {result: meets, rule: T-01}",
            "expect: {result: judgement, rule: T-01}",
            "expected the result",
        ),
        (
            CASES,
            "facts: {imaging.limited: [true, false], tx.outcome: null}",
            "facts: {imaging.limited: 7}",
            "is a flag",
        ),
        (CHAPTER, "at_least: 7, unit: points", "at_least: 7, unit: weeks", "is counted in points"),
    ],
)
def test_the_command_releases_nothing_that_is_not(
    run: Run, policies: Path, file: str, old: str, new: str, expected: str
) -> None:
    spoil(policies, file, old, new)
    result = run("policy", "release", "brain-mrs", "1.0", *TWO_PEOPLE, "--policies", policies)
    assert expected in f"{result.output}{result.exception}"
    assert result.return_value != 0 or result.exception is not None
    assert "released: {}" in (policies / "released.yaml").read_text()


def test_a_survivor_stops_a_release_and_no_option_lets_it_pass(run: Run, policies: Path) -> None:
    text = (policies / CASES).read_text()
    start, end = text.index("  - case: An implant no document"), text.index("  - case: A second study of the day")
    (policies / CASES).write_text(text[:start] + text[end:])
    command = ("policy", "release", "brain-mrs", "1.0", *TWO_PEOPLE, "--policies", policies)
    refused = run(*command)
    assert refused.return_value == 1
    assert "T-02.unless" in refused.output
    assert run(*command, "--allow-survivors").return_value != 0
    assert versions_seen(policies) == []


def test_only_a_version_that_wins_for_some_day_of_service_decides(library: PolicyLibrary) -> None:
    policies = library.medical.catalog.policies.values()

    def found(today: date) -> list[str]:
        return [each.version for each in deciding(policies, today) if each.policy == "hudson-6.01.03"]

    assert found(date(2026, 11, 30)) == ["2025-03-17.4"]
    assert found(date(2025, 9, 1)) == ["2025-03-17"]
    assert found(date(2025, 3, 16)) == []


def test_an_approval_is_added_to_a_version_that_was_released_without_one_and_never_replaced(policies: Path) -> None:
    found, _ = release(policies, "brain-mrs", "1.0", APPROVAL)
    text = (policies / "released.yaml").read_text()
    (policies / "released.yaml").write_text(text[: text.index("approved:")] + text[text.index("\nentries:") :])
    assert approved_releases(policies) == []
    assert release(policies, "brain-mrs", "1.0", APPROVAL) == (found, False)
    release(policies, "brain-mrs", "1.0", APPROVAL.model_copy(update={"author": "SYN-OTHER"}))
    kept = {(each.policy, each.author, each.content_hash) for each, _ in approved_releases(policies)}
    assert kept == {("brain-mrs", "SYN-OWNER", found), ("shared-entries", "SYN-OWNER", shared_hash(policies))}


def shared_hash(policies: Path) -> str:
    return read_yaml(policies / "released.yaml", "released.yaml", ReleasedFile).released["shared-entries"]["1"]


CHANGES_OF_ANSWERS = {
    "a limit": ("parameters.yaml", "value: 60", "value: 61", "the parameter recent-days was changed"),
    "the day of a limit": ("parameters.yaml", "2026-01-01", "2026-02-01", "the parameter recent-days was changed"),
    "the choices": (
        "facts.yaml",
        "[failed, improved]",
        "[failed, improved, stable]",
        "the fact tx.outcome was changed",
    ),
    "who may state it": (
        "facts.yaml",
        "strong is the pain?, ",
        "strong is the pain?, stated_in: [clinical-note], ",
        "the fact pain.score was changed",
    ),
    "a screening": (
        "facts.yaml",
        "informed.of.risks: {kind: flag, ",
        "informed.of.risks: {kind: flag, screens: [deficit.new], ",
        "the fact informed.of.risks was changed",
    ),
    "who asks for a record": (
        "facts.yaml",
        "{label: Imaging reports, ",
        "{label: Imaging reports, clinical: false, ",
        "the document imaging-report was changed",
    ),
    "a list of codes": (
        "codes/code_sets.yaml",
        '["0609T", "0610T"]',
        '["0609T"]',
        "the code-set spine-mrs was changed",
    ),
    "a withdrawal": (
        "medical/brain-mrs/policy.yaml",
        "owner: small-library",
        "owner: small-library\nretired_on: 2025-01-01",
        "the policy brain-mrs was changed",
    ),
}


@pytest.mark.parametrize("change", CHANGES_OF_ANSWERS)
def test_a_change_of_what_a_released_version_reads_decides_nothing_until_it_is_released(
    policies: Path, change: str
) -> None:
    file, old, new, why = CHANGES_OF_ANSWERS[change]
    release(policies, "brain-mrs", "1.0", APPROVAL)
    spoil(policies, file, old, new)
    with pytest.raises(PolicyDataError, match=f"{why} since it was released; 1 released version"):
        load_library(policies)
    draft = load_library(policies, with_drafts=True).medical
    shared = shared_to_release(policies, draft)
    assert (shared.number, shared.is_new) == ("2", True)
    release_shared(policies, shared, APPROVAL)
    assert load_library(policies).medical.catalog.shared_release == ("2", shared.content_hash)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (
            "facts.yaml",
            "facts:\n",
            "facts:\n  of.none: {kind: flag, asks: Does a policy read this?, document: order}\n",
        ),
        ("parameters.yaml", "parameters:\n", "# A comment, and another citation.\nparameters:\n"),
        ("parameters.yaml", "locator: small library", "locator: another page"),
    ],
)
def test_what_changes_no_answer_of_a_released_version_needs_no_release(
    policies: Path, file: str, old: str, new: str
) -> None:
    release(policies, "brain-mrs", "1.0", APPROVAL)
    spoil(policies, file, old, new)
    assert load_library(policies).medical.catalog.shared_release == ("1", shared_hash(policies))


def test_a_hash_entered_by_hand_releases_no_change(policies: Path) -> None:
    release(policies, "brain-mrs", "1.0", APPROVAL)
    spoil(policies, "parameters.yaml", "value: 60", "value: 61")
    entries = shared_to_release(policies, load_library(policies, with_drafts=True).medical).entries
    before = read_yaml(policies / "released.yaml", "released.yaml", ReleasedFile).entries["parameter"]["recent-days"]
    spoil(policies, "released.yaml", before, entries["parameter"]["recent-days"])
    with pytest.raises(PolicyDataError, match="the entries are not those of shared-entries 1"):
        load_library(policies)


def test_a_new_version_carries_no_change_that_other_released_versions_read(policies: Path) -> None:
    release(policies, "brain-mrs", "1.0", APPROVAL)
    folder = policies / "medical" / "brain-mrs"
    copied = folder / "1.1"
    shutil.copytree(folder / "1.0", copied)
    spoil(policies, "medical/brain-mrs/1.1/version.yaml", 'version: "1.0"', 'version: "1.1"\nsupersedes: "1.0"')
    spoil(policies, "parameters.yaml", "value: 60", "value: 61")
    with pytest.raises(PolicyDataError, match="the parameter recent-days was changed since it was released"):
        release(policies, "brain-mrs", "1.1", APPROVAL)


def test_the_command_names_changed_entries_and_releases_none_with_a_failing_case(run: Run, policies: Path) -> None:
    release(policies, "brain-mrs", "1.0", APPROVAL)
    spoil(policies, "facts.yaml", "choices: [failed, improved]", "choices: [improved]")
    command = ("policy", "release", "shared-entries", "2", *TWO_PEOPLE, "--policies", policies)
    assert "failed is not a choice of tx.outcome" in f"{run(*command).exception}"
    spoil(policies, "facts.yaml", "choices: [improved]", "choices: [failed, improved]")
    spoil(policies, "parameters.yaml", "value: 90", "value: 1")
    refused = run(*command)
    assert refused.return_value == 1
    assert "changed: the parameter recent-days" in refused.output
    assert "failed " in refused.output
    wrong = run("policy", "release", "shared-entries", "7", *TWO_PEOPLE, "--policies", policies)
    assert "give shared-entries 2" in f"{wrong.exception}"


def test_what_decides_needs_a_release_of_its_versions_and_of_what_they_read(library: PolicyLibrary) -> None:
    catalog = library.medical.catalog
    found = needs_release(catalog, date(2026, 11, 30))
    assert catalog.shared_release is not None
    assert found[-1] == Deciding("shared-entries", *catalog.shared_release)
    assert {each.policy for each in found[:-1]} == {
        each.policy for each in deciding(catalog.policies.values(), date(2026, 11, 30))
    }
