"""`make bench`: the product against its baselines, ratios printed. Absolute rates on shared machines are noise."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.table import Table

from benchmarks.bench_pipeline import bench_pipeline
from benchmarks.designs import designs
from benchmarks.measure import Measured, measure
from runtime.clients.terminal import out, report
from runtime.processes.lifecycle import leave


def main() -> int:
    """Measure each design and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=15_000, help="claims for the fast designs (default 15000)")
    parser.add_argument("--only", default="", help="measure only this design: claimwright, per-claim or plain")
    parser.add_argument("--temporal-server", type=Path, help="folder of a server to run on PostgreSQL instead")
    arguments = parser.parse_args()
    results: list[Measured] = []
    for design in designs(arguments.claims):
        if arguments.only in ("", design.name):
            with bench_pipeline(design, report, temporal_server=arguments.temporal_server) as pipeline:
                results.append(measure(pipeline, 1, report))
    _print(results)
    return 0


def _print(results: list[Measured]) -> None:
    table = Table("design", "claims", "claims/s", "p50 ms", "p99 ms", "at", "events/claim", "bytes/claim")
    for result in results:
        table.add_row(
            result.label,
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
