"""`make bench`: the product against its baselines and peers, ratios printed. Absolute rates on shared machines are noise."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.table import Table

from benchmarks.bench_pipeline import bench_pipeline
from benchmarks.designs import PEERS, designs, peers
from benchmarks.measure import Measured, measure
from runtime.clients.terminal import out, report
from runtime.processes.lifecycle import leave


def main() -> int:
    """Measure each design and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=15_000, help="claims for the fast designs (default 15000)")
    parser.add_argument("--only", default="", help="measure only these designs, with commas between them")
    parser.add_argument("--peers", action="store_true", help="measure DBOS too (make bench-peers installs it)")
    parser.add_argument("--temporal-server", type=Path, help="folder of a server to run on PostgreSQL instead")
    parser.add_argument("--pending", type=float, help="send mixed claims, of which this share pends, such as 0 or 0.2")
    parser.add_argument("--repeats", type=int, default=1, help="runs of each design, in turn; three show the spread")
    arguments = parser.parse_args()
    if arguments.peers and not PEERS.exists():
        parser.error("the peers are not installed; run: make bench-peers")
    every = (*designs(arguments.claims), *(peers(arguments.claims) if arguments.peers else ()))
    wanted = [design for design in every if not arguments.only or design.name in arguments.only.split(",")]
    if not wanted:
        parser.error(f"--only names no design; there are: {', '.join(design.name for design in every)}")
    runs: list[list[Measured]] = [[] for _ in wanted]
    for _ in range(arguments.repeats):
        for design, found in zip(wanted, runs, strict=True):
            with bench_pipeline(design, report, temporal_server=arguments.temporal_server) as pipeline:
                found.append(measure(pipeline, 1, report, arguments.pending))
    _print([sorted(found, key=lambda run: run.rate)[len(found) // 2] for found in runs])
    for found in runs:
        _print_spread(found)
    return 0


def _print_spread(runs: list[Measured]) -> None:
    """Print the minimum and maximum over all runs of one design, with the load and the share of idle processors."""
    rates, costs = [run.rate for run in runs], [sum(run.cpu_ms.values()) for run in runs]
    idle = ", ".join(f"{run.unused:.0%} unused at load {run.load:.1f}" for run in runs)
    out.print(
        f"{runs[0].label}: {min(rates):.0f} to {max(rates):.0f} claims/s, {min(costs):.2f} to {max(costs):.2f} ms CPU"
    )
    out.print(f"  processors: {idle}")


def _print(results: list[Measured]) -> None:
    table = Table("design", "claims", "claims/s", "p50 ms", "p99 ms", "at", "events/claim", "bytes/claim")
    for result in results:
        table.add_row(
            result.label.split()[0].rstrip(":"),
            str(result.claims),
            f"{result.rate:.0f}",
            f"{result.latency_p50:.0f}",
            f"{result.latency_p99:.0f}",
            f"{result.half_rate:.0f}/s",
            f"{result.history_events:.2f}",
            f"{result.history_bytes:.0f}",
        )
    out.print(table)
    for result in results:
        parts = ", ".join(f"{name} {value:.2f}" for name, value in sorted(result.cpu_ms.items(), key=lambda p: -p[1]))
        out.print(f"CPU ms a claim, {result.label}: {sum(result.cpu_ms.values()):.2f} ({parts})")
    for other in results[1:]:
        out.print(f"[bold]{results[0].rate / other.rate:.1f}x[/bold] the throughput of {other.label}")


if __name__ == "__main__":
    leave(main())
