"""One large claim that is also in the quality sample: two people check it before it is paid, one for each hold."""

from __future__ import annotations

import secrets
from typing import Final

from adjudication.prerelease_holds.rules import Stratum
from cli.demo.expected import pended
from cli.demo.maker import SPINE_TRIAL, DemoRecord, Maker
from cli.demo.scenarios.before_release import LARGE_GROUP, SAMPLED, THREE_REGIONS, number
from cli.demo.story import Event, Story, StoryError
from cli.demo.watched import watched
from contracts.events.topics import DETERMINATIONS, REVIEW_TASKS
from runtime import wiring
from runtime.clients.submit import publish
from runtime.settings import Settings
from streams.kafka.connection import KafkaConnection

_AMOUNT: Final = "Three regions were ordered and documented; each is paid at the contract rate of the plan."
_QUALITY: Final = (
    "I read the facts of each line against its policy, and the amounts against the rates: nothing to correct."
)


async def release_path(settings: Settings) -> str:
    """Take one claim through both holds and return its id. Raises StoryError if the claim takes another course."""
    maker = Maker("Released by two people", LARGE_GROUP[0], secrets.token_hex(2))
    drawn = number(maker, Stratum.APPROVED, drawn=True)
    lines = [dict(each) for each in THREE_REGIONS]
    facts = {"facts": SPINE_TRIAL, "claim_control_number": drawn}
    maker.claim(maker.member(), lines, pended(*SAMPLED), **facts)
    coverage, claim = maker.records
    kafka = wiring.kafka(settings)
    async with watched(settings, coverage, claim) as story:
        await _narrate(story, claim, kafka)
    return claim.claim_id or ""


async def _narrate(story: Story, claim: DemoRecord, kafka: KafkaConnection) -> None:
    """The claim waits for both, the supervisor approves, quality passes, it is paid."""
    story.narrate(
        "All criteria are met, but the amount needs a supervisor and quality review has sampled the claim. It pends."
    )
    await publish(kafka, [(claim.topic, claim.key, claim.value)])
    task = await story.until("the review task", REVIEW_TASKS)
    about = _about(task)
    path = f"/api/tasks/{claim.claim_id}/actions"
    story.narrate("A supervisor approves the amount. The supervisor may not also pass the quality review.")
    await story.act("SYN-SUPERVISOR", path, action="take")
    await story.act("SYN-SUPERVISOR", path, **_passes("pricing.above_authority", about, _AMOUNT))
    await story.until("the review task of quality", REVIEW_TASKS)
    await story.refused("SYN-SUPERVISOR", path, "four-eyes", **_passes("quality.sampled", about, _QUALITY))
    await story.act("SYN-SUPERVISOR", path, action="release")
    story.narrate("A quality reviewer passes the decision. Only now is the claim determined.")
    await story.act("SYN-QA", path, action="take")
    await story.act("SYN-QA", path, **_passes("quality.sampled", about, _QUALITY))
    await story.until("the determination", DETERMINATIONS)
    await story.rest()


def _passes(outcome: str, about: dict[str, str], rationale: str) -> dict[str, str]:
    entry = {"action": "decide", "outcome": outcome, "resolution": "passes", "rationale": rationale}
    return {**entry, "about": about[outcome]}


def _about(task: Event) -> dict[str, str]:
    """Read from the pends of the task which amount and which decision the two holds ask to approve."""
    named = {"pricing.above_authority", "quality.sampled"}
    found = {pend["outcome"]: pend["about"] for pend in task["pends"] if pend["outcome"] in named}
    if found.keys() != named:
        msg = f"the claim waits for {sorted(found)} and should wait for {sorted(named)}"
        raise StoryError(msg)
    return found
