"""Nothing that says who a member is may reach Temporal, whatever the member is called and whatever goes wrong."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adjudication.model.claim import Member
from adjudication.model.reference import ReferenceData
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import ANALYSIS, a_claim, coverage
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.plans import reference_requiring_authorization
from tests.builders.workflows.running import a_batch, review_of, run_batch, time_skipping_server, worker
from tools.capture_histories import texts

LETTERS = st.characters(codec="utf-8", categories=("Lu", "Ll", "Nd"))
MEMBERS = st.builds(
    Member,
    member_id=st.text(LETTERS, min_size=8, max_size=12).map("SYN-".__add__),
    birth_date=st.dates(date(1930, 1, 1), date(2010, 12, 31)),
    family_name=st.text(LETTERS, min_size=8, max_size=20).map("Syn".__add__),
    given_name=st.text(LETTERS, min_size=8, max_size=20).map("Syn".__add__),
)


def values(member: Member) -> list[str]:
    return [member.member_id, member.birth_date.isoformat(), member.family_name, member.given_name]


async def histories_of(members: list[Member], reference: ReferenceData) -> list[Any]:
    """Adjudicate one claim for each member; stores fail with errors that quote members."""
    adjudicator = Adjudicator(InMemoryLedger(), reference)
    codes = (ANALYSIS, "72148", "0609T")
    claims = [a_claim(f"C{n}", codes[n % 3], member=member) for n, member in enumerate(members)]
    adjudicator.ledger.accept(*claims)
    adjudicator.ledger.cover(*(coverage(member) for member in members[::2]))
    for call in ("spans", "allocate", "commit"):
        adjudicator.ledger.fail_next(call, ValueError(f"Key (member_id)=({members[0].member_id}) {members[0]}"))
    async with time_skipping_server() as environment, worker(environment.client, adjudicator.activities()):
        handle = await run_batch(environment, a_batch(*(claim.claim_id for claim in claims)))
        summary = await handle.result()
        held = [review_of(environment.client, pended.claim_id) for pended in summary.pended]
        assert held, "some claims must wait, or no review is looked at"
        return [json.loads((await each.fetch_history()).to_json()) for each in (handle, *held)]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(MEMBERS, min_size=6, max_size=12, unique_by=lambda member: member.member_id))
def test_no_history_holds_who_a_member_is(members: list[Member]) -> None:
    reference = reference_requiring_authorization()
    found = asyncio.run(histories_of(members, reference))
    shown = list(texts(found))
    assert any("claim_ids" in text for text in shown), "payloads must be decoded for this test to see anything"
    for member in members:
        for value in values(member):
            assert not [text for text in shown if value in text]
