"""`python -m benchmarks.policy`: time per line under the largest policy, compared with plain recursion over the tree.

Budget: 100 microseconds a line on one core (answering every criterion and ruling). It is not enforced, because
absolute times on a shared host vary; the ratio within a run counts.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from rich.table import Table

from activities.adjudication.working_set import NO_AUTHORIZATION
from adjudication.model.claim import Claim, SupportingFact, Value
from adjudication.model.facts import Answer
from adjudication.model.history import HistoryLine
from adjudication.model.vocabulary import LineNumber, PlanId
from adjudication.policy.evidence import Evidence, Service, ServiceHistory, Subject
from adjudication.policy.program import ABSENT, Program
from adjudication.policy.tree import Leaf
from adjudication.policy.verdict import rule_line
from adjudication.steps.necessity import PolicyInputs, findings_of, rule_lines
from rulebook.library import PolicyLibrary, default_policies_dir, load_library
from rulebook.medical.catalog import MedicalLibrary
from rulebook.medical.precedence import FactEntry
from runtime.clients.terminal import out
from tests.builders.claims import a_claim, a_line, a_past_line
from tests.builders.policy.naive import naive_answer

BUDGET_US: Final = 100.0
_ROUNDS: Final = 5
_DECIDED_ON: Final = date(2026, 12, 1)

Line = tuple[Evidence, Subject]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=400, help="different lines, each with 10 to 20 known facts")
    parser.add_argument("--policies", type=Path, default=default_policies_dir(), help="the policy library to measure")
    arguments = parser.parse_args()
    library = load_library(arguments.policies, with_drafts=True)
    medical = library.medical
    program = largest(medical)
    lines = realistic_lines(program, medical.vocabulary.facts, arguments.lines)
    _print(program, measured(program, lines) | step(library, program, lines))


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
        subject = Subject(
            program.code, day, day, ("M54.16",), (), "22", (), ServiceHistory(_earlier(day)), chance.randint(18, 90)
        )
        lines.append((Evidence(known), subject))
    return lines


def _earlier(day: date) -> tuple[Service, ...]:
    return Service("72148", day - timedelta(days=40)), Service("78813", day - timedelta(days=90))


def measured(program: Program, lines: Sequence[Line]) -> dict[str, float]:
    """Return microseconds per line, by kind of work; the best of some rounds, to reduce the effect of other load."""
    answers = [program.answer(*line) for line in lines]
    fresh = Program(program.version, program.code)
    return {
        "answer every criterion": _best(lambda: [program.answer(*line) for line in lines], len(lines)),
        "rule on the answers": _best(lambda: [rule_line(program, each) for each in answers], len(lines)),
        "first line with such facts": _microseconds(lambda: [fresh.answer(*line) for line in lines], len(lines)),
        "plain recursion, no ruling": _best(lambda: [_naive(program, line) for line in lines], len(lines)),
    }


def step(library: PolicyLibrary, program: Program, lines: Sequence[Line]) -> dict[str, float]:
    """Return microseconds per claim of one line for each part of the step that reviews medical necessity."""
    version = program.version
    reference = replace(library.reference, catalog=library.reference.catalog.with_only(version.policy, version))
    plan = reference.plans[PlanId("HUDSON-COMM")][-1]
    claims, plans = [_claim(evidence, subject) for evidence, subject in lines], {LineNumber(1): plan}
    given = [PolicyInputs(claim, reference, history) for claim, history in claims]
    catalog = reference.catalog
    precedence = catalog.precedences[plan.precedence]
    asked = [(each.subjects.of(each.claim.lines[0]), each.facts_of(each.claim.lines[0])) for each in given]
    ruled = [rule_lines(each, plans, NO_AUTHORIZATION, _DECIDED_ON, reference) for each in given]

    def rule() -> None:
        for subject, facts in asked:
            catalog.rule(precedence, subject, facts, _DECIDED_ON, plan.excluded_codes)

    def gather() -> None:
        for claim, history in claims:
            PolicyInputs(claim, reference, history).facts_of(claim.lines[0])

    def build() -> None:
        for inputs, found in zip(given, ruled, strict=True):
            findings_of(inputs, found, _DECIDED_ON)

    return {
        "in the step: its policies answered and ruled": _best(rule, len(claims)),
        "in the step: facts and history gathered": _best(gather, len(claims)),
        "in the step: its finding built": _best(build, len(claims)),
    }


def _claim(evidence: Evidence, subject: Subject) -> tuple[Claim, tuple[HistoryLine, ...]]:
    """Return the line as a claim with its facts and the member's other services."""
    day = subject.service_date
    stated = tuple(SupportingFact(name, value, "visit note", day) for name, value in evidence.known.items())
    claim = a_claim(a_line(subject.code, on=day), diagnoses=subject.diagnoses)
    earlier = tuple(a_past_line(past.code, on=past.service_date) for past in _earlier(day))
    return replace(claim, supporting=stated), earlier


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
    answer, rule, _, naive, in_step, *_ = microseconds.values()
    for name, total in (("a line by itself", answer + rule), ("a line in the step", in_step)):
        held = "within" if total <= BUDGET_US else "OVER"
        out.print(f"{total:.0f} microseconds {name}; budget {BUDGET_US:.0f}: {held}")
    out.print(f"[bold]{naive / answer:.1f}x[/bold] as fast as plain recursion over the same tree")


if __name__ == "__main__":
    main()
