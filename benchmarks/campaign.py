"""`python -m benchmarks.campaign`: the speed of a campaign on the real stack, and the slowdown of live claims.

Decided claims are multiplied by SQL, a rate is corrected, and a campaign judges all of them: claims per second, and CPU
per claim by process. Then live claims run without and with a campaign, alternating (A B A B): the ratios count, and the
campaign's rate next to a backlog and next to a low rate of live claims. An idle machine with two cores:
`python -m benchmarks.campaign --claims 100000 --live 4000 --rounds 2` (some ten minutes, most of it filling the ledger).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import psutil
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.people import Role, StaffMember
from adjudication.readjudication.campaigns import CampaignSelection, CampaignStage, Kind
from benchmarks.bench_pipeline import MEMBERS, BenchPipeline, bench_pipeline
from benchmarks.console_ledger import fill
from benchmarks.designs import designs
from benchmarks.impact import COVERAGE
from benchmarks.load import CODES
from benchmarks.measure import determinations, latency, middle_rate, publish_backlog
from contracts.actions.people import PersonV1
from contracts.records.campaigns import Campaign
from rulebook.library import load_reference
from runtime import wiring
from runtime.clients.terminal import out, report
from runtime.console.campaign_runner import TemporalCampaigns
from runtime.database_access import owner_dsn
from runtime.errors import StackError
from runtime.processes.lifecycle import leave
from runtime.processes.other_policies import keep_policies
from storage.engine import create_engine
from storage.people.staff import Staff
from storage.readjudication.campaigns import Campaigns

OWNER: Final = StaffMember("BENCH-OWNER", frozenset({Role.POLICY_OWNER}))
GOAL: Final = 100_000
"""Decided claims that two cores are to judge in five minutes."""
_RATE: Final = ('"72148": "412.50"', '"72148": "450.00"')
_WHY: Final = "The rate of one code was loaded wrongly (benchmark)."
_LATENCY_RATE: Final = 30.0


@dataclass(slots=True)
class Round:
    """Live claims in one round: per second on a backlog, CPU milliseconds per claim of all parts but judging, and latency in ms."""

    rate: float
    cpu: float
    p50: float
    p99: float
    judged: tuple[float, float] = (0.0, 0.0)
    """Claims of a campaign per second, on the backlog and at the rate of the latency."""


def main() -> int:
    """Fill, judge, and compare live claims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=20_000, help="decided claims to judge (default 20000)")
    parser.add_argument("--live", type=int, default=4000, help="live claims per round (default 4000; 0: no rounds)")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of each (default 2)")
    asked = parser.parse_args()
    design = designs(asked.live)[0]
    with bench_pipeline(design, report, MEMBERS * (1 + 4 * asked.rounds) if asked.live else MEMBERS) as pipeline:
        asyncio.run(_measure(pipeline, asked))
    return 0


async def _measure(pipeline: BenchPipeline, asked: argparse.Namespace) -> None:
    engine = create_engine(owner_dsn(pipeline.settings), pool_size=4)
    report("campaign", f"filling the ledger with {asked.claims} decided claims")
    await fill(engine, pipeline.settings, asked.claims)
    async with engine.begin() as connection:
        await connection.execute(text(COVERAGE))
    await keep_policies(engine, pipeline.settings.policies_dir, load_reference(pipeline.settings.policies_dir))
    staff = PersonV1(person_id=OWNER.person_id, roles=(Role.POLICY_OWNER,))
    await Staff(engine).put([staff], "bench", "ops", wiring.now())
    pipeline.settings = pipeline.settings.model_copy(
        update={"policies_dir": _with_other_rate(pipeline.settings.policies_dir)}
    )
    await asyncio.to_thread(pipeline.start_design, report)
    alone = await _judged(pipeline, engine)
    if asked.live:
        await _live(pipeline, engine, asked, alone)
    await engine.dispose()


def _with_other_rate(policies: Path) -> Path:
    """Copy the policies, with another contract rate for one code: so that claims with it get another result."""
    copied = Path(".local/bench/policies").resolve()
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(policies, copied)
    changed = 0
    for file in copied.glob("payers/*/rates.yaml"):
        content = file.read_text()
        changed += _RATE[0] in content
        file.write_text(content.replace(*_RATE, 1))
    if not changed:
        raise StackError(f"no rate file says {_RATE[0]}; name a rate of today in benchmarks/campaign.py")
    return copied


async def _judged(pipeline: BenchPipeline, engine: AsyncEngine) -> float:
    """Judge every claim with no live claim, and print the rate and the cost by part; return claims per second."""
    await asyncio.sleep(10)  # the claims used for filling count as live claims for a while
    before, begun = _cpu(pipeline), time.monotonic()
    campaign = await start(pipeline, engine)
    reported, memory = begun, 0.0
    while (seen := await _seen(engine, campaign)).stage is CampaignStage.JUDGING:
        await asyncio.sleep(0.2)
        memory = max([memory, *(each.memory_info().rss / 2**20 for each in _judging(pipeline))])
        if time.monotonic() - reported > 2:
            reported = time.monotonic()
            report("campaign", f"{seen.claims} of {seen.total} judged")
    took, after = time.monotonic() - begun, _cpu(pipeline)
    view = await Campaigns(engine).view(campaign)
    differ = 0 if view is None else sum(view.done.values()) + view.left
    cpu = {name: (after[name] - before.get(name, 0.0)) * 1000 / seen.claims for name in after}
    parts = ", ".join(f"{name} {value:.2f}" for name, value in sorted(cpu.items(), key=lambda each: -each[1]))
    rate = seen.claims / took
    out.print(f"{seen.claims} claims judged in {took:.1f} s: {rate:.0f} per second; {differ} would be corrected")
    out.print(f"CPU ms per claim: {sum(cpu.values()):.2f} ({parts})")
    two = GOAL * sum(cpu.values()) / 1000 / 2
    out.print(f"{GOAL} claims at this rate: {GOAL / rate:.0f} s; at this CPU on two idle cores: {two:.0f} s or more")
    out.print(f"a process that judges takes {memory:.0f} MiB at most")
    out.print(f"load {' '.join(f'{each:.1f}' for each in os.getloadavg())}")
    return rate


