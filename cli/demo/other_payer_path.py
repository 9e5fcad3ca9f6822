"""The part of the demonstration in which another payer comes first: a claim waits for its explanation of benefits."""

from __future__ import annotations

import secrets
from typing import Final

from cli.demo.expected import pended
from cli.demo.human_path import event_bytes
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.scenarios.other_payers import explained, other
from cli.demo.story import StoryError
from cli.demo.watched import publish_record, watched
from contracts.events.topics import DETERMINATIONS, DOCUMENTS_RECEIVED, REVIEW_TASKS
from runtime import wiring
from runtime.clients.submit import publish
from runtime.settings import Settings

WAITS: Final = "coordination.primary_not_told"


async def other_payer_path(settings: Settings) -> str:
    """Pend one claim for another payer, resume it with the explanation of benefits and return its id. Raises StoryError."""
    maker = Maker("Another payer first", "HUDSON-COMM", secrets.token_hex(2))
    member = maker.member(other_coverage=[other("primary")])
    data = maker.claim(member, [line("72148")], pended("P-COB", WAITS), facts=TRIAL)["data"]
    coverage, claim = maker.records
    kafka = wiring.kafka(settings)
    async with watched(settings, coverage, claim) as story:
        story.narrate("Another payer covers this member first. The claim pends until we know what that payer did.")
        await publish_record(kafka, claim)
        await story.until("the review task", REVIEW_TASKS, lambda task: task["pends"][0]["outcome"] == WAITS)
        story.narrate("The other payer's explanation of benefits arrives: 300.00 paid, 75.00 left to the patient.")
        document = {
            "document_id": f"SYN-EOB-{data['claim_control_number']}",
            "version": 1,
            "submitter": data["submitter"],
            "claim_control_number": data["claim_control_number"],
            "kind": "explanation-of-benefits",
            "adjudication": explained(),
        }
        sent = event_bytes("document.received", document)
        await publish(kafka, [(DOCUMENTS_RECEIVED, data["claim_control_number"], sent)])
        decided = await story.until("the determination", DETERMINATIONS)
        if decided.get("prior_payers") != 1:
            msg = "the claim was not decided as secondary"
            raise StoryError(msg)
        story.narrate(
            "The document releases the claim. It is paid as secondary: what the other payer allowed, less what it paid."
        )
    return claim.claim_id or ""
