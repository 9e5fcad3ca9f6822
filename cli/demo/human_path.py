"""The part of the demonstration that people do: one claim from its pend to a denial and an appeal."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from cli.demo.expected import pended
from cli.demo.mail_house import mail_letters
from cli.demo.maker import TRIAL, DemoRecord, Maker, line
from cli.demo.story import Event, Story
from cli.demo.watched import publish_record, watched
from contracts.events.codec import envelope
from contracts.events.topics import (
    APPEAL_TASKS,
    APPEALS_FILED,
    DETERMINATIONS,
    DOCUMENT_REQUESTS,
    DOCUMENTS_RECEIVED,
    REVIEW_TASKS,
)
from runtime import wiring
from runtime.clients.submit import publish
from runtime.settings import Settings
from streams.kafka.connection import KafkaConnection

WAITS: Final = "necessity.criteria_not_met"
LABEL: Final = "necessity.not_medically_necessary"
RECORDS: Final = {**TRIAL, "tx.weeks": {"number": "3"}}
"""The chart of a member who was treated for three weeks where the policy asks for six."""

_NURSE: Final = (
    "The chart shows three weeks of treatment before the study; six are asked for, and it shows no red flag."
)
_PHYSICIAN: Final = "I read the visit note: treatment ended after three weeks without progression, so imaging could have waited for the rest."
_APPEAL: Final = "The member's motor weakness worsened during treatment, which the visit note records; waiting would not have been safe."


async def human_path(settings: Settings) -> str:
    """Take one claim through review and appeal by people and return its id. Raises StoryError if the claim takes another course."""
    maker = Maker("Decided by people", "HUDSON-COMM", secrets.token_hex(2))
    maker.claim(maker.member(), [line("72148")], pended("P-DOC", "necessity.facts_missing"))
    coverage, claim = maker.records
    kafka = wiring.kafka(settings)
    async with watched(settings, coverage, claim) as story:
        await _narrate(settings, story, claim, kafka)
    return claim.claim_id or ""


async def _narrate(settings: Settings, story: Story, claim: DemoRecord, kafka: KafkaConnection) -> None:
    """Pend, documents, recommendation, signed denial, letters, appeal, in this order."""

    async def send(topic: str, kind: str, data: Mapping[str, Any]) -> None:
        await publish(kafka, [(topic, str(data["claim_control_number"]), event_bytes(kind, data))])

    story.narrate("A lumbar MRI is billed without its records. The claim pends and requests each document by name.")
    await publish_record(kafka, claim)
    asked = await story.until("the request for documents", DOCUMENT_REQUESTS)
    story.narrate("The provider sends the records. The documents release the claim, and it pends for a nurse.")
    documents = await _send_records(asked, send)
    task = await story.until("the review task", REVIEW_TASKS, lambda data: _waits_for(data, WAITS))
    await _denied(story, task, documents)
    await mail_letters(settings, story, str(task["claim_id"]))
    await _appealed(story, asked, kafka)


async def _denied(story: Story, task: Event, documents: tuple[str, ...]) -> None:
    path = f"/api/tasks/{task['claim_id']}/actions"
    settles = {"line": 1, "outcome": WAITS, "resolution": "denies"}
    story.narrate("A nurse takes it and recommends a denial. Only a physician may deny.")
    await story.act("SYN-NURSE", path, action="take")
    await story.refused(
        "SYN-NURSE", path, "role-may-not", action="decide", **settles, denies_as=LABEL, rationale=_NURSE
    )
    await story.act("SYN-NURSE", path, action="recommend", **settles, rationale=_NURSE)
    story.narrate("A physician licensed in the member's state reads it, writes the reasons and signs the denial.")
    await story.act("SYN-MD-NY", path, action="take")
    signs = {"denies_as": LABEL, "rationale": _PHYSICIAN, "evidence": documents, "criteria": ["S4-G05"]}
    await story.act("SYN-MD-NY", path, action="decide", **settles, **signs)
    await story.until("the determination", DETERMINATIONS)


async def _appealed(story: Story, asked: Event, kafka: KafkaConnection) -> None:
    story.narrate("The member appeals. People who took part in the denial may not decide the appeal.")
    filed = {
        "submitter": "SYN-APPEALS",
        "appeal_reference": f"SYN-AP-{asked['claim_control_number']}",
        "version": 1,
        "claim": {"payer_claim_number": asked["payer_claim_number"]},
        "appellant": "member",
        "channel": "portal",
        "received_at": datetime.now(UTC).isoformat(),
        "statement": "The synthetic member asks that the visit note be read again.",
    }
    await publish(kafka, [(APPEALS_FILED, asked["payer_claim_number"], event_bytes("appeal.filed", filed))])
    appeal = await story.until("the appeal task", APPEAL_TASKS)
    path = f"/api/appeals/{appeal['appeal_id']}/actions"
    decides = {"rulings": [{"line": 1, "ruling": "overturned"}], "rationale": _APPEAL}
    await story.refused("SYN-MD-NY", path, "involved", action="decide", **decides)
    story.narrate("A physician who did not take part in the denial overturns it, and the line is paid.")
    await story.act("SYN-APPEALS-MD", path, action="decide", **decides)
    await story.until("the superseding determination", DETERMINATIONS)
    await story.rest()


async def _send_records(
    asked: Event, send: Callable[[str, str, Mapping[str, Any]], Awaitable[None]]
) -> tuple[str, ...]:
    """Send one document per requested kind, the facts of the chart in the first; return their ids."""
    facts = [
        {"fact": name, **value, "source": "ordering visit note", "recorded_on": "2025-11-03", "author": "SYN-SURGEON"}
        for name, value in RECORDS.items()
    ]
    sent = []
    for number, document in enumerate(asked["documents"]):
        document_id = f"SYN-DOC-{asked['claim_control_number']}-{number}"
        await send(
            DOCUMENTS_RECEIVED,
            "document.received",
            {
                "document_id": document_id,
                "version": 1,
                "submitter": asked["submitter"],
                "claim_control_number": asked["claim_control_number"],
                "kind": document["kind"],
                "facts": [] if number else facts,
            },
        )
        sent.append(document_id)
    return tuple(sent)


def _waits_for(task: Event, outcome: str) -> bool:
    return any(pend["outcome"] == outcome for pend in task.get("pends", ()))


def event_bytes(kind: str, data: Mapping[str, Any]) -> bytes:
    """Put data into an event of the demonstration, as bytes."""
    identity = f"demo-{kind}-{secrets.token_hex(8)}"
    return orjson.dumps(envelope(kind, identity, "claimwright/demo", datetime.now(UTC).isoformat(), data))
