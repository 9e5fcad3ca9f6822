"""`python -m benchmarks.flames FOLDER`: flame graphs (SVG) of intake, the worker and the publisher under mixed claims, and of the
worker while claims pend. Sampled by py-spy, which is no part of the locked packages: `pip install py-spy` beforehand.

Only samples that hold Python's interpreter count: waiting does not. Temporal's client is Rust and is not in them.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.bench_pipeline import CHUNK, MEMBERS, BenchPipeline, bench_pipeline
from benchmarks.designs import designs
from benchmarks.measure import determinations
from benchmarks.mix import mixed_claims
from benchmarks.open_reviews import await_reviews
from contracts.events.topics import CLAIMS_SUBMITTED
from runtime import wiring
from runtime.clients.submit import publish
from runtime.clients.terminal import report
from runtime.processes.lifecycle import leave

_WARM_UP: Final = 1000
_NARROWEST: Final = 0.2
"""Percent of the samples."""

_FRAME: Final = re.compile(r"<g><title>[^<]*, ([0-9.]+)%\)</title>.*?</g>", re.DOTALL)
_TITLE: Final = re.compile(r"(<text id=\"title\"[^>]*>)[^<]*<")
_PENDED_SHARE: Final = 4
"""A pended claim costs several times as much as another: a quarter of the claims give as many samples."""


def main() -> int:
    """Run the claims and write the graphs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the graphs go")
    parser.add_argument("--claims", type=int, default=6000, help="straight-through claims (default 6000)")
    arguments = parser.parse_args()
    if sampler() is None:
        report("flames", "py-spy is not installed. Run `.venv/bin/python -m pip install py-spy`.")
        return 1
    folder, claims = arguments.folder, arguments.claims
    folder.mkdir(parents=True, exist_ok=True)
    with bench_pipeline(designs(claims)[0], report, MEMBERS + _WARM_UP) as pipeline:
        pipeline.start_design(report)
        _decided(pipeline, _WARM_UP, MEMBERS, 0)
        with sampled(pipeline, ("intake", "worker", "publisher"), folder):
            _decided(pipeline, claims, 0, _WARM_UP)
        with sampled(pipeline, ("worker",), folder, "-pended"):
            pended = claims // _PENDED_SHARE
            _send(pipeline, pended, seed=3, first=0, pending=1.0, month="2025-10")
            await_reviews(pipeline, pended)
    return 0


@contextmanager
def sampled(pipeline: BenchPipeline, names: Sequence[str], folder: Path, suffix: str = "") -> Iterator[None]:
    """Sample these processes while the block runs, each into its own graph."""
    samplers: dict[Path, subprocess.Popen[bytes]] = {}
    for name in names:
        process = pipeline.process(name).find()
        if process is None:
            raise RuntimeError(f"{name} does not run; see its log")
        into = folder / f"{name}{suffix}.svg"
        options = ["record", "--rate", "200", "--gil", "--function", "--format", "flamegraph", "--output", str(into)]
        command = [sampler() or "py-spy", *options, "--pid", str(process.pid)]
        samplers[into] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        for into, running in samplers.items():
            running.send_signal(signal.SIGINT)
            running.wait(60)
            into.write_text(trimmed(into.read_text(), into.stem))


def sampler() -> str | None:
    """Find py-spy in the virtual environment, or on the path."""
    own = Path(sys.executable).with_name("py-spy")
    return str(own) if own.exists() else shutil.which("py-spy")


def trimmed(graph: str, title: str) -> str:
    """Return the graph under this title, without the frames that are too narrow to read, which are most of its bytes."""
    wide = _FRAME.sub(lambda frame: frame[0] if float(frame[1]) >= _NARROWEST else "", graph)
    return _TITLE.sub(
        rf"\g<1>{title}<", wide
    )  # the sampler's own title is its command line, with paths of this computer


def _decided(pipeline: BenchPipeline, claims: int, first: int, before: int) -> None:
    """Send straight-through claims and wait for their determinations, after the `before` that came earlier."""
    _send(pipeline, claims, seed=first + 1, first=first, pending=0.0)
    asyncio.run(determinations(wiring.kafka(pipeline.settings), before + claims, report, "flames"))


def _send(pipeline: BenchPipeline, claims: int, seed: int, first: int, pending: float, month: str = "2025-09") -> None:
    kafka = wiring.kafka(pipeline.settings)
    made = mixed_claims(claims, seed, MEMBERS, first, pending, month)
    sent = [(CLAIMS_SUBMITTED, key, value) for key, value, _ in made]
    for start in range(0, len(sent), CHUNK):
        asyncio.run(publish(kafka, sent[start : start + CHUNK]))


if __name__ == "__main__":
    leave(main())
