"""A refused claim on real servers: kept, corrected elsewhere, replayed with its own bytes, and taken in by the same intake."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.dead_letters import DeadLettered, Kept
from contracts.events.outgoing import ReplayedEvent
from contracts.events.topics import CLAIMS_SUBMITTED, DEAD_LETTER, LARGEST_INCOMING
from contracts.ids import claim_id
from contracts.records.dead_letters import Acting, DeadLetter, DeadLetterFilter, Original, Refused
from storage.claims.registration import PostgresLedger
from storage.dead_letters.actions import DeadLetterActions
from storage.dead_letters.bulk import DeadLetterBulks
from storage.dead_letters.queries import DeadLetterQueries
from storage.outbox.queue import PostgresOutbox, put_replays
from streams.intake.consumer import Intake, IntakeOptions
from streams.kafka.batches import READ_LIMITS
from streams.outbox.publisher import Publisher, PublisherOptions
from streams.outbox.upkeep import Replayer
from tests.builders.events import RECEIVED, a_claim_event
from tests.builders.servers.batches import a_batch, send_batch
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.streams.ports import RecordingStarter
from tests.builders.streams.running import running

pytestmark = pytest.mark.servers
OPS, BOSS = Acting("OPS", "ops", RECEIVED.replace(year=2100)), Acting("BOSS", "supervisor", RECEIVED.replace(year=2100))

HEADERS = (("traceparent", b"00-synthetic"), ("odd", b"\xff"), ("odd", b""), ("none", None))


class Bench:
    """Intake and publisher over one database and one broker, as the processes run them."""

    def __init__(self, kafka: KafkaServer, group: str, engine: AsyncEngine, dsn: str) -> None:
        self.kafka, self.group, self.engine = kafka, group, engine
        self.outbox = PostgresOutbox(engine, dsn)
        self.reads, self.letters = DeadLetterQueries(engine), DeadLetterActions(engine)

    def intake(self) -> Intake:
        options = IntakeOptions(self.kafka.connection, self.group, session_ms=6000)
        return Intake(options, PostgresLedger(self.engine), RecordingStarter(), self.outbox)

    def publisher(self) -> Publisher:
        return Publisher(PublisherOptions(self.kafka.connection), self.outbox)

    async def send(self, *values: bytes) -> None:
        await self.kafka.send(CLAIMS_SUBMITTED, list(values), partition=1)

    async def letters_there_are(self, count: int, wanted: DeadLetterFilter | None = None) -> list[DeadLetter]:
        found: list[DeadLetter] = []

        async def there() -> bool:
            found[:] = await self.reads.page(wanted or DeadLetterFilter(open_only=False), 100, None)
            return len(found) == count

        await eventually(there, f"there are not {count} letters")
        return found

    async def became(self, letter: DeadLetter, *, accepted: bool) -> DeadLetter:
        found: list[DeadLetter] = []

        async def there() -> bool:
            again = await self.reads.letter(letter.letter_id)
            found[:] = [] if again is None else [again]
            replay = None if again is None else again.replay
            if replay is None or replay.position is None:
                return False
            return (replay.claim_id if accepted else replay.refused_as) is not None

        await eventually(there, "nothing became of the replay")
        return found[0]

    async def claims(self) -> list[tuple[str, bytes]]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(text("SELECT control_number, payload::text FROM claims ORDER BY 1"))
            return [(number, payload.encode()) for number, payload in rows.all()]


@pytest.fixture
async def bench(kafka: KafkaServer, engine: AsyncEngine, database: str) -> Bench:
    return Bench(kafka, await kafka.new_group(CLAIMS_SUBMITTED), engine, database)


async def test_a_claim_refused_for_a_fault_of_ours_is_replayed_and_accepted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of ours refuses a good claim; once it is corrected, the replay is what the sender sent, headers and all."""
    value = orjson.dumps(a_claim_event("REPLAY-1"), option=orjson.OPT_INDENT_2)
    since = await bench.kafka.ends(CLAIMS_SUBMITTED)
    with monkeypatch.context() as defect:

        def failing(*_: object) -> None:
            raise KeyError("synthetic defect")

        defect.setattr("streams.intake.decode.check_claim", failing)
        async with running(bench.intake().run):
            await bench.kafka.send(CLAIMS_SUBMITTED, [value], partition=1, headers=HEADERS)
            [letter] = await bench.letters_there_are(1)
    assert (letter.refusal, letter.claim_id) == ("undecodable", claim_id("SYNTHETIC", "REPLAY-1", 1))
    assert await bench.letters.replay(letter.letter_id, OPS) is None
    async with running(bench.publisher().run), running(bench.intake().run):
        letter = await bench.became(letter, accepted=True)
    records = await bench.kafka.read(CLAIMS_SUBMITTED, since, 2)
    sent = [(record.key, record.value, tuple(record.headers)) for record in records]
    assert sent == [(b"member", value, HEADERS)] * 2
    assert letter.replay is not None
    assert letter.replay.position in {f"{r.topic}/{r.partition}/{r.offset}" for r in records}
    assert [number for number, _ in await bench.claims()] == ["REPLAY-1"]
    assert await bench.reads.page(DeadLetterFilter(), 10, None) == ()


