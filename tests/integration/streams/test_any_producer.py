"""Whatever a producer sends, and however it batches it: intake and the feeds read it or dead-letter it, and go on."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import orjson
import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts.events.dead_letters import DeadLettered, DeadLetterV3
from contracts.events.topics import CLAIMS_SUBMITTED, COVERAGE_CHANGED, DEAD_LETTER
from storage.outbox.queue import unpack
from streams.kafka.batches import READ_LIMITS
from tests.builders.events import a_claim_event, a_coverage_event
from tests.builders.servers.batches import CODECS, a_batch, renamed, send_batch, send_transaction
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.streams.intake_bench import Bench
from tests.builders.streams.running import Child, running

pytestmark = pytest.mark.servers
EVERY_CODEC = [*CODECS, "raw-snappy"]
BOMB = a_batch([(b"member", b"A" * (READ_LIMITS.inflated_batch + 1), ())], "zstd")
LETTER = b"A" * 8_388_608
"""The issue's record: eight megabytes of one letter, which travel in some kilobytes."""


async def _send_everything(kafka: KafkaServer, topic: str, partition: int, good: dict[str, bytes]) -> None:
    """Send each good value in its own kind of batch, with what cannot be stored between them."""
    for codec in EVERY_CODEC:
        await send_batch(kafka.bootstrap, topic, partition, a_batch([(b"member", good[codec], ())], codec))
    await send_batch(kafka.bootstrap, topic, partition, BOMB)
    await send_batch(kafka.bootstrap, topic, partition, a_batch([(b"member", LETTER, ())], "gzip"))
    bare = [(None, good["no key"], ()), (b"member", None, ()), (b"member", good["name"], (("XX", b"1"),))]
    await send_batch(kafka.bootstrap, topic, partition, renamed(a_batch(bare), b"XX", b"\xff\xfe"))
    for kind, commit in (("committed", True), ("aborted", False), ("marker last", True)):
        values = [good[kind], b"\xffno event"] if kind == "committed" else [good[kind]]
        await send_transaction(kafka.bootstrap, topic, partition, values, commit=commit, name=f"test-{uuid4()}")


KINDS = (*EVERY_CODEC, "no key", "name", "committed", "aborted", "marker last")
STORED = set(KINDS) - {"aborted"}


def _check(letters: Sequence[DeadLetterV3]) -> None:
    codes = sorted(letter.reasons[0].code for letter in letters)
    assert codes == ["inflates-too-far", "not-json", "not-json", "not-json"]


async def test_intake_reads_every_kind_of_batch_and_dead_letters_what_is_no_claim(kafka: KafkaServer) -> None:
    bench = Bench(kafka, await kafka.new_group(CLAIMS_SUBMITTED))
    await _send_everything(
        kafka, CLAIMS_SUBMITTED, 3, {kind: orjson.dumps(a_claim_event(kind.replace(" ", "-"))) for kind in KINDS}
    )
    async with running(bench.intake().run):
        await bench.everything_is_acknowledged()
    letters = [DeadLettered.model_validate_json(m.value).data for m in bench.ledger.messages if m.topic == DEAD_LETTER]
    assert bench.ledger.controls == {kind.replace(" ", "-") for kind in STORED}
    _check(letters)


async def test_the_feeds_read_every_kind_of_batch_and_store_no_event_of_an_aborted_transaction(
    kafka: KafkaServer, database: str, tmp_path: Path
) -> None:
    group = await kafka.new_group(COVERAGE_CHANGED)
    await _send_everything(
        kafka, COVERAGE_CHANGED, 2, {kind: orjson.dumps(a_coverage_event(kind.replace(" ", "-"))) for kind in KINDS}
    )
    with Child(
        "tests.builders.streams.feed_process", kafka.bootstrap, database, group, str(tmp_path), log=tmp_path / "log"
    ) as child:
        await eventually(lambda: _all_read(kafka, group), "the feed did not get to its end")
        assert child.terminate() == 0
    with psycopg.connect(database) as connection:
        spans = {row[0] for row in connection.execute("SELECT coverage_id FROM coverage")}
        outbox = [m for (packed,) in connection.execute("SELECT messages FROM outbox") for m in unpack(packed)]
    assert spans == {kind.replace(" ", "-") for kind in STORED}
    _check([DeadLettered.model_validate_json(message.value or b"").data for message in outbox])


async def _all_read(kafka: KafkaServer, group: str) -> bool:
    return await kafka.uncommitted(group, COVERAGE_CHANGED) == 0


@asynccontextmanager
async def _with_senders_times(kafka: KafkaServer, topic: str) -> AsyncIterator[None]:
    """Let the topic carry its senders' times, as a topic that others created may; delete what was sent then.

    A record with a time far ahead would be found by every later search by time."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()

    async def stamp(kind: str) -> None:
        settings = {
            "message.timestamp.type": kind,
            "message.timestamp.after.max.ms": str(2**63 - 1),
            "max.message.bytes": "1048576",
        }
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)])

    try:
        await stamp("CreateTime")
        yield
    finally:
        await stamp("LogAppendTime")
        ends = await kafka.ends(topic)
        await admin.delete_records({part: RecordsToDelete(before_offset=end) for part, end in ends.items()})
        await admin.close()


async def test_intake_takes_no_claim_whose_sender_gave_an_odd_time_and_goes_on(kafka: KafkaServer) -> None:
    bench = Bench(kafka, await kafka.new_group(CLAIMS_SUBMITTED))
    odd = {"none": -1, "epoch": 0, "last": 2**62, "far": 10_000_000_000_000, "now": int(time.time() * 1000)}
    async with _with_senders_times(kafka, CLAIMS_SUBMITTED):
        for name, at in odd.items():
            batch = a_batch([(b"member", orjson.dumps(a_claim_event(name)), ())], timestamp=at)
            await send_batch(kafka.bootstrap, CLAIMS_SUBMITTED, 1, batch)
        async with running(bench.intake().run):
            await bench.everything_is_acknowledged()
    letters = [DeadLettered.model_validate_json(m.value).data for m in bench.ledger.messages if m.topic == DEAD_LETTER]
    assert bench.ledger.controls == {"now"}
    assert [letter.reasons[0].code for letter in letters] == ["no-time-of-receipt"] * 4
