"""A further level asked for under a separate reference: an external reviewer seldom knows ours. A level is decided once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from adjudication.appeals.rules import Appellant
from adjudication.model.claim import Claim
from contracts.events.topics import APPEAL_TASKS
from storage.appeals.queries import AppealQueries
from tests.builders.ledger.appeal_cases import FILED, Office, a_denied_claim, a_filing, decides
from tests.builders.ledger.ledgers import Stores

pytestmark = pytest.mark.servers
MEDICARE, NEW_YORK = "CASCADE-MA", "HUDSON-EP"
DECIDED, ASKED = FILED + timedelta(days=5), FILED + timedelta(days=20)


@pytest.fixture
def office(stores: Stores) -> Office:
    return Office(stores.engine, stores.reference)


async def upheld(stores: Stores, office: Office, plan: str = NEW_YORK, **changes: Any) -> Claim:
    """A denial appealed as A-1 and upheld at the first level."""
    claim = await a_denied_claim(stores, plan, **changes)
    await office.file(a_filing(claim, lines=(1,)))
    assert (await office.does("peer" if plan == NEW_YORK else "appeals-md", DECIDED, **decides("upheld"))).accepted
    return claim


def elsewhere(claim: Claim, **changes: Any) -> Any:
    """A filing of a person who knows the claim, and not our appeal."""
    return a_filing(claim, ASKED, submitter="SYN-REVIEWER", appeal_reference="EXT-9", **changes)


async def appeals(stores: Stores) -> list[Any]:
    return await stores.rows("SELECT appeal_reference FROM appeals ORDER BY filed_at")


async def last_task(stores: Stores) -> Any:
    return [orjson.loads(m.value)["data"] for m in await stores.sent() if m.topic == APPEAL_TASKS][-1]


@pytest.mark.parametrize("level", ["external-appeal", None], ids=["by name", "without a level"])
async def test_an_external_appeal_under_another_reference_goes_on_with_the_appeal_that_was_upheld(
    stores: Stores, office: Office, level: str | None
) -> None:
    claim = await upheld(stores, office)
    first = office.appeal
    await office.file(elsewhere(claim, level=level))
    assert office.appeal == first
    await office.looks(ASKED)
    task = await last_task(stores)
    assert (task["appeal_id"], task["changes"]) == (first, ["documents-added", "level-opened"])
    assert (task["level"], task["forum"]) == ("external-appeal", "external-reviewer")
    assert await appeals(stores) == [("A-1",)]


async def test_later_messages_under_the_new_reference_find_the_appeal_and_each_counts_once(
    stores: Stores, office: Office
) -> None:
    claim = await upheld(stores, office)
    first, asked = office.appeal, elsewhere(claim, level="external-appeal")
    for version, documents in ((1, ()), (1, ()), (3, ("SYN-DOC-3",)), (2, ("SYN-DOC-2",))):
        await office.file(asked.model_copy(update={"version": version, "documents": documents}))
        assert office.appeal == first
        await office.looks(ASKED)
    await office.file(a_filing(claim, ASKED, version=2, documents=("SYN-DOC-OURS",)))
    await office.looks(ASKED)
    opened = await AppealQueries(stores.engine, stores.reference).held(first)
    assert opened is not None
    assert opened.state is not None
    kept = ("SYN-REVIEWER/EXT-9/1", "SYN-REVIEWER/EXT-9/3", "SYN-DOC-3", "SYN-DOC-OURS")
    assert opened.state.documents == kept
    assert await stores.rows("SELECT count(*) FROM appeal_continuations") == [(3,)]


async def test_the_independent_reviewer_who_has_the_file_already_is_shown_with_the_appeal_at_its_level(
    stores: Stores, office: Office
) -> None:
    claim = await upheld(stores, office, MEDICARE)
    first = office.appeal
    for asked in (elsewhere(claim, level="independent-review"), a_filing(claim, ASKED, appeal_reference="A-2")):
        await office.file(asked)
        assert office.appeal == first
        await office.looks(ASKED)
        task = await last_task(stores)
        assert (task["changes"], task["level"]) == (["documents-added"], "independent-review")
    assert await appeals(stores) == [("A-1",)]


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("external-appeal", "there is no appeal of these lines to continue"),
        ("law-judge", "It requests law-judge"),
    ],
)
async def test_a_further_level_of_what_no_person_appealed_is_shown_to_a_person_and_heard_by_no_person(
    stores: Stores, office: Office, level: str, words: str
) -> None:
    claim = await a_denied_claim(stores, NEW_YORK)
    await office.file(elsewhere(claim, level=level))
    task = await last_task(stores)
    assert (task["disposal"], task["waits_for"] != []) == ("dismissible", True)
    assert words in task["explanation"]
    assert (await office.does("peer", ASKED, **decides("upheld"))).code == "dismissible"


async def test_a_level_that_is_not_open_yet_or_was_asked_for_before_is_shown_in_words(
    stores: Stores, office: Office
) -> None:
    claim = await a_denied_claim(stores, NEW_YORK)
    await office.file(a_filing(claim))
    first = office.appeal
    await office.file(elsewhere(claim, level="external-appeal"))
    assert "external-appeal is not open. Levels open now: nothing." in (await last_task(stores))["explanation"]
    office.appeal = first
    assert (await office.does("peer", DECIDED, **decides("upheld"))).accepted
    asked = (DECIDED + timedelta(days=1)).isoformat()
    opened = {"action": "open-level", "level": "external-appeal", "received_at": asked}
    assert (await office.does("specialist", ASKED, **opened)).accepted
    ruling = {"rulings": [{"line": 1, "ruling": "upheld"}], "reference": "SYN-R"}
    assert (await office.does("specialist", ASKED, action="record-outside-ruling", **ruling)).accepted
    await office.file(a_filing(claim, ASKED, appeal_reference="A-3", level="external-appeal"))
    last = await last_task(stores)
    assert (last["disposal"], last["appeal_reference"]) == ("dismissible", "A-3")
    assert "external-appeal is not open" in last["explanation"]


async def test_the_first_level_asked_for_by_name_a_second_time_is_no_further_level(
    stores: Stores, office: Office
) -> None:
    claim = await upheld(stores, office)
    await office.file(elsewhere(claim, level="utilization-review-appeal"))
    task = await last_task(stores)
    assert (task["disposal"], task["ground"]) == ("dismissible", "level-not-open")
    assert "a level is decided once" in task["explanation"]


async def test_a_line_that_was_never_appealed_has_its_first_level_and_the_line_ruled_on_is_left_out_in_words(
    stores: Stores, office: Office
) -> None:
    claim = await upheld(stores, office, denied_lines=2)
    await office.file(elsewhere(claim))
    task = await last_task(stores)
    assert (task["disposal"], task["lines"], task["level"]) == ("accepted", [2], "utilization-review-appeal")
    assert "Line 1 is left out" in task["explanation"]


async def test_a_representative_without_proof_does_not_carry_on_the_members_appeal(
    stores: Stores, office: Office
) -> None:
    claim = await upheld(stores, office)
    await office.file(elsewhere(claim, level="external-appeal", appellant=Appellant.REPRESENTATIVE))
    task = await last_task(stores)
    assert (task["appeal_reference"], task["disposal"]) == ("EXT-9", "dismissible")
    assert "proof that the representative may appeal is missing" in task["explanation"]


async def test_what_was_withdrawn_undecided_may_be_appealed_again(stores: Stores, office: Office) -> None:
    claim = await a_denied_claim(stores, NEW_YORK)
    await office.file(a_filing(claim))
    assert (await office.does("specialist", DECIDED, action="withdraw", reference="SYN-R")).accepted
    await office.file(elsewhere(claim))
    task = await last_task(stores)
    assert (task["appeal_reference"], task["disposal"]) == ("EXT-9", "accepted")
