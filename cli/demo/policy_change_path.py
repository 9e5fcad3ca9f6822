"""The part of the demonstration in which the policy data are corrected: the impact on decided claims, two approvals, the corrections."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson

from adjudication.readjudication.campaigns import CampaignStage
from cli.corrections.campaigns import campaign_lines
from cli.demo.expected import denied, determined
from cli.demo.late_authorization_path import MISSING, NEEDS_AUTHORIZATION
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.story import Story, StoryError
from cli.demo.watched import publish_record, watched
from contracts.events.topics import DETERMINATIONS
from deploy.local.pipeline import Pipeline
from runtime import wiring
from runtime.clients.api_client import connect
from runtime.clients.terminal import out, report
from runtime.settings import Settings

_PLAN: Final = "HUDSON-MA"
_LISTED: Final = f'authorization_required: ["72156", "72157", "{NEEDS_AUTHORIZATION}", "76390"]'
_CORRECTED: Final = 'authorization_required: ["72156", "72157", "76390"]'
_OWNER: Final = "SYN-POLICY-OWNER"
_PATH: Final = "/api/campaigns"
_WHY: Final = f"{_PLAN} requires no authorization for {NEEDS_AUTHORIZATION}; its list was loaded wrongly."
_AGREED: Final = "I compared the plan's document with the lines shown: these denials had no reason."
_MOST_SECONDS: Final = 120.0


async def policy_change_path(settings: Settings) -> str:
    """Deny a claim by a wrong list of the plan, correct the list, and the claim by a campaign; return its id. Raises StoryError."""
    maker = Maker("A list of the plan that is corrected", _PLAN, secrets.token_hex(2))
    maker.claim(maker.member(), [line(NEEDS_AUTHORIZATION)], determined(denied(MISSING, "197")), facts=TRIAL)
    coverage, claim = maker.records
    async with watched(settings, coverage, claim) as story:
        story.narrate(
            f"{_PLAN} lists {NEEDS_AUTHORIZATION} among the studies that need an authorization. A line is denied, CO-197."
        )
        await publish_record(wiring.kafka(settings), claim)
        await story.until("the determination", DETERMINATIONS)
        story.narrate("The list was wrong. The policy owner corrects it in the policy data, and the worker loads them.")
        async with _corrected_list(settings):
            await _campaign(settings, story)
    return claim.claim_id or ""


async def _campaign(settings: Settings, story: Story) -> None:
    """Run a campaign over the plan's decided claims, approve its impact as two people, and wait for the corrections."""
    campaign = str(uuid4())
    wanted = {"kind": "plan", "why": _WHY, "codes": [NEEDS_AUTHORIZATION], "plans": [_PLAN], "per_second": 20}
    client = connect(settings, _OWNER)
    await asyncio.to_thread(client.post, _PATH, orjson.dumps(wanted), {"Idempotency-Key": campaign})
    out.print(f"  [green]{_OWNER}[/green] campaigns start plan {NEEDS_AUTHORIZATION}")
    shown = await _until(settings, campaign, CampaignStage.JUDGED)
    story.narrate(
        "Decided claims are judged again in shadow. This is the impact; nothing is corrected or published yet:"
    )
    for text in campaign_lines(shown):
        out.print(text)
    story.narrate("Two people approve exactly what is shown. The same person may not do so twice.")
    path = f"{_PATH}/{campaign}/approve"
    approval = {"impact": shown["impact"], "ground": "ordinary", "rationale": _AGREED}
    await story.act("SYN-EXAMINER", path, **approval)
    await story.refused("SYN-EXAMINER", path, "second-person", **approval)
    await story.act("SYN-SUPERVISOR", path, **approval)
    corrected = await story.until("the correction", DETERMINATIONS, lambda data: data.get("supersedes") == 1)
    await story.rest()
    done = (await _until(settings, campaign, CampaignStage.FINISHED))["done"]
    out.print(
        f"  the campaign corrected {done.get('corrected', 0)} claims; left to people: {done.get('left-to-people', 0)}"
    )
    if corrected["lines"][0]["disposition"] != "approved" or done.get("left-to-people", 0):
        msg = f"the line is {corrected['lines'][0]['disposition']} after the campaign, which did {done}"
        raise StoryError(msg)


async def _until(settings: Settings, campaign: str, stage: CampaignStage) -> dict[str, Any]:
    client = connect(settings, _OWNER)
    deadline = time.monotonic() + _MOST_SECONDS
    shown: dict[str, Any] = {}
    while time.monotonic() < deadline:
        shown = await asyncio.to_thread(client.get, f"{_PATH}/{campaign}")
        if shown["stage"] == stage.value:
            return shown
        await asyncio.sleep(0.5)
    msg = f"the campaign is {shown.get('stage')} and should be {stage.value}; see the log of the worker"
    raise StoryError(msg)


@asynccontextmanager
async def _corrected_list(settings: Settings) -> AsyncIterator[None]:
    """Let the worker use a copy of the policy data with the corrected list; afterwards the shipped data again."""
    policies = settings.state_dir / "demo-policies"
    await asyncio.to_thread(_copy_corrected, settings.policies_dir, policies)
    try:
        await asyncio.to_thread(_restart_worker, settings.model_copy(update={"policies_dir": policies}))
        yield
    finally:
        await asyncio.to_thread(_restart_worker, settings)


def _copy_corrected(shipped: Path, policies: Path) -> None:
    shutil.rmtree(policies, ignore_errors=True)
    shutil.copytree(shipped, policies)
    file = policies / "payers" / "hudson" / "plans.yaml"
    before, plan, after = file.read_text().partition(f"- plan_id: {_PLAN}\n")
    if _LISTED not in after:
        msg = f"{_PLAN} does not list {NEEDS_AUTHORIZATION} in {file}; correct cli/demo/policy_change_path.py"
        raise StoryError(msg)
    file.write_text(before + plan + after.replace(_LISTED, _CORRECTED, 1))


def _restart_worker(settings: Settings) -> None:
    pipeline = Pipeline(settings)
    pipeline.stop_process("worker")
    pipeline.start_process("worker")
    pipeline.await_process("worker", report)
