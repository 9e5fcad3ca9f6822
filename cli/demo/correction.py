"""Corrects a decided claim in the demonstration: it is adjudicated again, and an examiner approves the proposed change."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from cli.demo.story import MAX_WAIT_SECONDS, Story, StoryError
from contracts.events.topics import DETERMINATIONS
from runtime.clients.api_client import connect
from runtime.settings import Settings

_EXAMINER = "SYN-EXAMINER"
_WHY = "The authorization covers this study on its day; it was on file after the denial."


async def correct(settings: Settings, story: Story, claim_id: str) -> None:
    """Wait for the proposal, approve it as an examiner, and wait for the correction. Raises StoryError if the claim takes another course."""
    found = await _proposal(settings, claim_id)
    story.narrate(f"Adjudicated again, it would pay {found['adds']} more. An examiner approves that; a nurse may not.")
    path = f"/api/reopenings/{found['readjudication_id']}/actions"
    await story.refused("SYN-NURSE", path, "not-your-role", action="approve", number=1, rationale=_WHY)
    await story.act(_EXAMINER, path, action="approve", number=1, rationale=_WHY)
    corrected = await story.until("the correction", DETERMINATIONS, lambda data: data.get("supersedes") == 1)
    await story.rest()
    if corrected["version"] != 2 or corrected["lines"][0]["disposition"] != "approved":
        msg = f"the correction is version {corrected['version']}, its line {corrected['lines'][0]['disposition']}"
        raise StoryError(msg)


async def _proposal(settings: Settings, claim_id: str) -> dict[str, Any]:
    """Wait for the proposal of the claim. Raises StoryError when it does not come or corrects nothing."""
    client = connect(settings, _EXAMINER)
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while time.monotonic() < deadline:
        listed = await asyncio.to_thread(client.get, "/api/reopenings")
        mine = [each for each in listed if each["claim_id"] == claim_id and each.get("readjudication_id")]
        if mine:
            found: dict[str, Any] = mine[0]
            if found["result"] != "corrects":
                msg = f"adjudicated again, the claim has the result {found['result']}"
                raise StoryError(msg)
            return found
        await asyncio.sleep(0.5)
    msg = "the claim was not adjudicated again; see the log of the worker"
    raise StoryError(msg)
