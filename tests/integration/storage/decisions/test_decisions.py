from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.authorizations import AuthorizationUse
from adjudication.model.history import LineState
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, LineNumber
from contracts.events.topics import DETERMINATIONS
from contracts.records.decisions import AuthorizationLedger, HistoryQuery, OpenPends
from storage.decisions.commit import _record
from tests.builders.ledger.ledgers import SIGNATURE, Stores, approved, denied, ids
from tests.builders.ledger.submissions import RECEIVED, SERVICE_DATE, a_submission, an_authorization_change

pytestmark = pytest.mark.servers
DUE = RECEIVED + timedelta(days=14)

OTHER_MEMBER = "SYN-000002"


async def test_a_determination_is_stored_as_the_exact_bytes_that_go_out(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1", "72148", "72141"))
    decided = stores.determined(one, approved(one.claim.lines[0]), denied(one.claim.lines[1]))
    assert await stores.decisions.commit(batch.batch_id, [decided]) == frozenset()
    [(event, charge, paid)] = await stores.rows("SELECT event::text, charge, paid FROM determinations")
    [message] = [m for m in await stores.sent() if m.topic == DETERMINATIONS]
    assert event.encode() == message.value == decided.messages[0].value
    assert (str(charge), str(paid)) == ("1000.00", "500.00")
    assert (await stores.claims.load(ids([one])))[one.claim.claim_id].determined
    assert await stores.broken() == []


async def test_the_same_batch_committed_twice_is_committed_once(stores: Stores) -> None:
    batch, [one, two] = await stores.accept(a_submission("C1"), a_submission("C2", member=OTHER_MEMBER))
    publications = [stores.determined(one), stores.pended(two)]
    assert await stores.decisions.commit(batch.batch_id, publications) == frozenset()
    sent = await stores.sent()
    assert await stores.decisions.commit(batch.batch_id, publications) == frozenset()
    assert await stores.sent() == sent
    assert await stores.broken() == []


async def test_the_first_decision_stands(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    await stores.decisions.commit(batch.batch_id, [stores.determined(one)])
    late = stores.determined(one, denied(one.claim.lines[0]))
    assert await stores.decisions.commit(batch.batch_id, [late]) == frozenset()
    assert await stores.rows("SELECT disposition FROM determination_lines") == [("approved",)]
    assert await stores.broken() == []


async def test_two_workers_committing_one_batch_at_once_commit_it_once(stores: Stores) -> None:
    submissions = [a_submission(f"C{n}", member=f"SYN-{n:06d}") for n in range(16)]
    batch, stored = await stores.accept(*submissions)
    publications = [stores.determined(s) if n % 2 else stores.pended(s) for n, s in enumerate(stored)]
    backwards = list(reversed(publications))
    refused = await asyncio.gather(
        stores.decisions.commit(batch.batch_id, publications), stores.decisions.commit(batch.batch_id, backwards)
    )
    assert not any(refused)
    sent = await stores.sent()
    assert len({m.event_id for m in sent}) == len(sent)
    assert await stores.broken() == []


async def test_a_late_pend_never_takes_a_decision_back(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    await stores.decisions.commit(batch.batch_id, [stores.determined(one)])
    assert await stores.decisions.commit(batch.batch_id, [stores.pended(one, round_number=1)]) == frozenset()
    assert await stores.decisions.open_pends(ids([one])) == {}
    assert await stores.broken() == []


async def test_a_pend_that_races_a_determination_leaves_no_pend_open(stores: Stores) -> None:
    """The determination's transaction is open while the pend is committed."""
    _, [one] = await stores.accept(a_submission("C1"))
    async with stores.engine.connect() as rival, rival.begin():
        await _record(rival, [stores.determined(one)])
        waiting = asyncio.create_task(stores.decisions.commit("other-batch", [stores.pended(one)]))
        await asyncio.sleep(0.2)
    assert await waiting == frozenset()
    assert await stores.rows("SELECT * FROM pends") == []


async def test_a_determination_in_any_round_closes_every_pend(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    await stores.decisions.commit(batch.batch_id, [stores.pended(one)])
    assert await stores.decisions.open_pends(ids([one])) == {
        one.claim.claim_id: OpenPends({("P-FAM", 1, "edits.family_waiting", ""): DUE})
    }
    await stores.decisions.commit(batch.batch_id, [stores.determined(one)])
    assert await stores.decisions.open_pends(ids([one])) == {}
    assert await stores.broken() == []


async def test_a_new_round_replaces_the_open_pends_and_keeps_the_old_trace(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    await stores.decisions.commit(batch.batch_id, [stores.pended(one, "P-FAM")])
    await stores.decisions.commit(batch.batch_id, [stores.pended(one, "P-DOC", round_number=1)])
    assert await stores.decisions.open_pends(ids([one])) == {
        one.claim.claim_id: OpenPends({("P-DOC", 1, "edits.family_waiting", ""): DUE})
    }
    assert await stores.rows("SELECT round FROM traces ORDER BY round") == [(0,), (1,)]


async def test_unchanged_pends_say_nothing_and_finish_the_batch(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    await stores.decisions.commit(batch.batch_id, [stores.pended(one)])
    sent = await stores.sent()
    await stores.decisions.commit(batch.batch_id, [replace(stores.pended(one, round_number=1), messages=())])
    assert await stores.sent() == sent
    assert await stores.decisions.open_pends(ids([one])) == {
        one.claim.claim_id: OpenPends({("P-FAM", 1, "edits.family_waiting", ""): DUE})
    }


async def test_a_component_approved_twice_is_refused_alone(stores: Stores) -> None:
    first, [one] = await stores.accept(a_submission("C1", "0609T"))
    await stores.decisions.commit(first.batch_id, [stores.determined(one)])
    batch, [two, three] = await stores.accept(a_submission("C2", "0609T"), a_submission("C3", "72148"))
    publications = [stores.determined(two), stores.determined(three)]
    assert await stores.decisions.commit(batch.batch_id, publications) == {two.claim.claim_id}
    assert await stores.rows("SELECT count(*) FROM determinations") == [(2,)]
    assert await stores.ledger.unfinished([batch.batch_id]) == {batch.batch_id}, (
        "the batch waits for the refused claim's pend"
    )
    assert await stores.decisions.commit(batch.batch_id, [stores.pended(two, "P-SYS")]) == frozenset()
    assert await stores.ledger.unfinished([batch.batch_id]) == frozenset()
    assert await stores.broken() == []


async def test_a_component_approved_twice_in_one_batch_goes_to_the_first(stores: Stores) -> None:
    batch, [one, two] = await stores.accept(a_submission("C1", "0611T"), a_submission("C2", "0611T"))
    refused = await stores.decisions.commit(batch.batch_id, [stores.determined(one), stores.determined(two)])
    assert refused == {two.claim.claim_id}
    [message] = [m for m in await stores.sent() if m.topic == DETERMINATIONS]
    assert message.key == one.claim.claim_id


async def test_a_denied_line_gives_its_authorization_units_back(stores: Stores) -> None:
    await stores.feeds.apply_authorizations([an_authorization_change(units=2)])
    batch, [one] = await stores.accept(a_submission("C1", "72148", "72148"))
    uses = [_use(one.claim.claim_id, line) for line in (1, 2)]
    await stores.authorizations.allocate([one.claim.member.member_id], lambda _: uses)
    first, second = one.claim.lines
    await stores.decisions.commit(batch.batch_id, [stores.determined(one, approved(first), denied(second))])
    held = await stores.rows("SELECT line FROM authorization_uses WHERE released_at IS NULL")
    assert held == [(1,)]
    assert await stores.broken() == []


async def test_a_decided_claim_takes_no_units_back(stores: Stores) -> None:
    """A worker thought dead allocates after another one has denied the line."""
    await stores.feeds.apply_authorizations([an_authorization_change()])
    batch, [one] = await stores.accept(a_submission("C1"))
    use = _use(one.claim.claim_id, 1)

    def take(_: AuthorizationLedger) -> list[AuthorizationUse]:
        return [use]

    await stores.authorizations.allocate([one.claim.member.member_id], take)
    await stores.decisions.commit(batch.batch_id, [stores.determined(one, denied(one.claim.lines[0]))])
    await stores.authorizations.allocate([one.claim.member.member_id], take)
    assert await stores.rows("SELECT line FROM authorization_uses WHERE released_at IS NULL") == []
    assert await stores.broken() == []


async def test_a_signed_clinical_denial_is_stored_with_its_signature(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    line = denied(one.claim.lines[0], carc="55", reason=outcomes.EXPERIMENTAL, clinical=True, signature=SIGNATURE)
    await stores.signed(one.claim.claim_id, SIGNATURE)
    assert await stores.decisions.commit(batch.batch_id, [stores.determined(one, line)]) == frozenset()
    signed = await stores.rows("""SELECT s.reviewer_id, s.role, s.licence_number, s.licence_state, s.rationale
        FROM determination_lines JOIN reviewer_signatures s USING (claim_id, signature_id)""")
    expected = (
        SIGNATURE.reviewer_id, SIGNATURE.role, SIGNATURE.license_number, SIGNATURE.license_state, SIGNATURE.rationale,
    )  # fmt: skip
    assert signed == [expected]
    assert await stores.broken() == []


async def test_a_determination_cannot_bring_a_signature_that_was_never_given(stores: Stores) -> None:
    batch, [one] = await stores.accept(a_submission("C1"))
    line = denied(one.claim.lines[0], carc="55", reason=outcomes.EXPERIMENTAL, clinical=True, signature=SIGNATURE)
    refused = await stores.decisions.commit(batch.batch_id, [stores.determined(one, line)])
    assert refused == {one.claim.claim_id}
    assert await stores.rows("SELECT 1 FROM reviewer_signatures UNION ALL SELECT 1 FROM determinations") == []


async def test_history_states_where_the_lines_of_other_claims_stand(stores: Stores) -> None:
    batch, stored = await stores.accept(*(a_submission(f"C{n}", "72148", "72141") for n in range(4)))
    asking, decided, waiting, _ = stored
    lines = decided.claim.lines
    publications = [stores.determined(decided, approved(lines[0]), denied(lines[1])), stores.pended(waiting)]
    await stores.decisions.commit(batch.batch_id, publications)
    member = asking.claim.member
    query = HistoryQuery(asking.claim.claim_id, member, SERVICE_DATE, SERVICE_DATE)
    found = (await stores.history.lines([query])).of(asking.claim.claim_id)
    assert [(h.sequence, h.number, h.state) for h in found] == [
        (decided.sequence, 1, LineState.APPROVED),
        (decided.sequence, 2, LineState.DENIED),
        *((waiting.sequence, n, LineState.PENDED) for n in (1, 2)),
        *((stored[3].sequence, n, LineState.IN_PROCESS) for n in (1, 2)),
    ]


async def test_history_keeps_to_the_member_and_the_dates_asked_for(stores: Stores) -> None:
    _, [one, _] = await stores.accept(a_submission("C1"), a_submission("C2", member=OTHER_MEMBER))
    member = one.claim.member
    earlier = SERVICE_DATE.replace(day=1)
    queries = [
        HistoryQuery(one.claim.claim_id, member, SERVICE_DATE, SERVICE_DATE),
        HistoryQuery(a_submission("C9").claim_id, member, earlier, earlier),
    ]
    assert (await stores.history.lines(queries)).lines == {}


def _use(claim: ClaimId, line: int) -> AuthorizationUse:
    return AuthorizationUse(AuthorizationNumber("AUTH-1"), "72148", claim, LineNumber(line), Decimal(1))
