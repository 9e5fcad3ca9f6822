"""A whole pipeline in one process over real servers, whose ledger can be set back to a backup while the servers go on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
from temporalio.client import Client

from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.people import Role, StaffMember
from console.ports import NotWaitingError, UnansweredError
from contracts.claim_intake.registration import BatchLimits, Submission
from contracts.events.codec import canonical, envelope
from contracts.events.topics import CLAIMS_SUBMITTED, TOPICS
from rulebook.library import default_policies_dir
from runtime.console.review_updates import TemporalReviewUpdates
from runtime.processes.judging import page_judge
from runtime.processes.worker import create_worker
from runtime.reconciliation.reconciler import Reconciler
from runtime.reconciliation.service import reconcile
from runtime.reconciliation.workflows import TemporalWorkflows
from runtime.recovery.recover import Recovered, RecoveryOptions, recover
from runtime.settings import Settings
from storage.engine import create_engine
from storage.outbox.queue import PostgresOutbox
from storage.reconciliation.open_work import OpenWorkQueries
from storage.review.actions import ReviewActionStore
from streams.intake.consumer import Intake, IntakeOptions
from streams.outbox.publisher import Publisher, PublisherOptions
from streams.temporal import TemporalStarter
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import SERVICE_DATE
from tests.builders.servers.kafka import KafkaServer
from tests.builders.servers.postgres import PostgresServer
from tests.builders.streams.running import running

OUTGOING = tuple(topic.name for topic in TOPICS if not topic.incoming)


class RestoredPipeline:
    """Kafka and Temporal stay; `ledger` is the database that the processes use now."""

    def __init__(self, kafka: KafkaServer, postgres: PostgresServer, client: Client, reference: ReferenceData) -> None:
        self.kafka, self.postgres, self.client, self.reference = kafka, postgres, client, reference
        self.group, self.since = f"test-{uuid4()}", datetime.now(UTC) - timedelta(milliseconds=1)
        self.ledger = postgres.migrated_database()

    @asynccontextmanager
    async def stores(self) -> AsyncIterator[Stores]:
        engine = create_engine(self.ledger, pool_size=4)
        yield Stores.over(engine, self.ledger, self.reference)
        await engine.dispose()

    async def begin(self) -> None:
        """Let the groups begin where the topics end now: other tests have used them."""
        self.group = await self.kafka.new_group(CLAIMS_SUBMITTED)

    async def send(self, *submissions: Submission) -> None:
        for each in submissions:
            data = {**orjson.loads(each.payload), "first_filed_on": SERVICE_DATE.isoformat()}  # it arrives today
            at = datetime.now(UTC).isoformat()
            event = envelope("claim.submitted", each.event_id, "tests", at, data)
            await self.kafka.send(CLAIMS_SUBMITTED, [canonical(event)], key=each.claim.member.member_id.encode())

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Stores]:
        """Run intake, worker and publisher over the ledger."""
        engine = create_engine(self.ledger, pool_size=12)
        stores = Stores.over(engine, self.ledger, self.reference)
        outbox = PostgresOutbox(engine, self.ledger)
        options = IntakeOptions(
            self.kafka.connection, self.group, batches=BatchLimits(4), repair_after=timedelta(seconds=1)
        )
        intake = Intake(options, stores.ledger, TemporalStarter(self.client), outbox)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(engine.dispose)
            await stack.enter_async_context(
                create_worker(
                    self.client,
                    engine,
                    self.reference,
                    Settings(),
                    page_judge(engine, self.reference, default_policies_dir()).judge,
                )
            )
            await stack.enter_async_context(running(Publisher(PublisherOptions(self.kafka.connection), outbox).run))
            await stack.enter_async_context(running(intake.run))
            yield stores

    async def reconcile(self, stores: Stores) -> None:
        workflows = TemporalWorkflows(self.client)
        reconciler = Reconciler(
            OpenWorkQueries(stores.engine, stores.reference), workflows, lambda: datetime.now(UTC), timedelta(0)
        )
        await reconcile(stores.engine, reconciler)

    async def recover(self) -> Recovered:
        options = RecoveryOptions(self.kafka.connection, self.group, f"{self.group}-feeds", BatchLimits(4), self.since)
        engine = create_engine(self.ledger, pool_size=4)
        try:
            return await recover(options, engine, self.reference, lambda _: None)
        finally:
            await engine.dispose()

    async def physician(self, stores: Stores, claim: ClaimId, *contents: dict[str, Any]) -> list[str]:
        """Act on a claim as the physician; return the code of each answer."""
        codes = []
        for content in contents:
            action = str(uuid4())
            acting = StaffMember("SYN-physician", frozenset({Role.PHYSICIAN}))
            await ReviewActionStore(stores.engine).submit(action, claim, acting, orjson.dumps(content))
            codes.append(await self._answer(claim, action))
        return codes

    async def _answer(self, claim: ClaimId, action: str) -> str:
        """Send an action until a review holds the claim: its pend is committed a moment before."""
        async with asyncio.timeout(60):
            while True:
                try:
                    return (await TemporalReviewUpdates(self.client).act(claim, action)).code or "ok"
                except (NotWaitingError, UnansweredError):
                    await asyncio.sleep(0.2)

    async def published(self) -> dict[str, list[tuple[str, bytes]]]:
        """Everything that went out since this pipeline began, by event id."""
        found: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        async with self.kafka._consumer() as consumer:
            for topic in OUTGOING:
                ends = await self.kafka.ends(topic)
                asked = dict.fromkeys(ends, int(self.since.timestamp() * 1000))
                begins = await consumer.offsets_for_times(asked)
                start = {each: begins[each].offset for each in ends if begins.get(each) is not None}
                count = sum(ends[each] - offset for each, offset in start.items())
                for record in await self.kafka.read(topic, start, count) if count else ():
                    found[orjson.loads(record.value)["id"]].append((topic, record.value))
        return found


async def until(stores: Stores, query: str, wanted: list[tuple[Any, ...]]) -> None:
    try:
        async with asyncio.timeout(90):
            while await stores.rows(query) != wanted:  # noqa: ASYNC110 - processes write
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{query} never gave {wanted}, but {await stores.rows(query)}") from None
