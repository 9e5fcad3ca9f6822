"""What changed between two versions is shown by id, and nothing is informed of what did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from adjudication.policy.tree import PolicyVersion
from rulebook.authoring.difference import AspectChange, Change, compare
from rulebook.authoring.difference_text import change_lines
from rulebook.library import load_library
from tests.builders.policy.policy_folders import CHAPTER, spoil


def version(policies: Path) -> PolicyVersion:
    return load_library(policies, with_drafts=True).medical.catalog.policies["brain-mrs"].versions[0]


def changes(policies: Path, old: str, new: str) -> tuple[Change, ...]:
    before = version(policies)
    spoil(policies, CHAPTER, old, new)
    return compare(before, version(policies))


def test_the_same_text_laid_out_otherwise_is_no_change(policies: Path) -> None:
    before = version(policies)
    spoil(policies, CHAPTER, "        - {flag: imaging.limited}\n", "        # why\n        - flag: imaging.limited\n")
    after = version(policies)
    assert before.content_hash != after.content_hash
    assert compare(before, after) == ()


@pytest.mark.parametrize(
    ("old", "new", "node", "aspect", "was", "now"),
    [
        ("at_least_days: 42", "at_least_days: 28", "trial.long", "test", "42 days", "28 days"),
        ("text: Two signs out of three.", "text: Two of three.", "T-01.signs", "text", "Two signs", "Two of three"),
        ("at_least: 2\n", "at_least: 3\n", "T-01.signs", "combines", "at least 2 of", "all of"),
        (
            "{flag: deficit.new}",
            "{flag: deficit.new, silent: not-met}",
            "trial.deficit.new",
            "never mentioned",
            "",
            "not met",
        ),
        ("at: third paragraph", "at: ninth paragraph", "T-03", "cited", "third paragraph", "ninth paragraph"),
    ],
)
def test_a_changed_criterion_is_shown_before_and_after(  # noqa: PLR0917
    policies: Path, old: str, new: str, node: str, aspect: str, was: str, now: str
) -> None:
    found = {change.node_id: change for change in changes(policies, old, new)}
    assert found[node].how == "changed"
    [change] = [each for each in found[node].aspects if each.aspect == aspect]
    assert was in change.before
    assert now in change.after


def test_a_changed_rule_is_shown_by_its_aspect(policies: Path) -> None:
    [change] = changes(policies, "label: experimental", "label: not-medically-necessary")
    assert (change.item, change.node_id, change.how) == ("rule", "T-06", "changed")
    assert change.aspects == (AspectChange("label", "experimental", "not-medically-necessary"),)


def test_what_is_added_and_what_is_removed_is_shown(policies: Path) -> None:
    found = changes(policies, "      - {flag: deficit.new}", "      - {flag: deficit.new, id: trial.urgent}")
    assert ("added", "trial.urgent") in {(change.how, change.node_id) for change in found}
    assert ("removed", "trial.deficit.new") in {(change.how, change.node_id) for change in found}
    assert ("changed", "trial") in {(change.how, change.node_id) for change in found}


def test_a_rule_that_went_is_shown_by_its_title(policies: Path) -> None:
    text = (policies / CHAPTER).read_text()
    found = changes(policies, text[text.index("  - rule: T-06") :], "")
    assert [(c.item, c.how, c.title) for c in found] == [("rule", "removed", "Spine spectroscopy is experimental")]


def test_the_text_shows_both_sides(policies: Path) -> None:
    [change] = changes(policies, "at_least_days: 42", "at_least_days: 28")
    shown = "\n".join(change_lines(change))
    assert "trial.long" in shown
    assert "- at least 42 days from tx.start to tx.end" in shown
    assert "+ at least 28 days from tx.start to tx.end" in shown
