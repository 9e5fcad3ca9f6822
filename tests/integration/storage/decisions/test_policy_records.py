"""Documents and their facts, policy traces, and overdue policy reviews, on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from adjudication.model.claim import SupportingFact
from adjudication.model.findings import Finding, LegRecord
from adjudication.model.outcomes import NECESSITY_MET
from adjudication.model.vocabulary import DateRange, Step, Verdict
from adjudication.policy.tree import PolicyVersion
from contracts.events.documents import DocumentFactV1, DocumentReceivedV1
from contracts.events.review_tasks import PolicyReviewDue
from contracts.events.topics import REVIEW_TASKS
from storage.decisions.policy_traces import latest_facts, latest_trace
from storage.readjudication.recorded import RecordedClaims
from storage.review.overdue_policies import raise_overdue_reviews
from tests.builders.ledger.desks import documented
from tests.builders.ledger.ledgers import SYNTHETIC, Stores, approved
from tests.builders.ledger.submissions import SERVICE_DATE, a_submission

pytestmark = pytest.mark.servers
NOW = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)
READ = DocumentFactV1(fact="eval.adequate", flag=True, source="visit note", recorded_on=SERVICE_DATE, author="coder")
BLURRED = DocumentFactV1(fact="tx.weeks", source="scan", recorded_on=SERVICE_DATE, legible=False)


def a_document(version: int = 1, *facts: DocumentFactV1, **changes: Any) -> DocumentReceivedV1:
    found = {"submitter": "SYNTHETIC", "claim_control_number": "C1", **changes}
    return DocumentReceivedV1(
        document_id="SYN-DOC-1", version=version, kind="clinical-note", facts=facts or (READ,), **found
    )


async def _stored_facts(stores: Stores) -> tuple[SupportingFact, ...]:
    _, [one] = await stores.accept(a_submission("C1"))
    return (await stores.claims.load([one.claim.claim_id]))[one.claim.claim_id].claim.supporting


async def test_facts_of_a_document_stand_next_to_those_of_its_claim_with_their_source(stores: Stores) -> None:
    await stores.feeds.apply_documents([(a_document(1, READ, BLURRED), NOW)])
    [read, blurred] = await _stored_facts(stores)
    assert (read.fact, read.value, read.source, read.author) == ("eval.adequate", True, "visit note", "coder")
    assert (read.document, read.legible) == ("SYN-DOC-1", True)
    assert (blurred.fact, blurred.legible) == ("tx.weeks", False)


async def test_the_newest_version_of_a_document_counts_and_a_repeat_changes_nothing(stores: Stores) -> None:
    corrected = a_document(2, READ.model_copy(update={"flag": False}))
    assert (await stores.feeds.apply_documents([(corrected, NOW), (a_document(1), NOW)])).changed == 2
    assert (await stores.feeds.apply_documents([(corrected, NOW)])).changed == 0
    [fact] = await _stored_facts(stores)
    assert fact.value is False


async def test_a_document_of_another_claim_or_submitter_shows_nothing(stores: Stores) -> None:
    await stores.feeds.apply_documents([(a_document(claim_control_number="C2"), NOW)])
    await stores.feeds.apply_documents([(a_document(2, submitter="ANOTHER"), NOW)])
    assert await _stored_facts(stores) == ()


async def test_a_trace_keeps_the_version_its_answers_and_the_facts_they_rest_on(stores: Stores) -> None:
    await stores.feeds.apply_documents([(a_document(), NOW)])
    batch, [one] = await stores.accept(a_submission("C1"))
    [one] = (await stores.claims.load([one.claim.claim_id])).values()
    leg = LegRecord(
        "benefit", "plan-policy", "meets", "72148", SERVICE_DATE, "synthetic", "1", "ab" * 32, "SYN-1", "0112", "1"
    )
    met = Finding(Step.NECESSITY, NECESSITY_MET, Verdict.PASSES, SYNTHETIC, one.claim.lines[0].number, legs=(leg,))
    line = replace(approved(one.claim.lines[0]), findings=(met,))
    await stores.decisions.commit(batch.batch_id, [stores.determined(one, line)])
    [(round_number, lines, evidence)] = await stores.rows("SELECT round, lines, evidence FROM policy_traces")
    assert (round_number, lines[0]["line"]) == (0, 1)
    assert lines[0]["legs"][0]["answers"] == "0112"
    assert lines[0]["legs"][0]["content_hash"] == "ab" * 32
    assert evidence[0]["fact"] == "eval.adequate"
    assert evidence[0]["document"] == "SYN-DOC-1"


async def test_a_trace_repeats_no_fact_that_the_claim_itself_states_and_is_read_with_all_of_them(
    stores: Stores,
) -> None:
    sent = documented(a_submission("C1"))
    batch, [one] = await stores.accept(sent)
    [one] = (await stores.claims.load([one.claim.claim_id])).values()
    leg = LegRecord(
        "benefit", "plan-policy", "meets", "72148", SERVICE_DATE, "synthetic", "1", "ab" * 32, "SYN-1", "0112", "1"
    )
    met = Finding(Step.NECESSITY, NECESSITY_MET, Verdict.PASSES, SYNTHETIC, one.claim.lines[0].number, legs=(leg,))
    lines = [replace(approved(line), findings=(met,)) for line in one.claim.lines]
    await stores.decisions.commit(batch.batch_id, [stores.determined(one, *lines)])
    assert await stores.rows("SELECT evidence FROM policy_traces") == [(None,)]
    trace = await latest_trace(stores.engine, one.claim.claim_id)
    assert trace is not None
    assert [fact.fact for fact in trace.facts] == [fact.fact for fact in sent.claim.supporting_information]
    assert trace.facts == one.claim.supporting
    assert await latest_facts(stores.engine, [one.claim.claim_id]) == {one.claim.claim_id: None}
    [recorded] = (await RecordedClaims(stores.engine).load([one.claim.claim_id])).values()
    assert recorded.claim.supporting == one.claim.supporting


def a_version(next_review: date | None, in_force: DateRange) -> PolicyVersion:
    return PolicyVersion(
        "synthetic", "1", "Synthetic policy", "synthetic-payers", "policy-owner", in_force, date(2024, 1, 1),
        next_review, None, "cd" * 32, (),
    )  # fmt: skip


async def test_an_overdue_review_is_shown_to_its_owner_once(stores: Stores) -> None:
    overdue = a_version(date(2026, 1, 31), DateRange(date(2024, 1, 1)))
    assert await raise_overdue_reviews(stores.engine, [overdue], NOW) == 1
    assert await raise_overdue_reviews(stores.engine, [overdue], NOW) == 0
    [message] = [message for message in await stores.sent() if message.topic == REVIEW_TASKS]
    event = PolicyReviewDue.model_validate_json(message.value)
    assert (event.data.policy, event.data.next_review, event.data.owner) == (
        "synthetic",
        date(2026, 1, 31),
        "policy-owner",
    )
    assert orjson.loads(message.value)["subject"] == "synthetic"


async def test_a_review_not_due_or_of_a_version_no_longer_in_force_is_nobodys_task(stores: Stores) -> None:
    due_today = a_version(NOW.date(), DateRange(date(2024, 1, 1)))
    ended = a_version(date(2025, 1, 1), DateRange(date(2024, 1, 1), date(2026, 1, 1)))
    undated = a_version(None, DateRange(date(2024, 1, 1)))
    assert await raise_overdue_reviews(stores.engine, [due_today, ended, undated], NOW) == 0
    assert await stores.sent() == []
