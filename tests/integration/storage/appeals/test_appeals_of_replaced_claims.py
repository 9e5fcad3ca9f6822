"""Appeals of claims that were replaced or voided, and what keeps an overturned line from being determined."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adjudication.appeals.filing import FilingOutcome
from adjudication.corrections.judge import ChainClaim, CurrentLine
from adjudication.corrections.supersession import taken_back
from adjudication.model.claim import Claim
from adjudication.model.vocabulary import Frequency
from contracts.event_builders.decisions import determination_messages
from contracts.events.appeal_changes import AppealTaskChanged
from contracts.events.appeals import AppealTaskOpened
from contracts.events.topics import APPEAL_TASKS
from contracts.records.appeals import AppealJudged
from storage.appeals.appealed_claim import read_before
from storage.appeals.effects import write_determination
from tests.builders.ledger.appeal_cases import FILED, Office, a_denied_claim, a_filing, decides
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers
LATER = FILED + timedelta(days=5)
MEDICARE = "CASCADE-MA"


@pytest.fixture
def office(stores: Stores) -> Office:
    return Office(stores.engine, stores.reference)


async def replaced(stores: Stores, claim: Claim) -> str:
    """Take a claim's decision back, as the claim that replaces it does; return that claim's id."""
    _, [by] = await stores.accept(a_submission("BY-1", "72148"))
    async with stores.engine.begin() as connection:
        before = await read_before(connection, claim.claim_id, stores.reference)
        assert before is not None
        shown = tuple(CurrentLine(x.line, x.code, x.disposition, x.charge, x.paid, x.adjustments) for x in before.lines)
        chain = ChainClaim(claim, before.version, lines=shown)
        taken = taken_back(chain, replace(by.claim, frequency=Frequency.REPLACEMENT), FILED, stores.reference)
        messages = determination_messages(claim, taken, stores.reference)
        judged = AppealJudged(determination=taken, version=taken.version, messages=messages)
        await write_determination(connection, "00000000-0000-0000-0000-000000000000", claim, judged)
    return str(by.claim.claim_id)


async def test_an_appeal_of_a_claim_that_was_replaced_waits_for_a_person_to_dismiss_it(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await replaced(stores, claim)
    await office.file(a_filing(claim))
    [task] = [AppealTaskOpened.model_validate_json(m.value) for m in await stores.sent() if m.topic == APPEAL_TASKS]
    assert (task.data.disposal, task.data.path) == (FilingOutcome.DISMISSIBLE, "medicare-advantage-enrollee")
    assert "replaced or voided by claim" in task.data.explanation
    assert (await office.does("appeals-md", LATER, **decides("upheld"))).code == "claim-replaced"
    dismissal = {"action": "dismiss", "ground": "claim-taken-back"}
    assert (await office.does("denier", LATER, **dismissal)).code == "involved"
    assert (await office.does("specialist", LATER, **dismissal)).accepted
    assert (await office.looks(LATER)).over


async def test_an_open_appeal_of_a_claim_that_is_then_replaced_is_marked_and_dismissed(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    await office.file(a_filing(claim))
    await replaced(stores, claim)
    assert (await office.does("appeals-md", LATER, **decides("overturned"))).code == "claim-replaced"
    await office.looks(LATER)
    last = [m for m in await stores.sent() if m.topic == APPEAL_TASKS][-1]
    assert AppealTaskChanged.model_validate_json(last.value).data.changes == ("claim-taken-back",)
    assert (await office.does("specialist", LATER, action="hear-anyway", reference="R-1")).code == "claim-replaced"
    assert (await office.does("specialist", LATER, action="dismiss", ground="claim-taken-back")).accepted


async def test_only_who_may_has_a_ruling_determined_again_and_only_while_something_waits(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, "HUDSON-EP", codes=("0609T", "72141"))
    await office.file(a_filing(claim))
    assert (await office.does("specialist", LATER, action="try-again")).code == "nothing-waits"
    assert (await office.does("peer", LATER, **decides("overturned"))).accepted
    assert (await office.does("pricer", LATER, action="try-again")).code == "role-may-not"
    assert (await office.does("specialist", LATER, action="try-again")).accepted
    paid = {"action": "record-effectuation", "reference": "R-1"}
    assert (await office.does("specialist", LATER, **paid)).code == "still-waits"
    waits = await stores.rows(
        "SELECT line, code, owner, due_at <= :due FROM appeal_pends WHERE closed_at IS NULL",
        due=LATER + timedelta(days=31),
    )
    assert waits == [(1, "P-PRICE", "pricing", True)]
    denial = {"action": "settle", "line": 1, "outcome": "pricing.manual", "denies_as": "edits.ncci_pair"}
    assert (
        await office.does("pricer", LATER, **denial, rationale="It has no price, and that is not a reason to deny.")
    ).code == "role-may-not"
