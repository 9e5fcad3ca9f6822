"""One version with two contents: the first stands, the other is a conflict that operations see; documents are their submitter's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from contracts.events.appeals import AppealFiledV1
from contracts.events.documents import DocumentReceivedV1
from contracts.events.feeds import CoverageChangedV1, ProviderChangedV1
from contracts.unstorable import UnstorableError
from storage.appeals.intake import PostgresAppealIntake
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.other_payers import coverage
from tests.builders.ledger.submissions import RECEIVED, a_coverage_change, a_submission, an_authorization_change

pytestmark = pytest.mark.servers


def a_document(submitter: str = "SYNTHETIC", version: int = 1, **changes: Any) -> DocumentReceivedV1:
    found = {"document_id": "SYN-DOC-1", "claim_control_number": "C1", "kind": "order"} | changes
    return DocumentReceivedV1(submitter=submitter, version=version, **found)


def a_provider(version: int, *cases: str) -> ProviderChangedV1:
    cases_of = [{"case_reference": case, "starts": date(2025, 1, 1)} for case in cases]
    return ProviderChangedV1.model_validate(
        {"npi": "1234567893", "version": version, "investigations": tuple(cases_of)}
    )


async def test_a_version_of_coverage_with_another_content_is_a_conflict_and_the_first_stands(stores: Stores) -> None:
    await stores.feeds.apply_coverage([a_coverage_change(2, plan="PLAN-A")])
    changes = [
        a_coverage_change(2, plan="PLAN-A"),
        a_coverage_change(2, plan="PLAN-B"),
        a_coverage_change(3, plan="PLAN-C"),
        a_coverage_change(3, plan="PLAN-D"),
        a_coverage_change(1, plan="PLAN-OLD"),
    ]
    applied = await stores.feeds.apply_coverage(changes)
    assert (applied.changed, applied.conflicts) == (1, frozenset({1, 3}))
    assert await stores.rows("SELECT plan_id, version FROM coverage") == [("PLAN-C", 3)]


async def test_a_repeat_behind_a_conflict_is_none(stores: Stores) -> None:
    """What is stored came first, whatever stands before the repeat in its run."""
    await stores.feeds.apply_coverage([a_coverage_change(1, plan="PLAN-A")])
    run = [
        a_coverage_change(1, plan="PLAN-B"),
        a_coverage_change(1, plan="PLAN-A"),
        a_coverage_change(1, plan="PLAN-B"),
    ]
    assert (await stores.feeds.apply_coverage(run)).conflicts == {0, 2}
    await stores.feeds.apply_documents([(a_document(note="first"), RECEIVED)])
    documents = [(a_document(note="other"), RECEIVED), (a_document(note="first"), RECEIVED)]
    assert (await stores.feeds.apply_documents(documents)).conflicts == {0}


async def test_a_statement_of_other_payers_is_content(stores: Stores) -> None:
    stated = a_coverage_change(1).model_copy(update={"other_coverage": ()})
    await stores.feeds.apply_coverage([stated])
    assert (await stores.feeds.apply_coverage([stated])).conflicts == frozenset()
    assert (await stores.feeds.apply_coverage([a_coverage_change(1)])).conflicts == frozenset(), (
        "silence says nothing else"
    )
    assert (await stores.feeds.apply_coverage([coverage("primary", 1)])).conflicts == {0}


async def test_authorizations_and_providers_conflict_alike(stores: Stores) -> None:
    await stores.feeds.apply_authorizations([an_authorization_change(1, units=2)])
    again = [an_authorization_change(1, units=2), an_authorization_change(1, units=3)]
    assert (await stores.feeds.apply_authorizations(again)).conflicts == {1}
    await stores.feeds.apply_providers([a_provider(1, "SYN-CASE-1")])
    assert (await stores.feeds.apply_providers([a_provider(1, "SYN-CASE-1"), a_provider(1)])).conflicts == {1}


async def test_what_an_earlier_version_of_us_wrote_with_fewer_fields_is_the_same_content(stores: Stores) -> None:
    await stores.feeds.apply_authorizations([an_authorization_change(1, units=2)])
    [(services,)] = await stores.rows("SELECT services FROM authorizations")
    later = {"unit_kind", "providers"}
    assert {*services[0]} > later
    before = [{name: value for name, value in each.items() if name not in later} for each in services]
    async with stores.engine.begin() as connection:
        await connection.execute(
            text("UPDATE authorizations SET services = CAST(:before AS json)"),
            {"before": orjson.dumps(before).decode()},
        )
    again = [an_authorization_change(1, units=2), an_authorization_change(1, units=3)]
    assert (await stores.feeds.apply_authorizations(again)).conflicts == {1}


async def test_the_time_of_an_event_is_no_content_of_it(stores: Stores) -> None:
    times = [RECEIVED, RECEIVED + timedelta(days=2)]
    applied = await stores.feeds.apply_coverage([a_coverage_change(1), a_coverage_change(1)], times)
    again = await stores.feeds.apply_coverage([a_coverage_change(1)], [RECEIVED + timedelta(days=9)])
    assert (applied.conflicts, again.conflicts) == (frozenset(), frozenset())
    assert await stores.rows("SELECT reported_on FROM coverage") == [(RECEIVED.date(),)]


async def test_two_submitters_may_use_one_document_id(stores: Stores) -> None:
    documents = [(a_document(), RECEIVED), (a_document("SYN-OTHER", claim_control_number="C9"), RECEIVED)]
    applied = await stores.feeds.apply_documents(documents)
    assert (applied.changed, applied.conflicts) == (2, frozenset())
    rows = await stores.rows("SELECT submitter, control_number FROM documents ORDER BY submitter")
    assert rows == [("SYN-OTHER", "C9"), ("SYNTHETIC", "C1")]


async def test_a_document_version_with_another_content_is_a_conflict(stores: Stores) -> None:
    await stores.feeds.apply_documents([(a_document(note="first"), RECEIVED)])
    documents = [(a_document(note="first"), RECEIVED), (a_document(note="other"), RECEIVED)]
    assert (await stores.feeds.apply_documents(documents)).conflicts == {1}
    assert await stores.rows("SELECT note FROM documents") == [("first",)]


async def test_an_appeal_version_with_another_content_is_a_conflict_and_opens_nothing(stores: Stores) -> None:
    await stores.accept(a_submission("C1"))
    intake = PostgresAppealIntake(stores.engine, stores.reference)
    filed = AppealFiledV1.model_validate(
        {
            "submitter": "SYNTHETIC",
            "appeal_reference": "A-1",
            "version": 1,
            "claim": {"submitter": "SYNTHETIC", "claim_control_number": "C1"},
            "appellant": "member",
            "channel": "portal",
            "received_at": RECEIVED,
        }
    )
    first, again, other = [
        await intake.file(each) for each in (filed, filed, filed.model_copy(update={"statement": "another text"}))
    ]
    assert first is not None
    assert again is not None
    assert other is not None
    assert (first.conflict, again.conflict, other.conflict) == (False, False, True)
    assert await stores.rows("SELECT count(*) FROM appeal_filings") == [(1,)]


async def test_what_the_database_can_never_hold_is_said_to_be_so(stores: Stores) -> None:
    wrong = CoverageChangedV1.model_construct(**dict(a_coverage_change(1)) | {"ends": date(2024, 1, 1)})
    with pytest.raises(UnstorableError, match="23514"):
        await stores.feeds.apply_coverage([wrong])
    nul = a_coverage_change(1).model_copy(update={"plan_id": "PLAN-\0"})
    with pytest.raises(UnstorableError):
        await stores.feeds.apply_coverage([nul])
