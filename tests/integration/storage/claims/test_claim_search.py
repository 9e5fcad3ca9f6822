"""Claims found by any of their ids, and by an index each: a scan of the ledger would be shown by the plan."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from contracts.ids import adjudication_workflow_id, payer_claim_number, review_workflow_id
from storage.claims import search
from storage.claims.search import find_claims
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

CLAIM = a_submission("C1").claim_id
OTHER = a_submission("A/B/7").claim_id
KEYS = (CLAIM, f" {CLAIM.upper()} ", payer_claim_number(CLAIM), "C1", "SYNTHETIC/C1", "SYNTHETIC/C1/1", "event-C1")


async def found(stores: Stores, key: str) -> list[str]:
    return [row["claim_id"] for row in await find_claims(stores.engine, key)]


@pytest.mark.parametrize("key", [*KEYS, review_workflow_id(CLAIM)])
async def test_a_claim_is_found_by_each_of_its_names(stores: Stores, key: str) -> None:
    await stores.accept(a_submission("C1"), a_submission("C2"))
    assert await found(stores, key) == [CLAIM]


@pytest.mark.parametrize("key", ["C9", "SYNTHETIC", "SYNTHETIC/C1/2", "SYN-000001", "", "/", "C1\x00x", "%", "C" * 500])
async def test_nothing_else_finds_it(stores: Stores, key: str) -> None:
    await stores.accept(a_submission("C1"))
    assert await found(stores, key) == []


@pytest.mark.parametrize(
    "key",
    [
        "c1",
        "synthetic/c1",
        payer_claim_number(CLAIM).lower(),
        f"{payer_claim_number(CLAIM)[:2]}-{payer_claim_number(CLAIM)[2:10]}-{payer_claim_number(CLAIM)[10:]}",
        f" {payer_claim_number(CLAIM)[:6]} {payer_claim_number(CLAIM)[6:].lower()}",
        CLAIM.replace("-", ""),
    ],
)
async def test_a_name_is_known_in_small_letters_and_with_or_without_its_dashes(stores: Stores, key: str) -> None:
    await stores.accept(a_submission("C1"), a_submission("C2"))
    assert await found(stores, key) == [CLAIM]


@pytest.mark.parametrize("key", ["A/B/7", "SYNTHETIC/A/B/7", "SYNTHETIC/A/B/7/1"])
async def test_a_number_with_strokes_is_still_a_number(stores: Stores, key: str) -> None:
    await stores.accept(a_submission("A/B/7"))
    assert await found(stores, key) == [OTHER]


async def test_claims_are_found_by_what_belongs_to_them(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    await stores.decisions.commit(batch.batch_id, [stores.determined(one)])
    await stores.execute(
        "INSERT INTO authorizations VALUES ('AUTH-9', 'SYN-000001', 'HUDSON-COMM', 'approved', '[]', 1)",
        f"INSERT INTO authorization_uses VALUES ('AUTH-9', '72148', '{CLAIM}', 1, 1)",
        "INSERT INTO documents VALUES ('DOC-9', 1, 'SYNTHETIC', 'C1', NULL, 'clinical-note', now(), '[]')",
        f"""INSERT INTO appeals VALUES ('11111111-2222-5333-8444-555555555555', '{CLAIM}', 'SYNTHETIC', 'APP-9', 1, NULL,
            '{{1}}', false, '{{}}', now())""",
    )
    [(event,)] = await stores.rows("SELECT event_id FROM determinations")
    for key in (
        batch.batch_id,
        adjudication_workflow_id(batch.batch_id),
        str(event),
        "AUTH-9",
        "DOC-9",
        "APP-9",
        "appeal/11111111-2222-5333-8444-555555555555",
    ):
        assert await found(stores, key) == [CLAIM], key


async def test_one_name_may_be_that_of_several_claims(stores: Stores) -> None:
    batch, _ = await stores.accept(a_submission("C1"), a_submission("C2"))
    rows = await find_claims(stores.engine, batch.batch_id)
    assert [(row["control_number"], row["matched"]) for row in rows] == [("C2", "batch"), ("C1", "batch")]


async def test_no_way_in_reads_the_whole_ledger(stores: Stores) -> None:
    """With sequential scans made dear, one that is left has no index to use."""
    async with stores.engine.begin() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        values = {"keys": ["x"], "attachment": '[{"control_number":"x"}]', "numbers": "[]", "most": 50, "uuid": CLAIM}
        plan = (await connection.execute(text(f"EXPLAIN {search._TEXT_OR_UUID.text}"), values)).scalars().all()
    assert plan
    assert [line for line in plan if "Seq Scan" in line] == []