async def test_a_conflict_is_refused_again_and_says_as_which_letter(bench: Bench) -> None:
    first, other = (orjson.dumps(a_claim_event("REPLAY-2", place_of_service=place)) for place in ("11", "22"))
    async with running(bench.intake().run), running(bench.publisher().run):
        await bench.send(first, other)
        [letter] = await bench.letters_there_are(1)
        await bench.letters.replay(letter.letter_id, OPS)
        letter = await bench.became(letter, accepted=False)
        await bench.letters_there_are(2)
    assert letter.refusal == "conflict"
    assert letter.replay is not None
    again = await bench.reads.letter(letter.replay.refused_as or "")
    assert again is not None
    assert (again.refusal, again.replay_of) == ("conflict", letter.letter_id)
    assert len(await bench.claims()) == 1


async def test_an_approved_bulk_goes_out_next_to_the_publisher(bench: Bench) -> None:
    poison = [b"\xff\xfe synthetic %d" % number for number in range(5)]
    async with running(bench.intake().run):
        await bench.send(*poison)
        before = await bench.letters_there_are(5)
    bulks = DeadLetterBulks(bench.engine)
    proposed = await bulks.propose(DeadLetterFilter(reason="not-json"), OPS)
    assert isinstance(proposed, str)
    assert await bulks.decide(proposed, BOSS, approve=True) is None

    async def replay(stop: asyncio.Event, ready: asyncio.Event) -> None:
        ready.set()
        await Replayer(bulks, every_seconds=0.1).run(stop)

    async with running(bench.publisher().run), running(bench.intake().run), running(replay):
        await bench.letters_there_are(10)
    opened = [
        await bench.letters.open(letter.letter_id, OPS)
        for letter in await bench.letters_there_are(5, DeadLetterFilter())
    ]
    assert sorted(each.value or b"" for each in opened if isinstance(each, Original)) == poison
    assert not {letter.letter_id for letter in before} & {
        letter.letter_id for letter in await bench.letters_there_are(5, DeadLetterFilter())
    }


async def test_eight_megabytes_of_one_letter_reach_the_dead_letter_topic_by_hash_and_are_replayed_from_the_ledger(
    bench: Bench,
) -> None:
    """The event holds no bytes, so that it fits its topic; the record came compressed and goes back compressed."""
    value = b"A" * 8_388_608
    since, letters_since = await bench.kafka.ends(CLAIMS_SUBMITTED), await bench.kafka.ends(DEAD_LETTER)
    await send_batch(bench.kafka.bootstrap, CLAIMS_SUBMITTED, 1, a_batch([(b"member", value, HEADERS)], "gzip"))
    async with running(bench.intake().run), running(bench.publisher().run):
        await bench.send(orjson.dumps(a_claim_event("BEHIND-LARGE")))
        [letter] = await bench.letters_there_are(1)
        assert await bench.letters.replay(letter.letter_id, OPS) is None
        letter = await bench.became(letter, accepted=False)
        sent = await bench.kafka.read(DEAD_LETTER, letters_since, 2)
    events = [DeadLettered.model_validate_json(record.value or b"").data for record in sent]
    [event] = [each for each in events if each.partition == 1]
    assert (event.kept, event.value_base64, event.size) == (Kept.LEDGER, None, len(value))
    assert event.sha256 == sha256(value).hexdigest()
    assert (event.topic, event.partition, event.offset) == (CLAIMS_SUBMITTED, 1, letter.offset)
    records = [each for each in await bench.kafka.read(CLAIMS_SUBMITTED, since, 3) if each.value == value]
    assert [tuple(each.headers) for each in records] == [HEADERS] * 2
    assert [number for number, _ in await bench.claims()] == ["BEHIND-LARGE"]


async def test_replays_of_one_key_keep_their_order_whatever_their_size(bench: Bench) -> None:
    """A large one travels compressed, through a client that is made for it, and holds back what follows it."""
    sizes = (10, LARGEST_INCOMING, 20, 30, LARGEST_INCOMING + 1, 40)
    replays = [
        ReplayedEvent(CLAIMS_SUBMITTED, b"one-member", f"replay-{number}", b"{" * size)
        for number, size in enumerate(sizes)
    ]
    since = await bench.kafka.ends(CLAIMS_SUBMITTED)
    async with bench.engine.begin() as connection:
        await put_replays(connection, replays)
    async with running(bench.publisher().run):
        records = await bench.kafka.read(CLAIMS_SUBMITTED, since, len(sizes))
    assert [len(record.value or b"") for record in records] == list(sizes)


async def test_a_record_of_a_batch_that_was_not_read_is_kept_as_its_batch_and_not_replayed(bench: Bench) -> None:
    bomb = a_batch([(b"member", b"A" * (READ_LIMITS.inflated_batch + 1), ())], "zstd")
    await send_batch(bench.kafka.bootstrap, CLAIMS_SUBMITTED, 1, bomb)
    async with running(bench.intake().run):
        [letter] = await bench.letters_there_are(1)
    opened = await bench.letters.open(letter.letter_id, OPS)
    assert isinstance(opened, Original)
    assert (letter.whole, letter.size) == (False, len(bomb))
    assert (opened.value or b"")[61:] == bomb[61:]  # the broker wrote the offset and the time of the batch
    assert await bench.letters.replay(letter.letter_id, OPS) is Refused.NOT_READ
