"""The table of ordinary claims (examples/claims): every row gets its right answer, and every code in use stands in a row.

The answers were written from the cited sources before the product was asked. A row that the product does not answer
rightly yet carries `differs` with today's answer; once the answer comes right, the row fails here until the mark is taken out.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from cli.examples.answers import Answer, matches
from cli.examples.phrases import authorized, billed_line, covered
from cli.examples.report import row_text, table_text
from cli.examples.rows import Differs, Row
from cli.examples.table import Checked, check_table
from contracts.claim_intake import checks
from rulebook.library import PolicyLibrary, default_policies_dir, load_library

CANNOT_ARISE: Final = {
    "P-SYS": "a step or a server failed; that is not a property of a claim",
    "P-BACK": "a supervisor or quality sent a finished decision back; claims alone do not bring that about",
    "100": "all commercial plans here have contracts with every biller, so that none pays the member; pinned in unit tests of statements",
    "N465": "therapy notes: no fact that a loaded policy asks for stands in such a document",
}
"""Codes that no claim of the table can show, each with the reason."""


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return load_library(default_policies_dir())


@pytest.fixture(scope="module")
def table(library: PolicyLibrary) -> list[Checked]:
    return check_table(library)


def _row(**fields: object) -> Row:
    return Row.model_validate({"number": 1, "words": "A lumbar MRI.", "source": "none", **fields})


def test_every_example_gets_its_right_answer(table: list[Checked]) -> None:
    problems = [f"{each.row.number}: {each.row.words} - {each.problem}" for each in table if each.problem is not None]
    assert not problems, "\n".join(problems)


def test_the_table_has_at_least_200_rows_each_in_one_sentence_with_its_source(table: list[Checked]) -> None:
    assert len(table) >= 200
    unread = [each.row.number for each in table if not each.row.words.endswith(".") or len(each.row.source) < 10]
    assert not unread


def test_few_rows_wait_for_the_product(table: list[Checked]) -> None:
    waiting = [each.row.number for each in table if each.row.differs is not None]
    assert len(waiting) <= len(table) // 10, waiting


def test_every_reason_remark_and_group_code_and_every_pend_stands_in_a_row(
    table: list[Checked], library: PolicyLibrary
) -> None:
    shown = _shown(table)
    missing = sorted(_in_use(library) - shown - set(CANNOT_ARISE))
    assert not missing, f"add an example of {missing}, or say in CANNOT_ARISE why none can be given"
    assert not sorted(set(CANNOT_ARISE) & shown), "these do arise; take them out of CANNOT_ARISE"


def test_a_wrong_answer_is_seen(library: PolicyLibrary) -> None:
    """The table cannot pass by comparing nothing: amount, group, reason, remark, role and number of lines count."""
    for wrong in (
        ["paid 412.51 CO-45 N381"],
        ["paid 412.50 PR-45 N381"],
        ["paid 412.50 CO-45"],
        ["paid 412.50"],
        ["paid 412.50 CO-45 1000.00 N381"],
        ["denied CO-45 N381"],
        ["pends P-DOC provider"],
        ["paid 412.50 CO-45 N381", "outside"],
        [],
    ):
        [checked] = check_table(library, [_row(billed=["72148"], comes=wrong)])
        assert checked.problem is not None, wrong
    [right] = check_table(library, [_row(billed=["72148"], comes=["paid 412.50 CO-45 1037.50 N381"])])
    assert right.problem is None


def test_a_mark_is_held_to_what_the_product_says_and_falls_when_it_comes_right(library: PolicyLibrary) -> None:
    right, other = ["paid 412.50 CO-45 N381"], ["denied CO-29"]
    held = _row(billed=["72148"], comes=other, differs=Differs(says=right, why="No limit is read."))
    stale = _row(billed=["72148"], comes=right, differs=Differs(says=other, why="It was late."))
    moved = _row(billed=["72148"], comes=other, differs=Differs(says=["denied CO-18"], why="No limit is read."))
    assert [each.problem is None for each in check_table(library, [held, stale, moved])] == [True, False, False]


def test_a_pend_needs_no_reason_code_and_is_held_to_one_that_is_stated() -> None:
    answer = Answer(("pends", "P-DOC", "provider", "252", "M127", "N710"), (("55", "N130"),))
    for stated in ("pends P-DOC provider", "pends P-DOC provider 252 N710", "pends P-DOC provider 252 also 55 N130"):
        assert matches(stated, answer), stated
    for stated in (
        "pends P-DOC nurse",
        "pends P-COB provider",
        "pends P-DOC provider 50",
        "pends P-DOC provider also 39",
    ):
        assert not matches(stated, answer), stated


def test_the_short_phrases_read_as_the_lines_they_stand_for() -> None:
    assert billed_line("72148-26-59 x2 $240.00 on 2025-11-11") == {
        "code": "72148", "modifiers": ["26", "59"], "units": "2", "charge": "240.00", "service_date": "2025-11-11",
    }  # fmt: skip
    assert billed_line("rev 0255 $85.00") == {"revenue_code": "0255", "units": "1", "charge": "85.00"}
    assert covered("HUDSON-COMM 2024-01-01 to 2025-10-31") == (
        "HUDSON-COMM",
        {"starts": "2024-01-01", "through": "2025-10-31"},
    )
    assert authorized("72158 x2 denied for center")["named"] == [["center"]]
    for phrase in ("72148-26 twice", "7214", "HUDSON-COMM", ""):
        with pytest.raises(ValueError, match="does not read as"):
            covered(phrase) if "HUDSON" in phrase else authorized(phrase)


def test_the_command_prints_words_answers_and_what_led_to_them(table: list[Checked]) -> None:
    text = table_text(table)
    for each in table:
        assert each.row.words in text
    explained = row_text(table[0])
    assert table[0].row.source in explained
    assert "pricing.rated" in explained


def _shown(table: list[Checked]) -> set[str]:
    """Return every code that a right answer of the table shows."""
    words: Counter[str] = Counter()
    for each in table:
        for phrase in each.row.whole_answer():
            for word in phrase.split():
                words.update(word.split("-", 1) if re.match(r"^(?:CO|OA|PI|PR)-", word) else [word])
    return set(words)


def _in_use(library: PolicyLibrary) -> set[str]:
    """Return every CARC, RARC and group code that an answer may carry, and every pend code."""
    reference = library.reference
    codes = {str(rule.group) for rule in reference.outcomes.values() if rule.carc}
    codes |= {str(rule.group) for rule in reference.liability}
    codes |= {rule.carc for rule in reference.outcomes.values() if rule.carc}
    codes |= {rarc for rule in reference.outcomes.values() for rarc in rule.rarcs}
    codes |= {kind.rarc for kind in library.medical.vocabulary.documents.values()}
    codes |= set(reference.chain.remarks.values()) | set(reference.appeals.reversal_remarks.values())
    for result in (reference.appeals.maintained, reference.appeals.maintained_outside):
        codes |= {result.carc, *result.rarcs}
    codes |= set(re.findall(r'"((?:MA|M|N)\d+)"', Path(checks.__file__).read_text(encoding="utf-8")))
    return codes | {str(code) for code in reference.pends}
