"""`make bench-guard`: CPU time per claim in this tree and in another revision, alternating (A B A B).

Compared is CPU time per claim and part, not throughput, which varies much more with other load on the host. Both trees run the benchmark code of this one, on the same claims, after a warm-up. Nothing fails by time.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import orjson
from rich.table import Table

from benchmarks.bench_pipeline import MEMBERS, bench_pipeline
from benchmarks.designs import designs
from benchmarks.measure import FIXED_WORK, cpu_per_claim
from deploy.local.processes import Report
from runtime.clients.terminal import out, report
from runtime.errors import StackError
from runtime.processes.lifecycle import leave
from runtime.settings import REPOSITORY

WARM_UP: Final = 1000
"""Claims adjudicated before the measured ones, of separate members."""
_LOCKS: Final = "requirements/local.txt"

Costs = Mapping[str, float]
"""CPU milliseconds per claim, by part of the pipeline."""


def main() -> int:
    """Compare, or measure this tree once for the process that compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="main", help="revision to compare with (default main)")
    parser.add_argument("--claims", type=int, default=4000, help="claims per run (default 4000)")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each tree (default 2)")
    parser.add_argument("--measure-into", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure_into is not None:
        _measure(arguments.claims, arguments.measure_into)
        return 0
    with other_tree(arguments.base, report) as other:
        runs: dict[Path, list[Costs]] = {REPOSITORY: [], other: []}
        for number in range(1, arguments.rounds + 1):
            for tree, found in runs.items():
                report(
                    "guard", f"round {number} of {arguments.rounds}: {'this tree' if tree == REPOSITORY else tree.name}"
                )
                found.append(_measured_in(tree, arguments.claims))
    out.print(compared(runs[REPOSITORY], runs[other]))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    out.print(f"CPU ms per claim, medians; {arguments.base} is {other.name}; load {load}")
    return 0


def compared(this: Sequence[Costs], other: Sequence[Costs]) -> Table:
    """Return the medians by part, their ratios, and the single runs, the most expensive part first; 80 columns wide."""
    table = Table("part", "this", "other", "ratio", "runs of this", "runs of other")
    these, others = _with_sums(this), _with_sums(other)
    for part in sorted(others[0], key=lambda name: -others[0][name]):
        mine, theirs = ([run.get(part, 0.0) for run in runs] for runs in (these, others))
        new, old = statistics.median(mine), statistics.median(theirs)
        ratio = f"{new / old:.2f}" if old else "-"
        singles = (" ".join(f"{value:.2f}" for value in values) for values in (mine, theirs))
        table.add_row(part, f"{new:.2f}", f"{old:.2f}", ratio, *singles)
    return table


def _with_sums(runs: Sequence[Costs]) -> list[Costs]:
    """Add the sum of the parts, and the sum in units of the fixed work, which other work on the processors changes least."""
    summed: list[Costs] = []
    for run in runs:
        total = sum(cost for part, cost in run.items() if part != FIXED_WORK)
        summed.append({"all": total, **run, "all / fixed work": total / run[FIXED_WORK]})
    return summed


@contextmanager
def other_tree(revision: str, report: Report) -> Iterator[Path]:
    """Check out a revision with this tree's benchmark code and virtual environment; removed afterwards."""
    commit = _git("rev-parse", "--short=8", "--verify", f"{revision}^{{commit}}")
    tree = REPOSITORY / ".local" / "bench" / "guard" / commit
    _remove(tree)
    _git("worktree", "add", "--force", "--detach", str(tree), commit)
    try:
        shutil.rmtree(tree / "benchmarks", ignore_errors=True)
        shutil.copytree(REPOSITORY / "benchmarks", tree / "benchmarks", ignore=shutil.ignore_patterns("__pycache__"))
        (tree / ".local").mkdir(exist_ok=True)
        cache = REPOSITORY / ".local" / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        (tree / ".local" / "cache").symlink_to(cache)
        _environment(tree, report)
        yield tree
    finally:
        _remove(tree)


def _environment(tree: Path, report: Report) -> None:
    """Share this tree's virtual environment where both lock the same packages; else create one."""
    if filecmp.cmp(REPOSITORY / _LOCKS, tree / _LOCKS, shallow=False):
        (tree / ".venv").symlink_to(Path(sys.prefix))
    else:
        report("guard", "the locked packages differ: setting up a separate virtual environment (a minute or two)")
        subprocess.run(["make", "--silent", "setup"], cwd=tree, check=True)


def _remove(tree: Path) -> None:
    if tree.exists():
        _git("worktree", "remove", "--force", "--force", str(tree))
    _git("worktree", "prune")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"git {arguments[0]} failed: {done.stderr.strip()}. Name another revision with BASE=.")
    return done.stdout.strip()


def _measured_in(tree: Path, claims: int) -> Costs:
    """Measure one tree once in a separate process, whose modules are those of the tree."""
    into = tree / ".local" / "bench" / "guard-run.json"
    into.parent.mkdir(parents=True, exist_ok=True)
    into.unlink(missing_ok=True)
    python = str(tree / ".venv" / "bin" / "python")
    command = [python, "-m", "benchmarks.guard", "--measure-into", str(into), "--claims", str(claims)]
    done = subprocess.run(command, cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, check=False)
    if done.returncode or not into.exists():
        raise StackError(
            f"{tree.name} could not be measured (output above). "
            "A revision whose product modules the benchmarks of this tree do not fit cannot be compared."
        )
    found: Costs = orjson.loads(into.read_bytes())
    return found


def _measure(claims: int, into: Path) -> None:
    design = next(design for design in designs(claims) if design.name == "claimwright")
    with bench_pipeline(design, lambda _name, _what: None, MEMBERS + WARM_UP) as pipeline:
        into.write_bytes(orjson.dumps(cpu_per_claim(pipeline, WARM_UP, report)))


if __name__ == "__main__":
    leave(main())
