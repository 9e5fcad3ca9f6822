"""What a policy author gets wrong, each shown in one message: which file, which line, what is wrong, what to do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from rulebook.errors import PolicyDataError
from tests.builders.policy.policies import LIBRARY, small_library

CHAPTER = "medical/brain-mrs/1.0/general.yaml"
VERSION = "medical/brain-mrs/1.0/version.yaml"
POLICY = "medical/brain-mrs/policy.yaml"
ORDER = "payers/small/precedence.yaml"
FACTS = "facts.yaml"

SLIPS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "bad indentation": (CHAPTER, "    kind: guide\n", "   kind: guide\n", ("not readable as YAML", "correct the text")),
    "a tab": (CHAPTER, "    kind: guide\n", "\tkind: guide\n", ("not readable as YAML",)),
    "a key given twice": (CHAPTER, "    kind: guide\n", "    kind: guide\n    kind: guide\n", ("given twice",)),
    "a misspelt key": (CHAPTER, "    kind: guide\n", "    kind: guide\n    tittle: x\n", ("tittle", "remove the key")),
    "a date that does not exist": (VERSION, "starts: 2025-01-01", "starts: 2025-02-30", ("cannot read",)),
    "a date in quotes": (VERSION, "starts: 2025-01-01", 'starts: "2025-01-01"', ("write a date as",)),
    "another grammar": (VERSION, "claimwright-policy/1", "claimwright-policy/9", ("format", "claimwright-policy/1")),
    "an unknown fact": (CHAPTER, "flag: deficit.new", "flag: deficit.knew", ("deficit.knew", "did you mean deficit.new?")),
    "a fact of another kind": (CHAPTER, "flag: deficit.new", "flag: tx.outcome", ("tx.outcome is a code", "a flag")),
    "an unknown choice": (
        CHAPTER, "one_of: [failed]", "one_of: [fialed]", ("fialed is not a choice of tx.outcome", "failed, improved"),
    ),
    "a unit mismatch": (CHAPTER, "unit: points", "unit: weeks", ("counted in points, not in weeks", "unit: points")),
    "an unquoted decimal": (CHAPTER, "at_least: 7,", "at_least: 7.5,", ("a decimal in quotes",)),
    "a number no person can mean": (CHAPTER, "within_days: 365}", "within_days: 3650000}", ("larger than anything",)),
    "an unknown parameter": (CHAPTER, "parameter: recent-days", "parameter: resent-days", ("did you mean recent-days?",)),
    "a parameter in another unit": ("parameters.yaml", "unit: days", "unit: weeks", ("in weeks", "counts in days")),
    "a parameter without a value": (
        "parameters.yaml", "starts: 2000-01-01", "starts: 2025-06-01", ("no value before 2025-06-01",),
    ),
    "an unknown code": (CHAPTER, 'codes: ["72148"], within_days', 'codes: ["72149"], within_days', ("72149",)),
    "an unknown code set": (CHAPTER, "governs: [spine-mrs]", "governs: [spine-mr]", ("did you mean spine-mrs?",)),
    "no citation": (CHAPTER, "    at: fifth paragraph\n", "", ("rules[4].at", "add the key")),
    "an unknown source": (VERSION, "source: synthetic-payers", "source: no-such-page", ("unknown source", "sources.yaml")),
    "a bad reference": (VERSION, "source: synthetic-payers", "source: code-page-0610t", ("bad reference",)),
    "a source without a place": (
        CHAPTER, "- {flag: imaging.limited}", "- {flag: imaging.limited, source: synthetic-payers}", ("where in it",),
    ),
    "a conflict not registered": (
        CHAPTER, "- {flag: imaging.limited}", "- {flag: imaging.limited, conflicts: [X-99]}", ("X-99", "conflicts.yaml"),
    ),
    "an unknown document": (
        CHAPTER, "- {flag: imaging.limited}", "- {flag: imaging.limited, request: imaging-repot}",
        ("did you mean imaging-report?",),
    ),
    "a part that does not exist": (CHAPTER, "part: trial", "part: trail", ("no part trail", "the parts are: trial")),
    "a part no person uses": (CHAPTER, "- {part: trial}", "- {flag: deficit.new, id: again}", ("no rule uses the part trial",)),
    "a part that contains itself": (CHAPTER, "- {flag: deficit.new}", "- {part: trial}", ("contains itself", "circle")),
    "an id used twice": (CHAPTER, "id: T-01.old", "id: T-01.signs", ("T-01.signs is used twice", "give one of the two another id")),
    "two tests in one criterion": (
        CHAPTER, "{flag: imaging.limited}", "{flag: imaging.limited, judgement: judged.plausible}", ("flag and judgement",),
    ),
    "a criterion that tests nothing": (CHAPTER, "- {flag: imaging.limited}", "- {text: Just words.}", ("has none",)),
    "more demanded than there is": (CHAPTER, "at_least: 2\n", "at_least: 4\n", ("4 of 3 can never be met",)),
    "a condition without consequence": (
        CHAPTER, "          then: {judgement: judged.plausible}\n", "", ("applies_when and then go together",),
    ),
    "a judgement that is not a judgement": (
        CHAPTER, "judgement: judged.plausible", "judgement: deficit.new", ("not marked as a reviewer's judgment",),
    ),
    "a test on codes without words": (
        CHAPTER, ", text: The diagnosis is a brain tumour.", "", ("needs its own text",),
    ),
    "an exclusion without a label": (CHAPTER, "    label: coding\n", "", ("kind excluded needs a label",)),
    "a label where none belongs": (
        CHAPTER, "    kind: guide\n", "    kind: guide\n    label: coding\n", ("kind guide takes no label",),
    ),
    "an exception to nothing": (
        CHAPTER, "    kind: guide\n", "    kind: guide\n    unless: {flag: deficit.new}\n", ("unless belongs to",),
    ),
    "an exclusion that does not say whether it yields": (
        VERSION, "published_on:", "precedence: {urgent: {part: trial, at: p. 1}}\npublished_on:",
        ("T-02 does not say whether it yields to urgent", "add urgent to yields_to, or to stands_against with the reason"),
    ),
    "an exclusion that yields to what is not there": (
        CHAPTER, "unless: {flag: implant.cleared}", "unless: {flag: implant.cleared}\n    yields_to: [urgent]",
        ("urgent is not in the precedence",),
    ),
    "a covered rule that yields": (
        CHAPTER, "    at: first paragraph\n", "    at: first paragraph\n    yields_to: [urgent]\n", ("excluded and review rules only",),
    ),
    "an end before the start": (
        VERSION, "{starts: 2025-01-01}", "{starts: 2025-01-01, ends: 2024-01-01}", ("is not after starts", "half-open"),
    ),
    "a name that is not the folder's": (VERSION, 'version: "1.0"', 'version: "1.1"', ("calls itself", "make them agree")),
    "a policy in another's folder": (POLICY, "policy: brain-mrs", "policy: brain", ("in a folder called brain-mrs",)),
    "an order that names no person": (ORDER, "policies: [brain-mrs]", "policies: [brain]", ("brain, which is not loaded",)),
    "a first leg after something": (
        ORDER, "leg: plan,", "leg: plan, after: [experimental],", ("the first leg must not have `after`",),
    ),
    "a text longer than a screen": (
        CHAPTER, "text: Two signs out of three.", f"text: {'Too long. ' * 30}", ("at most 220 characters",),
    ),
}  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return shutil.copytree(LIBRARY, tmp_path / "policies")


def _spoil(library: Path, file: str, old: str, new: str) -> None:
    path = library / file
    text = path.read_text()
    assert text.count(old) >= 1, f"{old!r} is not in {file}"
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_gets_one_clear_message(library: Path, slip: str) -> None:
    file, old, new, fragments = SLIPS[slip]
    small_library(library)  # it loads before the slip, so that nothing else is refused
    _spoil(library, file, old, new)
    with pytest.raises(PolicyDataError) as refused:
        small_library(library)
    message = str(refused.value)
    assert message.count("\n") == 0
    assert re.match(r"^[a-z_]+(/[\w.-]+)*", message), message
    for fragment in fragments:
        assert fragment in message
    assert refused.value.remedy


def test_a_fact_no_document_answers_is_refused_where_it_is_tested(library: Path) -> None:
    path = library / FACTS
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    bare = [line.replace(", document: clinical-note", "") if "deficit.new" in line else line for line in lines]
    assert bare != lines
    path.write_text("\n".join(bare) + "\n")
    with pytest.raises(PolicyDataError, match=r"which document would answer deficit\.new"):
        small_library(library)


def test_coverage_without_a_condition_is_refused(library: Path) -> None:
    _spoil(library, CHAPTER, "    criteria: {flag: informed.of.risks}\n", "")
    _spoil(library, CHAPTER, "    kind: guide\n", "    kind: covered\n")
    with pytest.raises(PolicyDataError, match="nothing is covered without a condition"):
        small_library(library)


def test_two_versions_for_one_day_are_refused_unless_one_supersedes_the_other(library: Path) -> None:
    shutil.copytree(library / "medical/brain-mrs/1.0", library / "medical/brain-mrs/2.0")
    _spoil(library, "medical/brain-mrs/2.0/version.yaml", 'version: "1.0"', 'version: "2.0"')
    with pytest.raises(PolicyDataError, match="both in force on a day"):
        small_library(library)
    later = "published_on: 2025-03-01\nsupersedes: '1.0'"
    _spoil(library, "medical/brain-mrs/2.0/version.yaml", "published_on: 2024-12-01", later)
    assert len(small_library(library).catalog.policies["brain-mrs"].versions) == 2


def test_a_released_version_that_was_changed_is_refused(library: Path) -> None:
    (library / "released.yaml").write_text(f"released: {{brain-mrs: {{'1.0': {'ab' * 32}}}}}\n")
    with pytest.raises(PolicyDataError, match=r"the released version brain-mrs 1\.0 was changed"):
        small_library(library)


def test_policies_that_refer_to_each_other_in_a_circle_are_refused(library: Path) -> None:
    refers = "    kind: refers\n    refers_to: brain-mrs\n"
    _spoil(library, CHAPTER, "    criteria: {flag: informed.of.risks}\n", "")
    _spoil(library, CHAPTER, "    kind: guide\n", refers)
    with pytest.raises(PolicyDataError, match="break the circle"):
        small_library(library)


def test_a_version_without_rules_is_refused(library: Path) -> None:
    (library / CHAPTER).unlink()
    with pytest.raises(PolicyDataError, match="has no rules"):
        small_library(library)


def test_a_missing_file_is_named(library: Path) -> None:
    (library / POLICY).unlink()
    with pytest.raises(PolicyDataError, match="the file is missing"):
        small_library(library)


def test_an_alternative_with_a_condition_must_say_whether_it_counts_when_exempt(library: Path) -> None:
    condition = "{applies_when: {flag: deficit.new, id: a}, then: {flag: implant.cleared, id: b}}"
    _spoil(library, CHAPTER, "- {flag: deficit.new}", f"- {condition}")
    with pytest.raises(PolicyDataError, match="must say whether it counts"):
        small_library(library)
    _spoil(library, CHAPTER, "id: b}}", "id: b}, if_exempt: does-not-count}")
    small_library(library)
