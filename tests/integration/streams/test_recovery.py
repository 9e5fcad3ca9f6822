"""The ledger comes back from a backup while Kafka and Temporal are ahead: what went out stays, and nothing goes out twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from aiokafka.admin import NewTopic
from aiokafka.errors import MessageSizeTooLargeError

from adjudication.model.reference import ReferenceData
from contracts.claim_intake.registration import Registration
from contracts.events.topics import DETERMINATIONS, REVIEW_TASKS
from contracts.records.recovery import Standing
from runtime.recovery.republish import republish
from storage.outbox.retention import PostgresOutboxRetention
from storage.reconciliation.stuck import stuck_work
from tests.builders.ledger.desks import DENIES, STAFF, decision
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission
from tests.builders.servers.kafka import KafkaServer
from tests.builders.servers.postgres import PostgresServer
from tests.builders.streams.restored import OUTGOING, RestoredPipeline, until
from tests.builders.workflows.running import small_history_server

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
Published = dict[str, list[tuple[str, bytes]]]
PUBLISHED = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
DECIDED = "SELECT count(*) FROM determinations"
COVERED, ENDED = "SYN-100001", MEMBER
DENIAL = ({"action": "take"}, decision(1, **DENIES))


@pytest.fixture
async def pipeline(
    kafka: KafkaServer, postgres: PostgresServer, reference: ReferenceData
) -> AsyncIterator[RestoredPipeline]:
    async with small_history_server() as environment:
        pipeline = RestoredPipeline(kafka, postgres, environment.client, reference)
        await pipeline.begin()
        async with pipeline.stores() as stores:
            await put_people(stores.engine, STAFF)
            covered = a_coverage_change(coverage_id="COV-2").model_copy(update={"member_id": COVERED})
            ended = a_coverage_change().model_copy(update={"ends": date(2025, 2, 1)})
            await stores.feeds.apply_coverage([covered, ended])
        yield pipeline


async def test_what_was_published_after_the_backup_is_the_decision_of_the_restored_ledger(
    pipeline: RestoredPipeline, postgres: PostgresServer
) -> None:
    before = a_submission("B1", member=ENDED)
    denied = [a_submission(f"D{n}", code, member=ENDED) for n, code in enumerate(("72146", "72141", "72195"))]
    signed, unknown = a_submission("S1", "0609T", member=COVERED), a_submission("U1", member="SYN-100009")
    async with pipeline.at_work() as stores:
        await pipeline.send(before)
        await until(stores, DECIDED, [(1,)])
        await until(stores, PUBLISHED, [(0,)])
    backup = postgres.copied_database(pipeline.ledger)
    async with pipeline.at_work() as stores:
        await pipeline.send(*denied, signed, unknown)
        await until(stores, "SELECT count(DISTINCT claim_id) FROM pends", [(2,)])
        assert await pipeline.physician(stores, signed.claim_id, *DENIAL) == ["ok", "ok"]
        await until(stores, DECIDED, [(5,)])
        await until(stores, PUBLISHED, [(0,)])
    went_out = await pipeline.published()
    pipeline.ledger = backup
    done = await pipeline.recover()
    assert done.claims == {Registration.REPEATED: 1, Registration.NEW: 5}
    assert done.decisions == {Standing.RESTORED: 3, Standing.UNSIGNED: 1}
    async with pipeline.stores() as stores:
        restored = {event.encode() for (event,) in await stores.rows("SELECT event::text FROM determinations")}
        assert restored == {value for value in determinations(went_out) if claim_of(value) != signed.claim_id}
    assert (await pipeline.recover()).decisions == {Standing.UNSIGNED: 1}, "done twice, it changes nothing"
    async with pipeline.at_work() as stores:
        await until(stores, "SELECT count(*) FROM batches WHERE started_at IS NULL", [(0,)])
        await pipeline.reconcile(stores)
        await until(stores, "SELECT count(*) FROM batches WHERE finished_at IS NULL", [(0,)])
        await until(stores, "SELECT count(DISTINCT claim_id) FROM pends WHERE closed_at IS NULL", [(2,)])
        assert await pipeline.physician(stores, signed.claim_id, *DENIAL) == ["ok", "ok"]
        await until(stores, DECIDED, [(5,)])
        await until(stores, PUBLISHED, [(0,)])
        assert await stores.broken() == []
        await pipeline.reconcile(stores)
        assert await stuck_work(stores.engine, datetime.now(UTC)) == ()
        assert await stores.rows("SELECT differs FROM withheld_events") == [(False,)]
    afterwards = await pipeline.published()
    assert [identity for identity, sent in afterwards.items() if len({value for _, value in sent}) > 1] == []
    assert len(determinations(afterwards)) == len({claim_of(value) for value in determinations(afterwards)}) == 5
    assert rounds_of(unknown.claim_id, afterwards) == [0, 1]


def determinations(published: Published) -> list[bytes]:
    return [value for sent in published.values() for topic, value in sent if topic == DETERMINATIONS]


def claim_of(value: bytes) -> str:
    return str(orjson.loads(value)["data"]["claim_id"])


def rounds_of(claim: str, published: Published) -> list[int]:
    """The rounds that tasks of a claim name."""
    tasks = [orjson.loads(v)["data"] for sent in published.values() for topic, v in sent if topic == REVIEW_TASKS]
    return sorted(task["round"] for task in tasks if task["claim_id"] == claim and "round" in task)


async def test_another_decision_than_the_published_one_is_withheld_and_shown(
    pipeline: RestoredPipeline, postgres: PostgresServer
) -> None:
    signed = a_submission("S9", "0609T", member=COVERED)
    backup = postgres.copied_database(pipeline.ledger)
    async with pipeline.at_work() as stores:
        await pipeline.send(signed)
        await until(stores, "SELECT DISTINCT code FROM pends", [("P-CLIN-MD",)])
        assert await pipeline.physician(stores, signed.claim_id, *DENIAL) == ["ok", "ok"]
        await until(stores, DECIDED, [(1,)])
        await until(stores, PUBLISHED, [(0,)])
    pipeline.ledger = backup
    await pipeline.recover()
    async with pipeline.stores() as stores:
        ended = a_coverage_change(2, coverage_id="COV-2").model_copy(
            update={"member_id": COVERED, "ends": date(2025, 2, 1)}
        )
        await stores.feeds.apply_coverage([ended])
    async with pipeline.at_work() as stores:
        await until(stores, "SELECT count(*) FROM batches WHERE started_at IS NULL", [(0,)])
        await pipeline.reconcile(stores)
        await until(stores, DECIDED, [(1,)])
        await until(stores, PUBLISHED, [(0,)])
        await pipeline.reconcile(stores)
        [stuck] = await stuck_work(stores.engine, datetime.now(UTC))
        assert (stuck.count, "withheld" in stuck.what) == (1, True)
    [published] = determinations(await pipeline.published())
    assert orjson.loads(published)["data"]["lines"][0]["adjustments"][0]["carc"] in ("50", "55", "56")


async def test_a_determination_that_kafka_does_not_take_is_never_counted_as_sent(
    pipeline: RestoredPipeline, kafka: KafkaServer
) -> None:
    async with pipeline.at_work() as stores:
        await pipeline.send(a_submission("R1", member=ENDED))
        await until(stores, DECIDED, [(1,)])
        await until(stores, PUBLISHED, [(0,)])
        await stores.execute("UPDATE outbox SET published_at = now() - interval '30 days'")
        assert await PostgresOutboxRetention(stores.engine, timedelta(days=7)).remove_some() > 0
    refusing = replace(kafka.connection, prefix="refusing.")
    admin = refusing.admin()
    try:
        await admin.start()
        topic = NewTopic(refusing.name(DETERMINATIONS), 1, 1, topic_configs={"max.message.bytes": "100"})
        await admin.create_topics([topic])
    finally:
        await admin.close()
    async with pipeline.stores() as stores:
        with pytest.raises(MessageSizeTooLargeError):
            await republish(refusing, stores.engine)


async def test_what_was_published_goes_out_again_after_kafka_lost_its_topics(
    pipeline: RestoredPipeline, kafka: KafkaServer
) -> None:
    denied, unknown = a_submission("K1", member=ENDED), a_submission("K2", member="SYN-100009")
    async with pipeline.at_work() as stores:
        await pipeline.send(denied)
        await until(stores, DECIDED, [(1,)])
        await until(stores, PUBLISHED, [(0,)])
        await stores.execute("UPDATE outbox SET published_at = now() - interval '30 days'")
        assert await PostgresOutboxRetention(stores.engine, timedelta(days=7)).remove_some() > 0
        await pipeline.send(unknown)
        await until(stores, "SELECT count(*) FROM pends", [(1,)])
        await until(stores, PUBLISHED, [(0,)])
        kept = {message.event_id for message in await stores.sent()}
    before = await pipeline.published()
    await kafka.recreate(*OUTGOING)
    async with pipeline.stores() as stores:
        done = await republish(kafka.connection, stores.engine)
        assert done.determinations == 1
    async with pipeline.at_work() as stores:
        await until(stores, PUBLISHED, [(0,)])
        assert await stores.broken() == []
    after = await pipeline.published()
    kept |= {orjson.loads(value)["id"] for value in determinations(before)}
    assert {identity: sent for identity, sent in before.items() if identity in kept} == after
