"""The mail house of the demonstration: reads `letters.ready`, fetches each letter, checks its hash and proves its mailing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from adjudication.letters.letter import Audience, LetterKind
from adjudication.letters.mailing import decision_step
from adjudication.model.vocabulary import ClaimId
from cli.demo.story import MAX_WAIT_SECONDS, Story, StoryError
from contracts.events.codec import envelope
from contracts.events.topics import LETTERS_READY, LETTERS_SENT
from contracts.ids import letter_id
from runtime import wiring
from runtime.clients.api_client import ApiClient, connect
from runtime.clients.submit import publish
from runtime.clients.terminal import out
from runtime.clients.topic_reader import TopicTail
from runtime.settings import Settings
from storage.claims.claim_file import read_claim_file
from streams.kafka.connection import KafkaConnection

_CARRIER: Final = "Synthetic Postal Carrier"
_PERSON: Final = "SYN-OPS"


async def mail_letters(settings: Settings, story: Story, claim_id: str) -> None:
    """Mail the letters of a denial, which are issued automatically, and wait until its deadlines are met. Raises StoryError."""
    story.narrate(
        "Its two letters are issued automatically. The legal deadlines are met when both are mailed, not before."
    )
    kafka, client = wiring.kafka(settings), connect(settings, _PERSON)
    kind, step = LetterKind.CLINICAL_DENIAL.value, decision_step(1)
    awaited = {letter_id(claim_id, None, kind, reader.value, step) for reader in Audience}
    tail = TopicTail(kafka, (LETTERS_READY,))
    await tail.start(from_end=False)
    try:
        for letter in await _handed_over(tail, awaited):
            await _mail(kafka, client, letter)
    finally:
        await tail.stop()
    sent_at = await _wait_for_notice(settings, claim_id)
    out.print(
        f"  [green]mail house[/green] mailed {len(awaited)} letters; the notice was sent {sent_at:%Y-%m-%d %H:%M} UTC"
    )


async def _handed_over(tail: TopicTail, awaited: Collection[str]) -> list[dict[str, Any]]:
    letters: list[dict[str, Any]] = []
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while len(letters) < len(awaited):
        handed = [orjson.loads(value)["data"] for _, _, value in await tail.read()]
        letters += [data for data in handed if data["letter_id"] in awaited]
        if time.monotonic() > deadline:
            raise StoryError(
                "the letters were not handed to the mail in time; see the logs of the reconciler and the publisher"
            )
    return letters


async def _mail(kafka: KafkaConnection, client: ApiClient, letter: dict[str, Any]) -> None:
    """Check the letter's hash and publish a proof of mailing; nothing is printed on paper."""
    letter_id = letter["letter_id"]
    content = await asyncio.to_thread(client.read, f"/api/mail/{letter_id}/content")
    if sha256(content).hexdigest() != letter["sha256"]:
        raise StoryError(f"letter {letter_id} is not what its event says; it was not mailed")
    at = datetime.now(UTC).isoformat()
    proof = {
        "letter_id": letter_id,
        "version": letter["attempt"],
        "sha256": letter["sha256"],
        "result": "sent",
        "at": at,
        "carrier": _CARRIER,
        "reference": f"SYN-{letter_id[:8]}",
    }
    event = envelope("letter.sent", f"demo-mailed-{letter_id}", "claimwright/demo", at, proof)
    await publish(kafka, [(LETTERS_SENT, letter_id, orjson.dumps(event))])


async def _wait_for_notice(settings: Settings, claim_id: str) -> datetime:
    """Return when the notice was sent, once the ledger has the proofs."""
    engine = wiring.database(settings)
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    try:
        while time.monotonic() < deadline:
            times = (await read_claim_file(engine, ClaimId(claim_id))).times
            sent_at = None if times is None or times.notice is None else times.notice.sent_at
            if sent_at is not None:
                return sent_at
            await asyncio.sleep(0.2)
    finally:
        await engine.dispose()
    raise StoryError(f"the proofs of mailing of {claim_id} were not stored in time; see the log of streams")
