"""Each invariant of replacements and voids is broken once; constraints that would refuse it are dropped first."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.exc import IntegrityError

from adjudication.model.reference import ReferenceData
from storage.engine import create_engine
from tests.builders.activities.claims import ACQUISITION, IMAGING, a_claim
from tests.builders.chains import a_correction, a_void
from tests.builders.ledger.chain_lives import PostgresLife
from tests.builders.ledger.ledgers import Stores
from tests.builders.plans import reference_requiring_authorization
from tests.builders.servers.postgres import PostgresServer

pytestmark = pytest.mark.servers


def the(control: str) -> str:
    return f"(SELECT claim_id FROM claims WHERE control_number = '{control}')"


BREAKS: dict[str, tuple[str, ...]] = {
    "a superseded claim's last determination takes it back": (
        "ALTER TABLE determination_lines DROP CONSTRAINT amounts_fit_disposition",
        f"UPDATE determination_lines SET disposition = 'denied' WHERE claim_id = {the('O')} AND version = 2",
    ),
    "only a superseded claim or a void is taken back": (f"DELETE FROM supersessions WHERE claim_id = {the('O')}",),
    "a reversal negates the version before it": (
        f"UPDATE determination_lines SET paid = paid - 1 WHERE claim_id = {the('O')} AND version = 1",
        f"UPDATE determinations SET paid = paid - 1 WHERE claim_id = {the('O')} AND version = 1",
    ),
    "a replacement is paid only when it took its original back": (
        f"UPDATE supersessions SET by_claim = {the('V')} WHERE by_claim = {the('R')}",
    ),
    "the lines of an earlier version are superseded": (
        f"UPDATE determination_lines SET superseded = false WHERE claim_id = {the('O')}",
    ),
    "a superseded claim holds no units": (
        f"UPDATE authorization_uses SET released_at = NULL WHERE claim_id = {the('O')}",
    ),
    "nothing is reserved by a claim that is decided": (
        f"INSERT INTO supersessions (claim_id, by_claim) VALUES ({the('R')}, {the('V')})",
    ),
}
ALSO_BROKEN: dict[str, set[str]] = {
    "a superseded claim's last determination takes it back": {
        "a determination decides every line once, at its charge",
        "a reversal negates the version before it",
    },
    "a superseded claim holds no units": {"only approved lines of decided claims hold units"},
    "only a superseded claim or a void is taken back": {"a replacement is paid only when it took its original back"},
}


@pytest.fixture
async def unguarded(postgres: PostgresServer, reference: ReferenceData) -> AsyncIterator[Stores]:
    """A ledger whose constraints a test may drop, and whose lines it may rewrite."""
    dsn = postgres.migrated_database()
    engine = create_engine(dsn, pool_size=3)
    stores = Stores.over(engine, dsn, reference)
    await stores.execute("ALTER TABLE determination_lines DISABLE TRIGGER determination_lines_stand")
    yield stores
    await engine.dispose()


async def a_sound_ledger(stores: Stores) -> None:
    """One claim replaced with its unit, one voided."""
    life = PostgresLife(stores, reference_requiring_authorization())
    original, voided = a_claim("O", "72158"), a_claim("X", IMAGING)
    replacement, void = a_correction(original, "72158", control="R"), a_void(voided, IMAGING, control="V")
    await life.know(original, "72158", "HUDSON-MA")
    await life.accept(original, voided)
    await life.run(original, voided)
    await life.accept(replacement, void)
    await life.run(replacement, void)
    assert await stores.broken() == []


@pytest.mark.parametrize("invariant", BREAKS)
async def test_a_broken_invariant_of_a_chain_is_named(unguarded: Stores, invariant: str) -> None:
    await a_sound_ledger(unguarded)
    await unguarded.execute(*BREAKS[invariant])
    broken = set(await unguarded.broken())
    assert invariant in broken
    assert broken - {invariant} <= ALSO_BROKEN.get(invariant, set())


async def test_whatever_supersedes_a_version_its_lines_stop_counting_as_approved(stores: Stores) -> None:
    """An appeal's second version approves the component again without meeting the first."""
    life = PostgresLife(stores, reference_requiring_authorization())
    claim = a_claim("O", ACQUISITION)
    await life.accept(claim)
    loaded = (await stores.claims.load([claim.claim_id]))[claim.claim_id]
    await stores.decisions.commit("batch", [stores.determined(loaded)])
    again = """
        INSERT INTO determinations SELECT claim_id, 2, decided_at, policy_bundle, charge, paid, 'e2', event
        FROM determinations"""
    lines = """
        INSERT INTO determination_lines (claim_id, version, line, member_id, code, service_date, disposition, reason,
                                         rarcs, charge, paid, clinical)
        SELECT claim_id, 2, line, member_id, code, service_date, disposition, reason, rarcs, charge, paid, clinical
        FROM determination_lines"""
    await stores.execute(again, lines)
    assert await stores.rows("SELECT version, superseded FROM determination_lines ORDER BY 1") == [
        (1, True),
        (2, False),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE determination_lines SET paid = -1, charge = -1 WHERE disposition = 'approved'",
        "UPDATE determination_lines SET disposition = 'reversed' WHERE version = 1",
        "UPDATE determination_lines SET charge = 1 WHERE disposition = 'withdrawn'",
        "UPDATE determinations SET paid = -1 WHERE version = 1",
        f"INSERT INTO supersessions (claim_id, by_claim) VALUES ({the('O')}, {the('V')})",
        f"INSERT INTO supersessions (claim_id, by_claim) VALUES ({the('R')}, {the('O')})",
        f"INSERT INTO supersessions (claim_id, by_claim) VALUES ({the('V')}, {the('V')})",
        f"UPDATE supersessions SET version = 7 WHERE claim_id = {the('O')}",
    ],
)
async def test_the_database_refuses_what_no_chain_may_hold(stores: Stores, statement: str) -> None:
    await a_sound_ledger(stores)
    with pytest.raises(IntegrityError):
        await stores.execute(statement)
