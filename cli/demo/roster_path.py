"""The part of the demonstration that the roster feed decides: one claim is pended for it twice and is then paid automatically."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from cli.demo.expected import PAID, determined
from cli.demo.maker import TRIAL, DemoRecord, Maker, line
from cli.demo.story import Event, Story
from cli.demo.watched import publish_record, watched
from contracts.events.topics import DETERMINATIONS, REVIEW_TASKS
from runtime import wiring
from runtime.settings import Settings
from streams.kafka.connection import KafkaConnection


async def roster_path(settings: Settings) -> str:
    """Take one claim through an unknown roster entry and return its id. Raises StoryError if the claim takes another course."""
    maker = Maker("Released by the roster", "HUDSON-MA", secrets.token_hex(2))
    provider = maker.newcomer()
    maker.claim(maker.member(), [line("72148")], determined(PAID), facts=TRIAL, billing=provider)
    contracts = [{"plan_id": maker.plan, "starts": "2024-01-01"}]
    case = {"case_reference": f"SYN-SIU-{provider['npi']}", "starts": "2025-11-01"}
    maker.enlist(provider, 1, contracts=contracts, investigations=[case])
    maker.enlist(provider, 2, contracts=contracts, investigations=[{**case, "ends": "2025-11-20"}])
    coverage, claim, *updates = maker.records
    kafka = wiring.kafka(settings)
    async with watched(settings, coverage, claim) as story:
        await _narrate(story, claim, updates, kafka)
    return claim.claim_id or ""


async def _narrate(story: Story, claim: DemoRecord, updates: list[DemoRecord], kafka: KafkaConnection) -> None:
    listed, closed = updates
    story.narrate(
        "A lumbar MRI is billed by a provider who is not on the plan's roster. The claim pends; it is not denied."
    )
    await publish_record(kafka, claim)
    await story.until("the task of the unlisted provider", REVIEW_TASKS, _waits_for("provider.not_on_roster"))
    story.narrate(
        "The roster now lists the provider, with a contract and an open investigation. The claim still pends."
    )
    await publish_record(kafka, listed)
    await story.until("the task of the open case", REVIEW_TASKS, _waits_for("provider.under_investigation"))
    story.narrate("The investigation is closed. The roster event releases the claim, and it is paid.")
    await publish_record(kafka, closed)
    await story.until("the determination", DETERMINATIONS)


def _waits_for(outcome: str) -> Callable[[Event], bool]:
    return lambda task: any(pend["outcome"] == outcome for pend in task.get("pends", ()))
