from __future__ import annotations

import pytest

from cli.explain import explain
from storage.claims.overview import claim_record, counts
from storage.claims.search import find_claims
from tests.builders.ledger.ledgers import Stores, approved, denied
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

CLAIM = a_submission("C1").claim_id


async def test_the_record_of_a_waiting_claim_tells_its_pends_and_findings(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    await stores.decisions.commit(batch.batch_id, [stores.pended(one)])
    record = await claim_record(stores.engine, CLAIM)
    assert [pend["code"] for pend in record["pends"]] == ["P-FAM"]
    assert record["traces"][0]["findings"][0]["outcome"] == "edits.family_waiting"
    assert record["determinations"] == []


async def test_a_stored_record_explains_itself(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1", "72148", "72141"))
    lines = one.claim.lines
    await stores.decisions.commit(batch.batch_id, [stores.determined(one, approved(lines[0]), denied(lines[1]))])
    [found] = await find_claims(stores.engine, "C1")
    told = "\n".join(explain(found, await claim_record(stores.engine, CLAIM)))
    assert "OA-18 500.00, remarks N522" in told
    assert "Synthberg" not in told


async def test_the_counts_tell_what_is_where(stores: Stores) -> None:
    batch, [one, two, three] = await stores.accept(*(a_submission(f"C{n}") for n in range(3)))
    publications = [stores.determined(one), stores.pended(two, "P-DOC"), stores.pended(three, "P-FAM")]
    await stores.decisions.commit(batch.batch_id, publications)
    await stores.accept(a_submission("C9"))
    told = await counts(stores.engine)
    assert told == {
        "claims accepted": 4,
        "claims determined": 1,
        "claims waiting": 2,
        "conflicts": 0,
        "batches in flight": 1,
        "outbox backlog (entries)": 3,
        "waiting for P-DOC": 1,
        "waiting for P-FAM": 1,
    }
