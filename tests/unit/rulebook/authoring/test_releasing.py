"""A released version is seen by decisions and never changes; the table of releases reads the same whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import Result

from adjudication.policy.approval import deciding
from rulebook.authoring.releasing import approved_releases, release
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
TWO_PEOPLE = ("--author", "SYN-OWNER", "--approver", "SYN-DIRECTOR", "--reasons", "The first version of this policy.")


def versions_seen(policies: Path) -> list[str]:
    return [version.version for version in load_library(policies).medical.shelf.policies["brain-mrs"].versions]


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
        ["alpha", "'10'", "'9'", "brain-mrs", "'1.0'", "zebra", "'10'", "'9'"]
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


@pytest.mark.parametrize("left_out", ["--author", "--approver", "--reasons"])
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
    start, end = text.index("  - case: An implant nobody"), text.index("  - case: A second study of the day")
    (policies / CASES).write_text(text[:start] + text[end:])
    command = ("policy", "release", "brain-mrs", "1.0", *TWO_PEOPLE, "--policies", policies)
    refused = run(*command)
    assert refused.return_value == 1
    assert "T-02.unless" in refused.output
    assert run(*command, "--allow-survivors").return_value != 0
    assert versions_seen(policies) == []


def test_only_a_version_that_wins_for_some_day_of_service_decides(library: PolicyLibrary) -> None:
    policies = library.medical.shelf.policies.values()

    def found(today: date) -> list[str]:
        return [each.version for each in deciding(policies, today) if each.policy == "hudson-6.01.03"]

    assert found(date(2026, 11, 30)) == ["2025-03-17.3"]
    assert found(date(2025, 9, 1)) == ["2025-03-17"]
    assert found(date(2025, 3, 16)) == []


def test_an_approval_is_added_to_a_version_that_was_released_without_one_and_never_replaced(policies: Path) -> None:
    found, _ = release(policies, "brain-mrs", "1.0", APPROVAL)
    text = (policies / "released.yaml").read_text()
    (policies / "released.yaml").write_text(text[: text.index("approved:")])
    assert approved_releases(policies) == []
    assert release(policies, "brain-mrs", "1.0", APPROVAL) == (found, False)
    release(policies, "brain-mrs", "1.0", APPROVAL.model_copy(update={"author": "SYN-OTHER"}))
    assert [(each.author, each.content_hash) for each, _ in approved_releases(policies)] == [("SYN-OWNER", found)]
