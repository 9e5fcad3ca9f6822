from __future__ import annotations

import pytest

from cli.claims.explain import explain
from storage.claims.claim_file import read_claim_file
from storage.claims.counts import counts
from tests.builders.ledger.ledgers import Stores, approved, denied
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

CLAIM = a_submission("C1").claim_id


async def test_the_file_of_a_pended_claim_shows_its_pends_and_findings(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    await stores.decisions.commit(batch.batch_id, [stores.pended(one)])
    file = await read_claim_file(stores.engine, CLAIM)
    assert [pend.code for pend in file.open_pends] == ["P-FAM"]
    assert file.rounds[0].findings[0].outcome == "edits.family_waiting"
    assert file.determinations == ()


async def test_a_stored_record_explains_itself(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1", "72148", "72141"))
    lines = one.claim.lines
    await stores.decisions.commit(batch.batch_id, [stores.determined(one, approved(lines[0]), denied(lines[1]))])
    words = "\n".join(explain(await read_claim_file(stores.engine, CLAIM)))
    assert "OA-18 500.00, remarks N522" in words
    for sentence in ("is payable.", "Line 1 (72148) is approved:", "Line 2 (72141) is denied:", "are not mailed yet"):
        assert sentence in words
    assert "Synthberg" not in words


async def test_the_counts_state_what_is_where(stores: Stores) -> None:
    batch, [one, two, three] = await stores.accept(*(a_submission(f"C{n}") for n in range(3)))
    publications = [stores.determined(one), stores.pended(two, "P-DOC"), stores.pended(three, "P-FAM")]
    await stores.decisions.commit(batch.batch_id, publications)
    await stores.accept(a_submission("C9"))
    shown = await counts(stores.engine)
    assert shown == {
        "claims accepted": 4,
        "claims determined": 1,
        "claims waiting": 2,
        "conflicts": 0,
        "batches in flight": 1,
        "outbox backlog (entries)": 5,  # one for each shard that a commit has claims of
        "waiting for P-DOC": 1,
        "waiting for P-FAM": 1,
    }
