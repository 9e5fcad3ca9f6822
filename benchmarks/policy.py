"""`python -m benchmarks.policy`: what one line costs under the largest policy, against plain recursion over the tree.

Budget: 100 microseconds a line on one core (answering every criterion and ruling). It is stated, never enforced: a
shared machine's timing proves nothing, the ratio measured in the same run does.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from rich.table import Table

from adjudication.model.claim import Value
from adjudication.model.facts import Answer
from adjudication.policy.evidence import Evidence, Service, ServiceHistory, Subject
from adjudication.policy.program import ABSENT, Program
from adjudication.policy.tree import Leaf
from adjudication.policy.verdict import rule_line
from rulebook.library import default_policies_dir, load_library
from rulebook.medical.catalog import MedicalLibrary
from rulebook.medical.precedence import FactEntry
from runtime.clients.terminal import out
from tests.builders.policy.naive import naive_answer

BUDGET_US: Final = 100.0
_ROUNDS: Final = 5

Line = tuple[Evidence, Subject]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=400, help="different lines, each with 10 to 20 known facts")
    parser.add_argument("--policies", type=Path, default=default_policies_dir(), help="the policy library to measure")
    arguments = parser.parse_args()
    medical = load_library(arguments.policies, with_drafts=True).medical
    program = largest(medical)
    lines = realistic_lines(program, medical.vocabulary.facts, arguments.lines)
    _print(program, measured(program, lines))


def largest(medical: MedicalLibrary) -> Program:
    """Return the program with the most criteria."""
    programs = (
        program
        for policy in medical.catalog.policies.values()
        for version in policy.versions
        for code in sorted(version.codes)
        if (program := medical.catalog.program(version, code)) is not None
    )
    return max(programs, key=lambda program: len(program.nodes))


def realistic_lines(program: Program, entries: Mapping[str, FactEntry], count: int) -> list[Line]:
    """Make lines with 10 to 20 of the facts the policy asks about; seeded, so that every run measures the same."""
    chance = random.Random(4)
    asked = sorted({fact for node in program.nodes if isinstance(node, Leaf) for fact in node.test.facts})
    starts = program.version.in_force.starts
    lines = []
    for _ in range(count):
        day = starts + timedelta(days=chance.randrange(30))
        names = chance.sample(asked, min(chance.randint(10, 20), len(asked)))
        known = {name: _value(entries[name], day, chance) for name in names}
        earlier = (Service("72148", day - timedelta(days=40)), Service("78813", day - timedelta(days=90)))
        subject = Subject(
            program.code, day, day, ("M54.16",), (), "22", (), ServiceHistory(earlier), chance.randint(18, 90)
        )
        lines.append((Evidence(known), subject))
    return lines


def measured(program: Program, lines: Sequence[Line]) -> dict[str, float]:
    """Return microseconds per line, by kind of work; the best of some rounds, so that neighbors disturb least."""
    answers = [program.answer(*line) for line in lines]
    fresh = Program(program.version, program.code)
    return {
        "answer every criterion": _best(lambda: [program.answer(*line) for line in lines], len(lines)),
        "rule on the answers": _best(lambda: [rule_line(program, each) for each in answers], len(lines)),
        "first line with such facts": _microseconds(lambda: [fresh.answer(*line) for line in lines], len(lines)),
        "plain recursion, no ruling": _best(lambda: [_naive(program, line) for line in lines], len(lines)),
    }


def _naive(program: Program, line: Line) -> list[Answer]:
    parts = (part for places in program.rules for part in (places.applies, places.criteria, places.unless))
    return [naive_answer(program.nodes[part], *line) for part in parts if part != ABSENT]


def _best(work: Callable[[], object], lines: int) -> float:
    return min(_microseconds(work, lines) for _ in range(_ROUNDS))


def _microseconds(work: Callable[[], object], lines: int) -> float:
    started = time.process_time_ns()
    work()
    return (time.process_time_ns() - started) / 1000 / lines


def _value(entry: FactEntry, day: date, chance: random.Random) -> Value:
    if entry.kind == "flag":
        return chance.random() < 0.5
    if entry.kind == "date":
        return day - timedelta(days=chance.randrange(120))
    return Decimal(chance.randrange(12)) if entry.kind == "number" else chance.choice(entry.choices)


def _print(program: Program, microseconds: Mapping[str, float]) -> None:
    version = program.version
    out.print(
        f"{version.policy} {version.version}, {program.code}: {len(program.rules)} rules, {len(program.nodes)} criteria"
    )
    table = Table("what", "microseconds a line")
    for what, value in microseconds.items():
        table.add_row(what, f"{value:.1f}")
    out.print(table)
    answer, rule, _, naive = microseconds.values()
    total = answer + rule
    out.print(f"{total:.0f} microseconds a line; budget {BUDGET_US:.0f}: {'within' if total <= BUDGET_US else 'OVER'}")
    out.print(f"[bold]{naive / answer:.1f}x[/bold] as fast as plain recursion over the same tree")


if __name__ == "__main__":
    main()
