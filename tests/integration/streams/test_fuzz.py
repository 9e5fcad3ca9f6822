"""Seven topics at once, from a seed: every committed record is stored, known or dead-lettered, and every stream gets to its end.

FUZZ_EVENTS records in rounds of FUZZ_ROUND (30,000), from SEED on (make fuzz: a million).
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from adjudication.model.reference import ReferenceData
from adjudication.review.claim_deadlines import CaseTimes, claim_deadlines, plans_of
from storage.invariants.ledger import violations
from storage.outbox.queue import unpack
from streams.kafka import trouble
from tests.builders.servers.batches import BatchSender, send_transaction
from tests.builders.servers.kafka import KafkaServer, Offsets
from tests.builders.servers.postgres import empty
from tests.builders.streams.edge_bench import INBOUND, OUTGOING, EdgeBench
from tests.builders.streams.fuzz import Fate, Fuzz, Planned, Sent
from tests.builders.streams.fuzz_account import Position, account, in_words, read_ledger

pytestmark = [pytest.mark.servers, pytest.mark.timeout(0)]
COUNT, SEED = int(os.environ.get("FUZZ_EVENTS", "30000")), int(os.environ.get("SEED", "12"))
ROUND = int(os.environ.get("FUZZ_ROUND", "30000"))
ROUNDS = max(1, -(-COUNT // ROUND))
DENIED_CLAIMS = 25
"""Claims that the appeals are about."""


async def _send(kafka: KafkaServer, batches: Iterable[Planned]) -> dict[Position, Sent]:
    """Send every batch; return each record by the place where the broker put it."""
    sent: dict[Position, Sent] = {}
    async with BatchSender(kafka.bootstrap) as sender:
        for each in batches:
            if each.commits is None:
                first = await sender.send(each.topic, each.partition, each.batch)
                offsets = list(range(first, first + len(each.records)))
            else:
                entries, name = [record.entry for record in each.records], f"fuzz-{uuid4()}"
                offsets = await send_transaction(
                    kafka.bootstrap, each.topic, each.partition, entries, commit=each.commits, name=name
                )
            places = [(each.topic, each.partition, offset) for offset in offsets]
            sent |= dict(zip(places, each.records, strict=True))
    return sent


async def _everything_queued_is_on_its_topic(bench: EdgeBench, since: Mapping[str, Offsets]) -> None:
    queued = {
        (message.topic, message.event_id, message.value)
        for (messages,) in await bench.rows("SELECT messages FROM outbox")
        for message in unpack(messages)
    }
    found = set()
    for topic, wanted in Counter(topic for topic, _, _ in queued).items():
        found |= {(topic, record.value) for record in await bench.kafka.read(topic, since[topic], wanted)}
    missing = [(topic, event) for topic, event, value in queued if (topic, value) not in found]
    assert not missing, f"{len(missing)} messages of the outbox are not on their topic, such as {missing[0]}"


async def _deadlines_run(bench: EdgeBench, reference: ReferenceData) -> None:
    """Every time that was stored is one from which the deadlines of every plan can be computed."""
    times = await bench.rows("""SELECT received_at FROM claims UNION SELECT received_at FROM documents
        UNION SELECT filed_at FROM appeals UNION SELECT received_at FROM dead_letters""")
    now = datetime.now(UTC)
    for moment in {each.replace(microsecond=0) for (each,) in times}:
        for plan in reference.plans:
            case = CaseTimes(moment, (plan,), ())
            # A plan that was not there yet has no deadlines; for every other one they are there, whatever the moment.
            assert claim_deadlines(case, reference, now) or not plans_of(case, reference), (moment, plan)


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_whatever_is_sent_is_stored_or_dead_lettered_and_every_stream_gets_to_its_end(
    kafka: KafkaServer, database: str, reference: ReferenceData, tmp_path: Path, number: int
) -> None:
    empty(database)
    count, seed, started = min(ROUND, COUNT - number * ROUND), SEED + number, time.monotonic()
    async with EdgeBench.on(kafka, database, reference, tmp_path) as bench:
        since = {topic: await kafka.ends(topic) for topic in OUTGOING}
        fuzz = Fuzz(seed, await bench.denied_claims(DENIED_CLAIMS))
        async with bench.processes():
            sent = await _send(kafka, fuzz.batches(count))
            await bench.reaches_the_end()
            assert not trouble.lasting(time.time() + 10**6), "something was tried again and again"
        outcomes = account(await read_ledger(bench.stores.engine), sent)
        taking_effect = sum(record.fate is not Fate.NOTHING for record in sent.values())
        accounted = sum(found for (_, outcome), found in outcomes.items() if outcome != "aborted")
        assert count == taking_effect == accounted
        await _everything_queued_is_on_its_topic(bench, since)
        await _deadlines_run(bench, reference)
        assert await violations(bench.stores.engine) == []
    done, seconds = number * ROUND + count, time.monotonic() - started
    sys.stdout.write(f"\nseed {seed}: {done:,} of {COUNT:,} events, the last {count:,} in {seconds:.0f} s\n")
    sys.stdout.write(in_words(outcomes, INBOUND) + "\n")