async def _live(pipeline: BenchPipeline, engine: AsyncEngine, asked: argparse.Namespace, alone: float) -> None:
    """Run live claims without and with a campaign, in turn, and print the ratios; `alone`: the campaign's rate without them."""
    found: dict[str, list[Round]] = {"without": [], "with": []}
    before = 0
    for number in range(2 * asked.rounds):
        kind = "with" if number % 2 else "without"
        campaign = await start(pipeline, engine) if kind == "with" else None
        report("campaign", f"live claims {kind} a campaign, round {number // 2 + 1}")
        measured = await _round(pipeline, engine, campaign, (asked.live, number, before))
        before += asked.live + max(50, int(_LATENCY_RATE * 15))
        if campaign is not None:
            await Campaigns(engine).change(campaign, CampaignStage.CANCELLED, OWNER, wiring.now())
        found[kind].append(measured)
    for name in ("rate", "cpu", "p50", "p99"):
        ones, others = ([getattr(each, name) for each in found[kind]] for kind in ("without", "with"))
        ratio = statistics.median(others) / statistics.median(ones)
        runs = (" ".join(f"{each:.1f}" for each in values) for values in (ones, others))
        out.print(f"live {name}: with / without {ratio:.2f} (without {next(runs)}; with {next(runs)})")
    for place, when in enumerate(("on the backlog", f"at {_LATENCY_RATE:.0f} live claims per second")):
        rates = [each.judged[place] for each in found["with"]]
        shown = " ".join(f"{each:.0f}" for each in rates)
        took = GOAL / max(statistics.median(rates), 0.01)
        ratio = statistics.median(rates) / alone
        out.print(
            f"campaign {when}: {shown} claims per second, {ratio:.2f} of its rate alone; {GOAL} claims in {took:.0f} s"
        )


async def _round(
    pipeline: BenchPipeline, engine: AsyncEngine, campaign: str | None, asked: tuple[int, int, int]
) -> Round:
    """Measure one round: `asked` is how many claims, the number of the round, and the claims before it."""
    claims, number, before = asked
    kafka, first = wiring.kafka(pipeline.settings), MEMBERS * (1 + 2 * number)
    cpu, begun, judged = _cpu(pipeline), time.monotonic(), await _judged_so_far(engine, campaign)
    await asyncio.to_thread(publish_backlog, kafka, claims, 100 + number, first)
    times = await determinations(kafka, before + claims, report, "live")
    after = _cpu(pipeline)
    used = sum(after[name] - cpu.get(name, 0.0) for name in after if name not in ("judging", "kafka"))
    middle, judged_then = time.monotonic(), await _judged_so_far(engine, campaign)
    late = sorted(await latency(kafka, _LATENCY_RATE, 200 + number, first + MEMBERS))
    p50, p99 = late[len(late) // 2] * 1000, late[int(len(late) * 0.99)] * 1000
    end, judged_last = time.monotonic(), await _judged_so_far(engine, campaign)
    rates = (judged_then - judged) / (middle - begun), (judged_last - judged_then) / (end - middle)
    return Round(middle_rate(times[-claims:]), used * 1000 / claims, p50, p99, rates)


async def _judged_so_far(engine: AsyncEngine, campaign: str | None) -> int:
    return 0 if campaign is None else (await _seen(engine, campaign)).claims


async def start(pipeline: BenchPipeline, engine: AsyncEngine) -> str:
    """Start a campaign about every claim of the benchmark; return its id."""
    campaign, at = str(uuid4()), wiring.now()
    wanted = Campaign(
        campaign, Kind.RATE, _WHY, CampaignSelection(CODES), 5, False, OWNER.person_id, at,
        CampaignStage.JUDGING, None, None, 0, 0, -1, None, None, None,
    )  # fmt: skip
    await Campaigns(engine).start(wanted, OWNER)
    await TemporalCampaigns(await wiring.temporal(pipeline.settings)).run(campaign)
    return campaign


async def _seen(engine: AsyncEngine, campaign: str) -> Campaign:
    return next(each for each in await Campaigns(engine).newest() if each.campaign_id == campaign)


def _cpu(pipeline: BenchPipeline) -> dict[str, float]:
    """Return CPU seconds by part, with the processes that judge apart from their worker."""
    found, judging = pipeline.cpu_seconds(), 0.0
    for each in _judging(pipeline):
        used = each.cpu_times()
        judging += used.user + used.system
    return {**found, "worker": found["worker"] - judging, "judging": judging}


def _judging(pipeline: BenchPipeline) -> list[psutil.Process]:
    worker = pipeline.process("worker").find()
    return [] if worker is None else worker.children(recursive=True)


if __name__ == "__main__":
    leave(main())
