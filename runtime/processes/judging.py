"""Judges the claims of campaigns in child processes of the worker, so that its event loop is free for live claims (decision 0085)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.errors import error_class, place
from activities.readjudication.campaigns import JudgePage
from activities.readjudication.judging import PageJudge
from activities.readjudication.shadow import Shadows
from adjudication.model.reference import ReferenceData
from contracts.records.campaigns import Campaign, JudgedPage, Page
from contracts.time_source import TimeSource
from runtime import wiring
from runtime.processes.child_processes import ChildContext, ChildProcesses
from runtime.processes.other_policies import OtherPolicies
from runtime.processes.ports import shadow_ports
from storage.feeds.earlier_records import EarlierRecords
from storage.readjudication.campaign_steps import CampaignSteps

CAMPAIGNS: Final = "campaigns"
"""The name of this work in logs and metrics."""
NICENESS: Final = 15
"""Niceness (at most 19): live and large claims have priority, and a campaign still progresses."""
_PART: Final = 128
"""Claims that one process judges at once: as much work as one batch of live claims."""
_MOST_SECONDS: Final = 300.0
"""Seconds after which a page's processes count as hung; the page is judged again."""


class JudgingError(Exception):
    """A page could not be judged, most likely because the database is unavailable; it is retried."""


def judge_in(children: ChildProcesses) -> JudgePage:
    """Return the function that judges a page, shared among child processes; a process that dies or hangs fails its page."""

    async def judge(campaign: Campaign, page: Page) -> JudgedPage:
        parts = [page[first : first + _PART] for first in range(0, len(page), _PART)]
        async with asyncio.timeout(_MOST_SECONDS):
            return together(await asyncio.gather(*(children.run(_judge, (campaign, part)) for part in parts)))

    return judge


def together(parts: Sequence[JudgedPage]) -> JudgedPage:
    """Combine the parts of a page; raises an error if the policy data changed between them."""
    bundles = {part.bundle for part in parts}
    if len(bundles) > 1:
        raise JudgingError("the policy data changed while a page was judged; it is judged again")
    claims = tuple(claim for part in parts for claim in part.claims)
    longest, busy = max(part.seconds for part in parts), min(part.busy for part in parts)
    return JudgedPage(bundles.pop(), sum(part.lines for part in parts), claims, longest, busy)


def page_judge(
    engine: AsyncEngine, reference: ReferenceData, policies: Path, clock: TimeSource = wiring.now
) -> PageJudge:
    """Return the judge of pages over the real stores."""
    shadows = Shadows(shadow_ports(engine), reference, clock)
    earlier = OtherPolicies(engine, policies, clock), EarlierRecords(engine)
    return PageJudge(CampaignSteps(engine, reference), shadows, *earlier)


class _Kept:
    """The judge of a child process, which keeps earlier policy data between pages."""

    judge: PageJudge | None = None


async def _judge(context: ChildContext, asked: tuple[Campaign, Page]) -> JudgedPage:
    """Judge a part of a page. Of an error, only its class and place are returned, because its text may quote member data."""
    if _Kept.judge is None:
        _Kept.judge = page_judge(context.engine, context.reference, context.settings.policies_dir)
    try:
        return await _Kept.judge.judge(*asked)
    except Exception as error:  # noqa: BLE001 - only the name of the error may leave
        raise JudgingError(f"{error_class(error)} at {place(error)}") from None
