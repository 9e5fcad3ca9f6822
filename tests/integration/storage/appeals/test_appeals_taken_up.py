"""An appeal that no rule opened, or whose days no person could count, is taken up by itself once the data are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from adjudication.appeals.rules import Subject
from adjudication.deadlines.calendar import Holidays
from adjudication.model.reference import ReferenceData
from contracts.events.topics import APPEAL_TASKS
from contracts.records.appeal_queries import AppealQuery
from runtime.processes.reopen_held_appeals import take_up_appeals
from storage.appeals.queries import AppealQueries
from storage.appeals.resumption import PostgresAppealResumption
from storage.audit.trail import broken
from storage.engine import create_engine
from storage.migrate import migrate
from storage.privileges.roles import OWNER
from tests.builders.ledger.appeal_cases import (
    FILED,
    Office,
    a_denied_claim,
    a_filing,
    decides,
    end_of_day,
    is_denied,
    staff,
)
from tests.builders.ledger.appeals_taken_up import Workflows, without_rules
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_submission
from tests.builders.servers.postgres import PostgresServer

pytestmark = pytest.mark.servers
MEDICARE, NEW_YORK = "CASCADE-MA", "HUDSON-EP"
LATER = FILED + timedelta(days=30)
DUE = end_of_day(FILED, days=60)
URGENT: dict[str, Any] = {"subject": Subject.SERVICE, "expedited": True, "physician_asked": True}


@pytest.fixture
def workflows() -> Workflows:
    return Workflows()


def without_years(reference: ReferenceData) -> ReferenceData:
    """The shipped data with calendars that hold no year yet."""
    calendars: Mapping[str, Holidays] = {name: Holidays(name) for name in reference.deadlines.holidays}
    clocks = replace(reference.deadlines, holidays=calendars)
    return replace(reference, content_hash="bundle-without-years", deadlines=clocks)


async def taken_up(stores: Stores, workflows: Workflows, reference: ReferenceData | None = None) -> int:
    appeals = PostgresAppealResumption(stores.engine, reference or stores.reference)
    return await take_up_appeals(appeals, workflows, lambda: LATER)


async def tasks(stores: Stores) -> list[Any]:
    return [orjson.loads(message.value) for message in await stores.sent() if message.topic == APPEAL_TASKS]


async def filed_without_rules(stores: Stores, plan: str = MEDICARE, **changes: Any) -> Office:
    """An appeal that came before its rule was loaded."""
    claim = await a_denied_claim(stores, plan)
    early = Office(stores.engine, without_rules(stores.reference))
    await early.file(a_filing(claim, **changes))
    office = Office(stores.engine, stores.reference)
    office.appeal = early.appeal
    return office


async def test_until_its_rule_is_loaded_the_policy_owner_has_it_and_it_is_due_at_once(stores: Stores) -> None:
    await filed_without_rules(stores)
    [task] = await tasks(stores)
    [gap] = task["data"]["gaps"]
    assert (gap["deadline"], gap["pend"], gap["owner"]) == ("path", "P-POLICY", "policy-owner")
    assert datetime.fromisoformat(gap["due_at"]) == FILED
    assert await stores.rows("SELECT path, due_at FROM appeals") == [(None, FILED)]


async def test_once_its_rule_is_loaded_it_opens_by_itself_with_the_clock_of_the_day_it_came(
    stores: Stores, workflows: Workflows
) -> None:
    office = await filed_without_rules(stores)
    assert await taken_up(stores, workflows) == 1
    assert workflows.notified == [office.appeal]
    opened = (await tasks(stores))[-1]
    assert opened["type"] == "com.claimwright.appeal-task.opened.v1"
    shown = opened["data"]
    assert (shown["path"], shown["level"]) == ("medicare-advantage-enrollee", "reconsideration")
    assert (shown["lines"], shown["clinical"], shown["barred_deciders"]) == ([1], True, ["denier"])
    assert datetime.fromisoformat(shown["due_at"]) == DUE
    assert await stores.rows("SELECT level, due_at, filed_at FROM appeals") == [("reconsideration", DUE, FILED)]
    assert datetime.fromisoformat((await office.looks(LATER)).next_at or "") == DUE + timedelta(seconds=1)
    assert (await office.does("denier", LATER, **decides("upheld"))).code == "involved"
    assert (await office.does("appeals-md", LATER, **decides("upheld"))).accepted
    assert [line async for line in broken(stores.engine)] == []


async def test_it_is_opened_once(stores: Stores, workflows: Workflows) -> None:
    await filed_without_rules(stores)
    assert await taken_up(stores, workflows) == 1
    sent, trail = await stores.sent(), await stores.rows("SELECT count(*) FROM audit_trail")
    assert await taken_up(stores, workflows) == 0
    assert await taken_up(stores, workflows, without_rules(stores.reference, "an-older-worker")) == 0
    assert (await stores.sent(), await stores.rows("SELECT count(*) FROM audit_trail")) == (sent, trail)
    assert len(workflows.notified) == 1


async def test_where_its_workflow_could_not_be_notified_the_next_round_notifies_it_and_opens_nothing_again(
    stores: Stores, workflows: Workflows
) -> None:
    office = await filed_without_rules(stores)
    workflows.failure = OSError("Temporal is away")
    assert await taken_up(stores, workflows) == 0
    sent = await stores.sent()
    workflows.failure = None
    assert await taken_up(stores, workflows) == 1
    assert workflows.notified == [office.appeal]
    assert await stores.sent() == sent


async def test_other_data_that_lack_the_rule_too_leave_it_with_its_owner(stores: Stores, workflows: Workflows) -> None:
    office = await filed_without_rules(stores)
    assert await taken_up(stores, workflows, without_rules(stores.reference, "still-without")) == 0
    assert await stores.rows("SELECT path, gap_under FROM appeals") == [(None, "still-without")]
    assert len(await tasks(stores)) == 1
    assert await taken_up(stores, workflows) == 1
    assert workflows.notified == [office.appeal]


async def test_an_appeal_read_before_its_denial_was_signed_again_opens_once_it_is(
    stores: Stores, workflows: Workflows
) -> None:
    """After a restore that lost the signature of a denial, its appeal is read again before a physician signs again."""
    await staff(stores.engine)
    batch, [stored] = await stores.accept(a_submission("C1", "72148", "72141"))
    office = Office(stores.engine, stores.reference)
    await office.file(a_filing(stored.claim))
    assert await taken_up(stores, workflows) == 0
    assert await stores.rows("SELECT path, gap_under FROM appeals") == [(None, "undecided")]
    assert len(await tasks(stores)) == 1, "one task for the owner, not one a round"
    await is_denied(stores, (batch.batch_id, stored), MEDICARE, at=FILED + timedelta(days=1))
    assert await taken_up(stores, workflows) == 1
    assert workflows.notified == [office.appeal]
    opened = (await tasks(stores))[-1]["data"]
    assert (opened["path"], opened["lines"], opened["clinical"]) == ("medicare-advantage-enrollee", [1], True)
    assert (opened["disposal"], opened["barred_deciders"]) == ("accepted", ["denier"])
    assert datetime.fromisoformat(opened["due_at"]) == DUE, "its time runs from the day it came"
    assert await taken_up(stores, workflows) == 0
    assert len(workflows.notified) == 1


async def test_what_came_since_the_first_filing_is_taken_in_after_it_opened(
    stores: Stores, workflows: Workflows
) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    early = Office(stores.engine, without_rules(stores.reference))
    await early.file(a_filing(claim))
    await early.file(a_filing(claim, version=2, documents=("SYN-DOC",)))
    await taken_up(stores, workflows)
    office = Office(stores.engine, stores.reference)
    office.appeal = early.appeal
    assert not (await office.looks(LATER)).over
    assert (await tasks(stores))[-1]["data"]["changes"] == ["documents-added"]


async def test_what_was_withdrawn_before_its_rule_was_loaded_is_not_taken_up(
    stores: Stores, workflows: Workflows
) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    early = Office(stores.engine, without_rules(stores.reference))
    await early.file(a_filing(claim))
    await early.file(a_filing(claim, version=2, withdrawn=True))
    assert await taken_up(stores, workflows) == 0
    assert await stores.rows("SELECT path, closed FROM appeals") == [(None, True)]


async def test_of_two_appeals_of_one_line_the_earlier_is_heard(stores: Stores, workflows: Workflows) -> None:
    claim = await a_denied_claim(stores, MEDICARE)
    early = Office(stores.engine, without_rules(stores.reference))
    for reference, days in (("A-LATER", 2), ("A-FIRST", 0)):
        at = FILED + timedelta(days=days)
        await early.file(a_filing(claim, at, appeal_reference=reference))
    assert await taken_up(stores, workflows) == 2
    found = await stores.rows("SELECT appeal_reference, opening ->> 'disposal' FROM appeals ORDER BY filed_at")
    assert found == [("A-FIRST", "accepted"), ("A-LATER", "dismissible")]


@pytest.mark.parametrize("late", [False, True], ids=["both versions before", "one after"])
async def test_a_further_level_asked_for_before_its_rule_was_loaded_goes_on_with_the_earlier_appeal(
    stores: Stores, workflows: Workflows, *, late: bool
) -> None:
    """It has a separate reference and was kept under it; whoever dismisses it takes nothing from the appellant."""
    claim = await a_denied_claim(stores, NEW_YORK)
    office = Office(stores.engine, stores.reference)
    await office.file(a_filing(claim))
    first = office.appeal
    assert (await office.does("peer", FILED + timedelta(days=5), **decides("upheld"))).accepted
    early = Office(stores.engine, without_rules(stores.reference))
    asked = a_filing(claim, LATER, submitter="SYN-REVIEWER", appeal_reference="EXT-9", level="external-appeal")
    await early.file(asked)
    more = asked.model_copy(update={"version": 2, "documents": ("SYN-DOC-2",)})
    if not late:
        await early.file(more)
    workflows.notified.clear()
    assert await taken_up(stores, workflows) == 1
    assert workflows.notified == [first, early.appeal]
    own = (await tasks(stores))[-1]["data"]
    assert (own["disposal"], own["ground"]) == ("dismissible", "already-open")
    assert own["explanation"] == "It continues appeal A-1 of these lines and was added to it; dismiss this one."
    if late:
        taken = await office.intake.file(more)
        assert taken is not None
        assert (taken.appeal_id, taken.also) == (early.appeal, first)
    office.appeal = first
    await office.looks(LATER)
    task = (await tasks(stores))[-1]["data"]
    assert (task["appeal_id"], task["level"]) == (first, "external-appeal")
    assert "level-opened" in task["changes"]
    kept = [f"SYN-REVIEWER/EXT-9/{version}" for version in (1, 2)]
    held = await AppealQueries(stores.engine, stores.reference).held(first)
    assert held is not None
    assert held.state is not None
    assert held.state.documents == (*kept, "SYN-DOC-2")
    assert await taken_up(stores, workflows) == 0
    assert [line async for line in broken(stores.engine)] == []


async def test_a_day_no_person_could_count_is_counted_once_the_year_is_loaded(
    stores: Stores, workflows: Workflows
) -> None:
    claim = await a_denied_claim(stores, NEW_YORK)
    early = Office(stores.engine, without_years(stores.reference))
    await early.file(a_filing(claim, **URGENT))
    [task] = await tasks(stores)
    [gap] = [each for each in task["data"]["gaps"] if each["deadline"] == "decision"]
    assert (gap["pend"], gap["owner"]) == ("P-POLICY", "policy-owner")
    assert "holidays of 2025 are not loaded in the calendar 'ny'" in gap["explanation"]
    [(due_at,)] = await stores.rows("SELECT due_at FROM appeals")
    assert due_at == datetime.fromisoformat(task["data"]["due_at"]) <= datetime.fromisoformat(gap["due_at"])
    assert await taken_up(stores, workflows) == 1
    changed = (await tasks(stores))[-1]["data"]
    assert "gaps" not in changed or changed["gaps"] == []
    assert "decision" in {deadline["deadline"] for deadline in changed["deadlines"]}
    assert await stores.rows("SELECT gap_under FROM appeals") == [(None,)]
    assert await taken_up(stores, workflows) == 0
    assert [line async for line in broken(stores.engine)] == []


async def test_a_day_no_person_could_count_does_not_pass_in_silence_and_is_missed_once_it_can_be_counted(
    stores: Stores, workflows: Workflows
) -> None:
    """Its workflow wakes before the earliest it can be due, states the policy owner, and states once when that came."""
    claim = await a_denied_claim(stores, NEW_YORK)
    early = Office(stores.engine, without_years(stores.reference))
    await early.file(a_filing(claim, **URGENT))
    [task] = await tasks(stores)
    [gap] = [each for each in task["data"]["gaps"] if each["deadline"] == "decision"]
    earliest, now = datetime.fromisoformat(gap["due_at"]), FILED
    for hours in (72, 24, 4, 0):
        wakes, now = (await early.looks(now)).next_at, earliest - timedelta(hours=hours)
        assert wakes == now.isoformat()
        await early.looks(now)
    shown = [each["data"] for each in (await tasks(stores))[1:]]
    names = [f"deadline-gap-near:decision:{hours}h" for hours in (72, 24, 4)]
    assert [each["changes"] for each in shown] == [[name] for name in (*names, "deadline-gap-reached:decision")]
    assert {(each["gaps"][0]["owner"], each["due_at"]) for each in shown} == {("policy-owner", gap["due_at"])}
    assert await stores.rows("SELECT due_at, closed FROM appeals") == [(earliest, False)]
    assert await taken_up(stores, workflows) == 1
    office = Office(stores.engine, stores.reference)
    office.appeal = early.appeal
    await office.looks(LATER)
    assert (await tasks(stores))[-1]["data"]["changes"][0] == "deemed"
    assert [line async for line in broken(stores.engine)] == []


async def test_appeals_that_were_open_before_their_place_was_written_are_listed_by_level_and_date(
    postgres: PostgresServer, reference: ReferenceData, workflows: Workflows
) -> None:
    dsn = postgres.migrated_database()
    engine = create_engine(dsn, pool_size=4)
    stores = Stores.over(engine, dsn, reference)
    claim = await a_denied_claim(stores, MEDICARE)
    office = Office(engine, reference)
    await office.file(a_filing(claim))
    await engine.dispose()
    owner = postgres.as_role(dsn, OWNER)
    migrate(owner, "0009", down=True)
    migrate(owner)
    assert await stores.rows("SELECT level, due_at FROM appeals") == [(None, None)]
    assert await taken_up(stores, workflows) == 1
    query = AppealQuery(size=10, level="reconsideration", due_before=DUE + timedelta(days=1), closed=False)
    [listed] = await AppealQueries(engine, reference).candidates(query)
    assert (listed.appeal_id, datetime.fromisoformat(listed.place[0]).astimezone(UTC)) == (office.appeal, DUE)
    assert await taken_up(stores, workflows) == 0
    await engine.dispose()
