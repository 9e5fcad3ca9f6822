"""The claim page's reading: everything stored of a claim, and of its family no word of whose it is."""

from __future__ import annotations

from dataclasses import asdict

import orjson
import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.records.claim_file import ClaimFile
from storage.audit.trail import Entry, append_locked
from storage.claims.claim_file import ClaimFiles
from tests.builders.ledger.ledgers import DECIDED, Stores
from tests.builders.ledger.submissions import MEMBER, RECEIVED, a_submission

pytestmark = pytest.mark.servers


def files_of(stores: Stores) -> ClaimFiles:
    family = stores.reference.family
    return ClaimFiles(stores.engine, family.codes, family.window_days)


async def file_of(stores: Stores, claim_id: ClaimId) -> ClaimFile:
    files = files_of(stores)
    [waiting] = await files.waiting([claim_id])
    return await files.file(waiting)


async def test_a_waiting_claim_states_how_it_came_and_what_it_waits_for(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    await stores.decisions.commit(batch.batch_id, [stores.pended(one)])
    file = await file_of(stores, one.claim.claim_id)
    assert (file.receipt.event_id, file.receipt.position) == ("event-C1", "claims.submitted/0/C1")
    assert file.receipt.finished_at is not None
    assert [(pend.code, pend.closed_at) for pend in file.pends] == [("P-FAM", None)]
    assert [found.outcome for found in file.rounds[0].findings] == ["edits.family_waiting"]
    assert (file.determinations, file.signatures, file.appeals) == ((), (), ())


async def test_a_decided_claim_keeps_the_event_as_it_was_sent_and_its_clocks_know_the_end(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    publication = stores.determined(one)
    await stores.decisions.commit(batch.batch_id, [stores.pended(one)])
    batch2, _ = await stores.accept(a_submission("C2"))
    await stores.decisions.commit(batch2.batch_id, [publication])
    file = await file_of(stores, one.claim.claim_id)
    assert file.determinations[0].event.encode() == publication.messages[0].value
    assert file.times is not None
    assert (file.times.decided_at, file.times.received_at) == (DECIDED, RECEIVED)
    assert [code for code, _ in file.times.pends] == ["P-FAM"]


async def test_the_family_is_shown_across_claims_without_its_member(stores: Stores) -> None:
    _, [one, _] = await stores.accept(a_submission("C1", "0609T", "72148"), a_submission("C2", "0610T"))
    await stores.accept(a_submission("C3", "0611T", member="SYN-000002"))
    file = await file_of(stores, one.claim.claim_id)
    assert [(each.control_number, each.code, each.state) for each in file.family_lines] == [
        ("C1", "0609T", "in process"),
        ("C2", "0610T", "in process"),
    ]
    assert MEMBER not in orjson.dumps([asdict(each) for each in file.family_lines]).decode()


async def test_who_looked_and_who_acted_is_shown_by_time(stores: Stores) -> None:
    _, [one] = await stores.accept(a_submission("C1"))
    async with stores.engine.begin() as connection:
        for subject in (f"view/{one.claim.claim_id}", "view/another"):
            await append_locked(connection, Entry(subject, DECIDED, "NURSE", "nurse", None, '{"action":"viewed"}'))
    file = await file_of(stores, one.claim.claim_id)
    assert [(entry.person_id, entry.role) for entry in file.trail] == [("NURSE", "nurse")]


async def test_a_search_says_where_each_claim_stands(stores: Stores) -> None:
    batch, [one, two] = await stores.accept(a_submission("C1"), a_submission("C2"))
    await stores.decisions.commit(batch.batch_id, [stores.pended(one), stores.determined(two)])
    await stores.accept(a_submission("C3"))
    files = files_of(stores)
    states = [[found.state for found in await files.find(key)] for key in ("C1", "C2", "C3", "C4")]
    assert states == [["waiting"], ["determined"], ["in process"], []]
