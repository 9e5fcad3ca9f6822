"""What lies in the console before the journeys begin: claims that wait for different people, and an event no person can read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson

from adjudication.model.vocabulary import ClaimId
from cli.demo.expected import PAID, Pended, denied, determined, pended
from cli.demo.maker import Maker, line
from runtime import wiring
from runtime.settings import Settings
from storage.privileges.roles import DatabaseRole
from tests.builders.ledger.monitored import keep_differences
from tests.builders.pipeline.pipeline import RunningPipeline, until

EXPERIMENTAL = "necessity.experimental"
UNREADABLE = b'{"this": "is not an event"}'


@dataclass(frozen=True)
class Waiting:
    """A claim that waits: its id, and the number its submitter knows it by."""

    claim_id: str
    control_number: str


@dataclass(frozen=True)
class World:
    """Claims by whom they wait for, one that is decided, and a monitor of a draft that would have decided one otherwise."""

    nurse: Waiting
    physician: Waiting
    appealed: Waiting
    decided: Waiting
    enrolment: tuple[Waiting, ...]
    monitor: str


def prepare(pipeline: RunningPipeline) -> World:
    """Send everything at once, and return when every claim waits where it should."""
    run = uuid4().hex[:8]
    maker = Maker("Journeys in the browser", "HUDSON-COMM", run)
    nurse = _claim(maker, maker.member(), [line("0609T", "52")], pended("P-CLIN-N", "edits.reduced_acquisition"))
    physician = _claim(maker, maker.member(), [line("0609T")], pended("P-CLIN-MD", EXPERIMENTAL))
    appealed = _claim(maker, maker.member(), [line("0609T")], pended("P-CLIN-MD", EXPERIMENTAL))
    half = denied("edits.units_not_whole", "16")
    decided = _claim(maker, maker.member(), [line("72148", units="0.5")], determined(half))
    strangers = tuple(
        _claim(maker, maker.stranger(), [line("72148", charge=f"{900 + number}.00")], determined(PAID))
        for number in range(3)
    )
    maker.raw(UNREADABLE, None)
    pipeline.send(maker)
    pipeline.waits_for(nurse.claim_id, "P-CLIN-N", "SYN-NURSE")
    for claim in (physician, appealed):
        pipeline.waits_for(claim.claim_id, "P-CLIN-MD", "SYN-MD-NY")
    for claim in strangers:
        pipeline.waits_for(claim.claim_id, "P-ELIG", "SYN-ENROLMENT")
    determined_as(pipeline, decided, "denied")
    return World(nurse, physician, appealed, decided, strangers, _monitor(pipeline, nurse))


def _monitor(pipeline: RunningPipeline, claim: Waiting) -> str:
    """Start a monitor, keep what its draft answers on a claim, and stop it."""
    api, monitor, now = pipeline.api("SYN-POLICY-OWNER"), str(uuid4()), datetime.now(UTC)
    sent = {"ends_on": now.date().isoformat(), "reason": "A synthetic draft for the journeys in the browser."}
    api.post("/api/monitors", orjson.dumps(sent), {"Idempotency-Key": monitor})

    async def keep() -> None:
        engine = wiring.database(Settings(state_dir=pipeline.state_dir), DatabaseRole.RECONCILER)
        await keep_differences(engine, monitor, ClaimId(claim.claim_id), datetime.now(UTC))
        await engine.dispose()

    asyncio.run(keep())
    api.post(f"/api/monitors/{monitor}/stop", orjson.dumps({"reason": "Its differences are there to be seen."}))
    return monitor


def determined_as(pipeline: RunningPipeline, claim: Waiting, word: str) -> None:
    """Return as soon as a claim is decided so."""
    until(lambda: word in pipeline.claimwright("explain", claim.claim_id).stdout, f"{claim.claim_id} is {word}")


def appeal_filed(pipeline: RunningPipeline, claim: Waiting) -> str:
    """File the member's appeal of a decided claim; return the appeal's reference."""
    reference = f"SYN-AP-{claim.control_number}"
    data = {
        "submitter": "SYN-APPEALS",
        "appeal_reference": reference,
        "version": 1,
        "claim": {"submitter": "SYN-CLEARING", "claim_control_number": claim.control_number},
        "appellant": "member",
        "channel": "portal",
        "received_at": datetime.now(UTC).isoformat(),
        "statement": "The synthetic member asks that the visit note be read again.",
    }
    head = {
        "specversion": "1.0",
        "id": f"browser-{uuid4()}",
        "source": "claimwright/tests",
        "time": data["received_at"],
    }
    file = pipeline.sent("appeal.json")
    file.write_bytes(orjson.dumps({**head, "type": "com.claimwright.appeal.filed.v1", "data": data}))
    done = pipeline.claimwright("submit", str(file))
    assert done.returncode == 0, done.stderr
    api = pipeline.api("SYN-APPEALS-MD")
    until(lambda: reference in str(api.get("/api/appeals")), f"{reference} is open")
    return reference


def _claim(maker: Maker, member: Any, lines: list[dict[str, Any]], expected: Pended | Any) -> Waiting:
    data = maker.claim(member, lines, expected, diagnoses=["M51.360"])["data"]
    claim_id = maker.records[-1].claim_id
    assert claim_id is not None
    return Waiting(claim_id, data["claim_control_number"])
