"""The coordination unit at work on the page: who pays first is shown, what the other payer did is recorded as it says it."""

from __future__ import annotations

from typing import Any

import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.events.other_payers import OtherCoverageV1
from tests.builders.console.html_forms import has_form
from tests.builders.console.office import Office, person
from tests.builders.console.review_screens import screen, send, sending, take
from tests.builders.coverage import YEAR
from tests.builders.ledger.desks import Desk, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_coverage_change, a_submission

pytestmark = pytest.mark.servers

SAID = {
    "payer_id": "SYN-OTHER-PAYER",
    "adjudicated_on": "2025-08-28",
    "paid:1": "300.00",
    "why:1": "CO-45 150.00, PR-2 50.00",
    "source": "SYN-DOC-7",
}


@pytest.fixture
async def held(office: Office, stores: Stores) -> ClaimId:
    """An MRI of 500.00 that another payer decides first."""
    await office.hire(person("COB", "cob-unit"))
    first = OtherCoverageV1.model_validate_json(
        f'{{"payer_id": "SYN-OTHER-PAYER", "order": "primary", "starts": "{YEAR.starts}"}}'
    )
    await stores.feeds.apply_coverage([a_coverage_change().model_copy(update={"other_coverage": (first,)})])
    _, [stored] = await stores.accept(documented(a_submission("HELD-1", "72148")))
    desk = Desk(stores, stored, rounds=-1)
    await desk.try_again()
    claim_id: ClaimId = desk.claim_id
    return claim_id


async def test_the_page_says_who_pays_first_and_what_it_waits_for(office: Office, held: ClaimId) -> None:
    shown = await screen(office, held, "COB")
    assert "SYN-OTHER-PAYER" in shown
    assert "pays before us" in shown
    assert "Another payer pays first; its explanation of benefits is missing" in shown


async def test_the_unit_records_what_it_read_and_the_history_and_the_page_say_so(office: Office, held: ClaimId) -> None:
    await take(office, held, "COB")
    filled = await sending(office, held, "COB", "/actions/record-adjudication")
    answer = await send(office, filled, "COB", **SAID)
    assert answer.status_code == 303, answer.text
    shown = await screen(office, held, "COB")
    assert "record adjudication" in shown
    assert "PR-2" in shown
    [(content,)] = await office.rows(
        "SELECT content FROM review_actions WHERE content->>'action' = 'record-adjudication'"
    )
    assert content["adjudication"]["paid"] == "300.00"


async def test_the_explanation_of_benefits_is_the_document_the_unit_is_offered_to_ask_for(
    office: Office, held: ClaimId
) -> None:
    await take(office, held, "COB")
    filled = await sending(office, held, "COB", "/actions/request-documents")
    assert filled.values["kinds"] == ["explanation-of-benefits"]
    assert "to approve says that we pay first" in await screen(office, held, "COB")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"payer_id": " "}, "say which payer"),
        ({"paid:1": "three hundred"}, "what it paid, in dollars and cents"),
        ({"why:1": "150.00 contract"}, "group, code and amount of each"),
        ({"why:1": "CO-45 150.00"}, "charge less adjustments is not what was paid"),
        ({"adjudicated_on": "2025-01-01"}, "decides after the service"),
    ],
)
async def test_what_is_wrong_with_it_is_said_and_what_was_typed_is_kept(
    office: Office, held: ClaimId, typed: dict[str, Any], expected: str
) -> None:
    await take(office, held, "COB")
    filled = await sending(office, held, "COB", "/actions/record-adjudication")
    answer = await send(office, filled, "COB", **{**SAID, **typed})
    assert answer.status_code in (409, 422)
    assert expected in answer.text
    assert "SYN-DOC-7" in answer.text


async def test_no_other_person_is_offered_the_form(office: Office, held: ClaimId, study: ClaimId) -> None:
    await take(office, study, "MD-NY")
    assert not has_form(await screen(office, study, "MD-NY"), "/record-adjudication")
    assert not has_form(await screen(office, held, "BOSS"), "/record-adjudication")


async def test_the_page_of_a_member_without_another_payer_states_it(office: Office, study: ClaimId) -> None:
    assert "The coverage feed does not say whether there are any." in await screen(office, study, "MD-NY")
