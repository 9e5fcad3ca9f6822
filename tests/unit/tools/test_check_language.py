"""The language check refuses the words of docs/plain-language.md wherever a reader meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tools.check_language import RULES, main, offenses

REFUSED = {
    "a variable": ("claims.py", "when_told = now()", "told"),
    "a class": ("claims.py", "class ToldClaims:", "told"),
    "a method": ("claims.py", "    def tells_siblings(self) -> None:", "tells"),
    "a constant": ("claims.py", "TOLD_ONCE = 1", "told"),
    "a comment": ("claims.py", "x = 1  # adjudicated anew", "anew"),
    "a docstring": ("claims.py", '    """Nobody decides it."""', "nobody"),
    "a text of an error": ("claims.py", 'msg = "mend the file"', "mend"),
    "a template": ("claim.html", "<p>Held by somebody else</p>", "somebody"),
    "a label of the data": ("pends.yaml", "label: Published once a claim", "once a claim"),
    "a document": ("page.md", "The list beside the claim", "beside"),
    "a script": ("page.js", "const colour = 1", "colour"),
    "British spelling": ("page.md", "We recognise it", "recognise"),
    "a docstring that opens with whose": ("claims.py", '    """Whose claim it is."""', "Whose"),
    "a comment that opens with whose": ("claims.py", "# Whose clock runs", "Whose"),
    "a sentence that opens with whose": ("page.md", "It pends. Whose task it is, the worklist shows.", "Whose"),
}
ALLOWED = {
    "a stored column": ("claims.py", 'row["licence_number"]'),
    "a stored outcome": ("claims.py", 'PENDS = "coordination.primary_not_told"'),
    "a word that only contains another": ("page.md", "It stands besides, and he retold nothing amended."),
    "whose inside a sentence": ("page.md", "The claim whose review is open"),
}


@pytest.mark.parametrize("place", REFUSED)
def test_a_refused_word_is_found_with_its_line(place: str, tmp_path: Path) -> None:
    name, line, word = REFUSED[place]
    (tmp_path / name).write_text(f"\n{line}\n")
    [found] = offenses(tmp_path / name)
    assert found.startswith(f"{tmp_path / name}:2: {word!r} -> ")


@pytest.mark.parametrize("place", ALLOWED)
def test_an_allowed_word_is_not_found(place: str, tmp_path: Path) -> None:
    name, line = ALLOWED[place]
    (tmp_path / name).write_text(f"{line}\n")
    assert list(offenses(tmp_path / name)) == []


def test_every_word_that_the_page_lists_is_refused(tmp_path: Path) -> None:
    words = ("told", "tell", "tells", "anew", "beside", "reckon", "mend", "the machine", "once a claim", "of its own")
    page = tmp_path / "page.md"
    page.write_text("\n".join((*words, "it says so")))
    assert len(list(offenses(page))) == len(words) + 1


def test_the_check_fails_on_a_refused_word_and_passes_without(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools/check_sizes.py"]) == 0
    assert capsys.readouterr().out == ""


def test_each_rule_says_what_to_write_instead() -> None:
    rules = yaml.safe_load(RULES.read_text())
    assert all(rules["words"].values())
    assert all(rules["openings"].values())
