"""What the cases next to a policy promise their author: slips refused with file and line, differences shown plainly."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from adjudication.policy.tree import PolicyVersion
from rulebook.errors import PolicyDataError
from rulebook.medical.cases import Case, CaseResult, read_cases, run_cases
from tests.builders.policy.policies import LIBRARY, small_library

CASES = Path("medical/brain-mrs/1.0/cases")
LINE = 'line: {code: "76390", service_date: 2025-06-02}'
EXPECT = "expect: {result: documents, rule: T-02, documents: [imaging-report, clinical-note]}"
SOUND = f"""\
given:
  some: {{deficit.new: true}}
cases:
  - case: A sentence that says what this is about
    {LINE}
    given: [some]
    facts: {{indication: tumour}}
    {EXPECT}
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A copy of the small library, its cases removed."""
    root = Path(shutil.copytree(LIBRARY, tmp_path / "library"))
    for path in (root / CASES).glob("*.yaml"):
        path.unlink()
    return root


def read(root: Path, text: str) -> tuple[PolicyVersion, tuple[Case, ...]]:
    (root / CASES / "written.yaml").write_text(text, encoding="utf-8")
    loaded = small_library(root)
    (version,) = loaded.catalog.policies["brain-mrs"].versions
    return version, read_cases(root, version, loaded.vocabulary)


def run(root: Path, *, old: str, new: str) -> CaseResult:
    assert old in SOUND
    version, cases = read(root, SOUND.replace(old, new))
    (result,) = run_cases(version, cases)
    return result


def test_the_small_library_passes_its_cases() -> None:
    loaded = small_library()
    (version,) = loaded.catalog.policies["brain-mrs"].versions
    results = run_cases(version, read_cases(LIBRARY, version, loaded.vocabulary))
    assert len(results) > 10
    assert [result.text() for result in results if not result.passed] == []


# Each author's slip: what stood there, what the author wrote, and what the message must hold.
SLIPS = {
    "an unknown key": (LINE, LINE.replace("{", "{color: red, "), ("line 5", "color", "remove the key")),
    "an unknown fact": (
        "indication: tumour",
        "indicatoin: tumour",
        ("line 7", "indicatoin", "did you mean indication?"),
    ),
    "an unknown fact in a fact set": (
        "deficit.new: true",
        "deficit.old: true",
        ("line 2", "deficit.old", "deficit.new"),
    ),
    "a choice that does not exist": ("indication: tumour", "indication: tumor", ("line 7", "tumour, epilepsy, other")),
    "a flag that is a word": (
        "indication: tumour",
        'deficit.new: "yes"',
        ("line 7", "deficit.new is a flag", "true or"),
    ),
    "a flag that is a number": ("indication: tumour", "deficit.new: 1", ("line 7", "deficit.new is a flag")),
    "a date in quotes": (
        "indication: tumour",
        'tx.end: "2025-05-01"',
        ("line 7", "tx.end is a date", "without quotes"),
    ),
    "a date with a time": ("indication: tumour", "tx.end: 2025-05-01 10:00:00", ("line 7", "tx.end is a date")),
    "a bare decimal": ("indication: tumour", "pain.score: 7.5", ("line 7", "pain.score is a number", "in quotes")),
    "a flag for a number": ("indication: tumour", "pain.score: true", ("line 7", "pain.score is a number")),
    "no number at all": ("indication: tumour", 'pain.score: "NaN"', ("line 7", "pain.score is a number")),
    "a conflict that is none": (
        "indication: tumour",
        "indication: [tumour, tumour]",
        ("line 7", "more than once with one value"),
    ),
    "a code no person governs": ('code: "76390"', 'code: "72148"', ("line 5", "no rule", "72148")),
    "a code of the day no person knows": ("2025-06-02}", '2025-06-02, same_day: ["72149"]}', ("line 5", "72149")),
    "a date before the version": ("2025-06-02", "2024-12-31", ("line 5", "does not govern services on 2024-12-31")),
    "a diagnosis of the wrong shape": ("2025-06-02}", "2025-06-02, diagnoses: [C712]}", ("line 5", "diagnoses")),
    "an age in words": ("2025-06-02}", '2025-06-02, age: "54"}', ("line 5", "age")),
    "a rule that does not exist": ("rule: T-02", "rule: T-11", ("line 8", "no rule T-11", "did you mean T-01")),
    "a document that does not exist": ("[imaging-", "[imagin-", ("line 8", "imagin-", "did you mean imaging-report")),
    "an open test that does not exist": ("rule: T-02", "rule: T-02, open: [T-01.x]", ("line 8", "no test T-01.x")),
    "a result that does not exist": ("result: documents", "result: denied", ("line 8", "result")),
    "a label that does not exist": ("rule: T-02", "rule: T-02, label: cosmetic", ("line 8", "label")),
    "a fact set that does not exist": ("given: [some]", "given: [some, none]", ("line 6", "no fact set none", "some")),
    "a fact set no person uses": ("given: [some]", "given: []", ("line 2", "no case is given some")),
    "a sentence that is a word": ("A sentence that says what this is about", "Meets", ("line 4", "case")),
    "the same fact twice": ("indication: tumour", "indication: tumour, indication: other", ("'indication' is given",)),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_refused_with_its_place_and_a_remedy(library: Path, slip: str) -> None:
    old, new, expected = SLIPS[slip]
    assert old in SOUND
    with pytest.raises(PolicyDataError) as refused:
        read(library, SOUND.replace(old, new, 1))
    message = str(refused.value)
    assert message.startswith("medical/brain-mrs/1.0/cases/written.yaml")
    for part in expected:
        assert part in message


def test_a_sentence_given_twice_is_refused_across_files(library: Path) -> None:
    (library / CASES / "earlier.yaml").write_text(SOUND, encoding="utf-8")
    with pytest.raises(PolicyDataError, match=r"the same sentence stands at .*earlier\.yaml, line 4"):
        read(library, SOUND)


def test_a_sound_case_passes_and_keeps_its_place(library: Path) -> None:
    version, cases = read(library, SOUND)
    (result,) = run_cases(version, cases)
    assert result.passed
    assert result.text().endswith("line 4: A sentence that says what this is about")
    assert result.run.case.where == "medical/brain-mrs/1.0/cases/written.yaml, line 4"


def test_a_difference_is_shown_with_what_was_expected_found_and_decisive(library: Path) -> None:
    result = run(library, old=EXPECT, new="expect: {result: meets}")
    text = result.text()
    assert "expected the result meets, found documents" in text
    assert "expected it to rest on no rule, found T-02" in text
    assert "expected to ask for nothing, found clinical-note, imaging-report" in text
    assert "T-02.criteria is unknown: Is there an implant that rules the study out?" in text
    assert "trial.long" not in text, "a test that changes nothing is not notified"


def test_the_label_and_the_open_tests_are_compared_when_given(library: Path) -> None:
    new = "rule: T-02, label: coding, open: [T-02.criteria]"
    differences = run(library, old="rule: T-02", new=new).differences
    assert "expected the label coding, found none" in differences
    assert any(difference.startswith("expected these to be open: T-02.") for difference in differences)


def test_a_fact_of_the_case_overrides_its_fact_set(library: Path) -> None:
    result = run(library, old="{indication: tumour}", new="{indication: tumour, deficit.new: false}")
    assert [fact.value for fact in result.run.case.facts if fact.fact == "deficit.new"] == [False]


def test_values_are_shown_as_evidence_states_them(library: Path) -> None:
    facts = '{indication: null, pain.score: "7.5", tx.end: 2025-05-01, imaging.limited: [true, false]}'
    result = run(library, old="{indication: tumour}", new=facts).run.case.facts
    by_name = {fact.fact: fact for fact in result}
    assert not by_name["indication"].legible
    assert str(by_name["pain.score"].value) == "7.5"
    assert by_name["tx.end"].value == date(2025, 5, 1)
    assert [fact.value for fact in result if fact.fact == "imaging.limited"] == [True, False]
