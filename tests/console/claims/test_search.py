"""Finding a claim by any of its ids, on a screen: only what a person may see is listed."""

from __future__ import annotations

import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.ids import payer_claim_number, review_workflow_id
from tests.builders.console.office import Office, person
from tests.builders.ledger.submissions import MEMBER, a_submission

pytestmark = pytest.mark.servers


@pytest.fixture
async def ops(office: Office) -> Office:
    await office.hire(person("OPS", "ops"))
    return office


async def test_one_hit_leads_straight_to_the_claim(ops: Office, study: ClaimId) -> None:
    for key in (
        study,
        payer_claim_number(study),
        "STUDY-1",
        "SYNTHETIC/STUDY-1",
        review_workflow_id(study),
        " STUDY-1 ",
    ):
        answer = await ops.get("/claims", "OPS", params={"q": key})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/claims/{study}")


async def test_several_are_listed_without_their_members(ops: Office) -> None:
    first, second = await ops.waiting(a_submission("A", "0609T"), a_submission("B", "0610T"))
    [batch] = await ops.rows("SELECT DISTINCT batch_id FROM claims")
    text = (await ops.get("/claims", "OPS", params={"q": batch.batch_id})).text
    assert f"/claims/{first}" in text
    assert f"/claims/{second}" in text
    assert MEMBER not in text


async def test_claims_of_other_queues_are_counted_and_not_listed(ops: Office) -> None:
    family = ("0609T", "0610T", "0611T", "0612T")
    await ops.waiting(a_submission("A", *family), a_submission("B", *family))
    [batch] = await ops.rows("SELECT DISTINCT batch_id FROM claims")
    text = (await ops.get("/claims", "CODER", params={"q": batch.batch_id})).text
    assert "2 more claims answer" in text
    assert 'href="/claims/' not in text


@pytest.mark.parametrize("key", ["no-such-claim", MEMBER])
async def test_no_hit_says_what_can_be_searched(ops: Office, study: ClaimId, key: str) -> None:
    text = (await ops.get("/claims", "OPS", params={"q": key})).text
    assert "No claim answers to this" in text
    assert "claim control number" in text
    assert study not in text


async def test_without_a_key_one_learns_what_there_is_to_search(ops: Office) -> None:
    assert "What can be searched" in (await ops.get("/claims", "OPS")).text


async def test_a_key_longer_than_any_id_is_refused(ops: Office) -> None:
    assert (await ops.get("/claims", "OPS", params={"q": "x" * 201})).status_code == 422
