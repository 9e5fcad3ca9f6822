"""The part of the demonstration in which an authorization comes after the denial (docs/decisions/0035)."""

from __future__ import annotations

import secrets
from typing import Final

from cli.demo.correction import correct
from cli.demo.expected import denied, determined
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.story import StoryError
from cli.demo.watched import publish_record, watched
from contracts.events.reopenings import Reason
from contracts.events.topics import DETERMINATIONS, REVIEW_TASKS
from runtime import wiring
from runtime.settings import Settings

NEEDS_AUTHORIZATION: Final = "72158"
MISSING: Final = "authorization.missing"


async def late_authorization_path(settings: Settings) -> str:
    """Deny one claim for a missing authorization, approve it afterwards, correct the claim and return its id. Raises StoryError."""
    maker = Maker("An authorization that comes afterwards", "HUDSON-MA", secrets.token_hex(2))
    member = maker.member()
    maker.claim(member, [line(NEEDS_AUTHORIZATION)], determined(denied(MISSING, "197")), facts=TRIAL)
    maker.authorization(member, NEEDS_AUTHORIZATION)
    coverage, claim, approval = maker.records
    kafka = wiring.kafka(settings)
    async with watched(settings, coverage, claim) as story:
        story.narrate("A study that needs an authorization is billed without one. The line is denied, CO-197.")
        await publish_record(kafka, claim)
        decided = await story.until("the determination", DETERMINATIONS)
        if [found["reason"] for found in decided["lines"]] != [MISSING]:
            msg = "the claim was not denied for lack of an authorization"
            raise StoryError(msg)
        story.narrate(
            "The letter says until when the authorization may still be asked for. The provider asks, and the plan approves it."
        )
        await publish_record(kafka, approval)
        await story.until("the task to look again", REVIEW_TASKS, _raised)
        story.narrate(
            "The approval covers the denied line, so the claim is raised for an examiner. Nothing is paid by itself."
        )
        await correct(settings, story, claim.claim_id or "")
    return claim.claim_id or ""


def _raised(task: dict[str, object]) -> bool:
    return task.get("reason") == Reason.LATE_AUTHORIZATION.value
