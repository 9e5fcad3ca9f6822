"""Custody of sources: every cited line has words that are found there, and a changed quotation or file is found out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rulebook.library import default_policies_dir, load_library
from rulebook.medical.case_values import all_nodes
from rulebook.source_places import read_places
from tools.source_custody import KEPT, kept_text, problems

POLICIES = default_policies_dir()
GUIDELINE = "sources/spine-imaging-guideline.yaml"
LIBRARY = load_library(POLICIES)
LINES = re.compile(r"\bL[0-9]+\b")
PLACES = read_places(POLICIES, LIBRARY.sources)


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    for name in ("sources", "medical"):
        shutil.copytree(POLICIES / name, tmp_path / name)
    shutil.copy(POLICIES / "sources.yaml", tmp_path)
    return tmp_path


def test_every_quotation_of_the_shipped_policies_is_found_at_its_line() -> None:
    assert list(problems(POLICIES)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            GUIDELINE,
            "  96: 'must be negative for fracture",
            "  96: 'may be negative for fracture",
            "line 96 is not known",
        ),
        (GUIDELINE, "  46: 'Magnetic Resonance Spectroscopy (MRS) for all", "  47: 'MRS for all", "line 47"),
        (GUIDELINE, "  33: ", "  172: ", "line 33, cited by"),
        ("sources.yaml", "    number: 6.01.03\n", "", "needs number, version and sha256"),
        ("sources.yaml", "    sha256: 467cea51", "    sha256: 567cea51", "not of the file whose sha256"),
    ],
)
def test_what_does_not_stand_in_the_source_is_found(
    policies: Path, file: str, old: str, new: str, expected: str
) -> None:
    text = (policies / file).read_text(encoding="utf-8")
    assert old in text
    if new.startswith("  47"):
        text = "\n".join(line for line in text.splitlines() if not line.startswith("  47: ")) + "\n"
    (policies / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(expected in problem for problem in problems(policies))


def test_what_is_kept_of_a_source_holds_none_of_its_words() -> None:
    kept = "".join(path.read_text(encoding="utf-8").partition("\n")[2] for path in KEPT.glob("*.txt"))
    words = {word for word in kept.split() if not word.isdigit()}
    assert {word for word in words if len(word) not in (32, 64)} == {"file", "line", "phrase"}


def test_a_quotation_that_its_line_does_not_hold_is_refused_when_the_hashes_are_made() -> None:
    source = b"First line.\n| 1 | **Second** [line](#x) of a table |\n"
    assert "phrase 2 1 4" in kept_text(source, {2: "Second line of a"})
    with pytest.raises(ValueError, match="line 1 does not say 'Second line'"):
        kept_text(source, {1: "Second line"})


@pytest.mark.parametrize(
    ("source", "lines", "read"),
    [
        ("plan-6.01.03-2025-03", "S3-04, L20", "S3-04, statement I.A.3"),
        ("plan-6.01.03-2025-03", "L16-23", "statements I to I.A.6"),
        ("plan-6.01.03-2025-03", "L24, L96-99", "statement II; CPT codes, rows 2 to 5"),
        ("plan-6.01.03-2025-03", "S3-P1, L175, L178-179", "S3-P1, Product disclaimer, items 1, 4 and 5"),
        ("ma-mrs-2023-10", "L21", "Important reminder, paragraph 3"),
        ("spine-imaging-guideline", "L34", "Red flag indications (immediate imaging), paragraph 1"),
        ("spine-imaging-guideline", "L13, L100-102",
         ("General imaging coverage criteria, paragraph 12; "
          "Lower extremity radiculopathy with or without low back pain, paragraphs 1 to 3")),
    ],
)  # fmt: skip
def test_a_place_reads_as_a_reader_would_cite_it(source: str, lines: str, read: str) -> None:
    assert PLACES[source].readable(lines) == read


def places_shown() -> Iterator[str]:
    """Every place that a finding, a letter or a screen can show of a medical policy."""
    for policy in LIBRARY.medical.catalog.policies.values():
        for version in policy.versions:
            for cited in (*version.rules, *all_nodes(version)):
                yield from (each.locator for each in cited.citations)
    for order in LIBRARY.medical.catalog.precedences.values():
        yield order.citation.locator
        yield from (authority.citation.locator for leg in order.legs for authority in leg.authorities)
    for entry in LIBRARY.medical.conflicts.values():
        yield from (said.at for said in entry.says)


def test_no_line_of_a_retrieved_text_is_shown_to_a_reader() -> None:
    shown = list(places_shown())
    assert len(shown) > 500
    assert [place for place in shown if LINES.search(place)] == []
