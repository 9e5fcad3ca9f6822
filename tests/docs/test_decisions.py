"""Decision records are cited by number, so a number names one record, and its title says the same number."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

RECORDS = sorted((Path(__file__).parents[2] / "docs/decisions").glob("[0-9]*.md"))


def test_a_number_names_one_decision() -> None:
    numbers = Counter(record.name[:4] for record in RECORDS)
    assert len(numbers) > 50
    assert [number for number, records in numbers.items() if records > 1] == []


def test_a_title_carries_the_number_of_its_file() -> None:
    assert [record.read_text()[2:7] for record in RECORDS] == [f"{record.name[:4]} " for record in RECORDS]
