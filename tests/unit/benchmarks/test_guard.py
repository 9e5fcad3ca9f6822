"""The comparison of two trees, from measured runs to the printed table."""

from __future__ import annotations

import io

from rich.console import Console

from benchmarks.guard import compared


def _printed(this: list[dict[str, float]], other: list[dict[str, float]]) -> dict[str, list[str]]:
    console = Console(file=io.StringIO(), width=80)
    console.print(compared(this, other))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(len(line) <= 80 for line in text.splitlines())
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in text.splitlines() if line.startswith("│")]
    return {row[0]: row[1:] for row in rows}


def test_the_guard_compares_medians_by_part_and_sums_them_without_the_fixed_work() -> None:
    this = [{"worker": 1.0, "intake": 0.5, "fixed work": 2.0}, {"worker": 1.2, "intake": 0.5, "fixed work": 2.0}]
    other = [{"worker": 2.2, "intake": 0.5, "fixed work": 2.0}, {"worker": 2.2, "intake": 0.5, "fixed work": 2.0}]
    rows = _printed(this, other)
    assert rows["worker"] == ["1.10", "2.20", "0.50", "1.00 1.20", "2.20 2.20"]
    assert rows["all"][:3] == ["1.60", "2.70", "0.59"]


def test_a_machine_that_was_twice_as_slow_for_one_tree_does_not_change_the_ratio_in_units_of_fixed_work() -> None:
    rows = _printed([{"worker": 2.0, "fixed work": 4.0}], [{"worker": 1.0, "fixed work": 2.0}])
    assert rows["all"][2] == "2.00"
    assert rows["all / fixed work"][2] == "1.00"
