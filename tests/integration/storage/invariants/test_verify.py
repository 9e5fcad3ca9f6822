"""Each invariant is broken once, on a ledger that was sound before, and the checker must name it and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adjudication.model.reference import ReferenceData
from contracts.events.topics import CLAIMS_STATUS
from storage.engine import create_engine
from storage.invariants.ledger import violations
from tests.builders.ledger.ledgers import SIGNATURE, Stores, approved, denied
from tests.builders.ledger.submissions import a_submission, an_authorization_change
from tests.builders.servers.postgres import PostgresServer

pytestmark = pytest.mark.servers

DETERMINED = "(SELECT claim_id FROM claims WHERE control_number = 'C1')"
PENDED = "(SELECT claim_id FROM claims WHERE control_number = 'C2')"
A_USE = "INSERT INTO authorization_uses (number, code, claim_id, line, units) VALUES ('AUTH-1', '72148',"
BREAKS: dict[str, tuple[str, ...]] = {
    "an accepted claim is determined or waits": ("UPDATE pends SET closed_at = now()",),
    "a determined claim waits for nothing": (
        f"""INSERT INTO pends (claim_id, round, code, line, outcome, owner, priority, due_at)
            VALUES ({DETERMINED}, 0, 'P-DOC', 0, 'x', 'x', 1, now())""",
    ),
    "a determination decides every line once, at its charge": (
        f"DELETE FROM claim_lines WHERE claim_id = {DETERMINED} AND line = 2",
    ),
    "line charges and payments add up to the claim's": ("UPDATE determinations SET paid = paid - 1",),
    "an authorization's units are not exceeded": (f"{A_USE} {DETERMINED}, 1, 1)", f"{A_USE} {PENDED}, 1, 1)"),
    "only approved lines of decided claims hold units": (f"{A_USE} {DETERMINED}, 2, 1)",),
    "a stored claim is what was hashed when it came": (
        "UPDATE claims SET payload = replace(payload::text, '500.00', '900.00')::json WHERE control_number = 'C1'",
    ),
    "a batch belongs to claims of the ledger": ("UPDATE batches SET size = size + 1",),
    "a determination is in the outbox once, byte for byte": (
        "DELETE FROM outbox WHERE created_at = (SELECT max(created_at) FROM outbox)",
    ),
}
UNGUARDED: dict[str, tuple[str, ...]] = {
    "a clinical denial is signed for its claim by someone who may": (
        "ALTER TABLE determination_lines DROP CONSTRAINT clinical_denial_is_signed",
        "UPDATE determination_lines SET carc = '55', clinical = true WHERE line = 2",
    ),
    "a component is approved once": (
        "DROP INDEX component_approved_once",
        "UPDATE determination_lines SET code = '0609T', disposition = 'approved'",
    ),
}


async def _a_sound_ledger(stores: Stores) -> None:
    """One claim half paid and half denied, one that waits, and an authorization no person uses."""
    await stores.feeds.apply_authorizations([an_authorization_change()])
    batch, [one, two] = await stores.accept(a_submission("C1", "72148", "72141"), a_submission("C2"))
    decided = stores.determined(one, approved(one.claim.lines[0]), denied(one.claim.lines[1]))
    await stores.decisions.commit(batch.batch_id, [decided, stores.pended(two)])
    assert await stores.broken() == []


@pytest.fixture
async def unguarded(postgres: PostgresServer, reference: ReferenceData) -> AsyncIterator[Stores]:
    """A ledger whose constraints a test may drop, and whose lines and signatures it may rewrite."""
    dsn = postgres.migrated_database()
    engine = create_engine(dsn, pool_size=3)
    stores = Stores.over(engine, dsn, reference)
    for table in ("determination_lines", "reviewer_signatures"):
        await stores.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_stand")
    yield stores
    await engine.dispose()


@pytest.mark.parametrize("invariant", UNGUARDED)
async def test_without_its_constraint_an_invariant_is_still_checked(unguarded: Stores, invariant: str) -> None:
    await _a_sound_ledger(unguarded)
    await unguarded.execute(*UNGUARDED[invariant])
    assert await unguarded.broken() == [invariant]


@pytest.mark.parametrize("invariant", BREAKS)
async def test_a_broken_invariant_is_named(stores: Stores, invariant: str) -> None:
    await _a_sound_ledger(stores)
    await stores.execute(*BREAKS[invariant])
    assert await stores.broken() == [invariant]


async def test_a_violation_counts_and_gives_one_opaque_example(stores: Stores) -> None:
    await _a_sound_ledger(stores)
    await stores.execute("UPDATE pends SET closed_at = now()")
    [found] = await violations(stores.engine)
    assert (found.count, found.example) == (1, a_submission("C2").claim_id)


async def test_an_event_id_with_two_contents_is_named(stores: Stores) -> None:
    await _a_sound_ledger(stores)
    message = next(m for m in await stores.sent() if m.topic == CLAIMS_STATUS)
    await stores.office.queue([type(message)(message.topic, message.key, message.event_id, b'{"other":1}')])
    assert await stores.broken() == ["an event id always has the same bytes"]


async def test_a_determination_sent_twice_is_named(stores: Stores) -> None:
    await _a_sound_ledger(stores)
    await stores.execute("INSERT INTO outbox (messages, size, shard) SELECT messages, size, shard FROM outbox")
    assert await stores.broken() == ["a determination is in the outbox once, byte for byte"]


async def test_a_foreign_event_id_is_named(stores: Stores) -> None:
    await _a_sound_ledger(stores)
    await stores.execute("UPDATE determinations SET event_id = 'other'")
    assert set(await stores.broken()) == {
        "a determination's event id follows from its claim and version",
        "a determination is in the outbox once, byte for byte",
    }


async def test_a_published_line_that_does_not_balance_is_named(stores: Stores) -> None:
    await _a_sound_ledger(stores)
    await stores.execute(
        """UPDATE determinations SET event = replace(event::text, '"amount":"500.00"', '"amount":"400.00"')::json"""
    )
    assert set(await stores.broken()) == {
        "the charges of a published line balance",
        "a determination is in the outbox once, byte for byte",
    }


async def test_a_signature_of_another_claim_signs_nothing(unguarded: Stores) -> None:
    batch, [one] = await unguarded.accept(a_submission("C1"))
    line = denied(one.claim.lines[0], carc="55", clinical=True, signature=SIGNATURE)
    await unguarded.signed(one.claim.claim_id, SIGNATURE)
    await unguarded.decisions.commit(batch.batch_id, [unguarded.determined(one, line)])
    assert await unguarded.broken() == []
    await unguarded.accept(a_submission("C2"))
    await unguarded.execute(
        "ALTER TABLE determination_lines DROP CONSTRAINT signature_is_of_the_claim",
        f"UPDATE reviewer_signatures SET claim_id = {PENDED}",
    )
    assert await unguarded.broken() == ["a clinical denial is signed for its claim by someone who may"]


async def test_claims_in_flight_are_no_violation(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    assert await stores.broken() == []


async def test_an_empty_ledger_is_sound(stores: Stores) -> None:
    assert await violations(stores.engine) == []
