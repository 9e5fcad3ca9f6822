"""The life of a claim on the real store: whatever people, feeds, corrections, crashes and time do, in whatever order.

No life ends in two final decisions, a denial without signature, a lost clock, or a claim no person owns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.review.actions import case_rules
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, Frequency, OutcomeCode, PendCode
from adjudication.people import Role, StaffMember
from adjudication.review.case import may_work_on
from adjudication.review.claim_deadlines import claim_deadlines, deadline_alerts, overdue
from contracts.actions.people import PersonV1
from contracts.events.documents import DocumentReceivedV1
from contracts.ids import payer_claim_number
from contracts.workflow_messages.claims import WATCH_CLOCKS, PublishSummary
from storage.engine import create_engine
from storage.review.deadlines import PostgresDeadlines
from storage.review.queries import ReviewQueries
from tests.builders.ledger.desks import RATIONALE, Desk, a_license, a_staff_member, documented, with_claim_fields
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.other_payers import adjudicated, an_eob, coverage
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_coverage_change, a_submission
from tests.builders.lives import Living, lives
from tests.builders.servers.postgres import empty

pytestmark = pytest.mark.servers
T = TypeVar("T")

HALF_CLEAN = ("72148", "72159")
"""With a complete chart the first line is paid at once, and the second waits for a nurse."""
BEGINS = st.sampled_from([("0609T", "0611T"), ("72148",), HALF_CLEAN, ("72148", "72141"), ("0611T",), HALF_CLEAN])
STAFF: tuple[PersonV1, ...] = (
    *(a_staff_member(role.value, role.value, license=a_license()) for role in Role),
    a_staff_member("neurologist", "physician", license=a_license(expertise="neurology")),
)
roles = st.sampled_from([Role.NURSE, Role.PHYSICIAN, Role.PHYSICIAN, Role.CODER, Role.EXAMINER, Role.PRICING]).map(
    lambda role: role.value
)
people = roles | st.sampled_from([Role.SUPERVISOR.value, "neurologist"])
LIFE = """
    SELECT d.claim_id::text FROM determinations d LEFT JOIN supersessions s USING (claim_id)
    GROUP BY 1 HAVING count(*) FILTER (WHERE d.decides) > 1
    OR count(*) FILTER (WHERE d.pending_lines IS NULL) > CASE WHEN bool_or(s.version IS NOT NULL) THEN 2 ELSE 1 END
"""
WITHOUT_CLOCK = """
    SELECT DISTINCT p.claim_id::text FROM pends p LEFT JOIN review_due r USING (claim_id)
    WHERE p.closed_at IS NULL AND r.claim_id IS NULL
"""


class Life(Living):
    """One claim, the people who work on it, and a driver that does what its review workflow does: events ask for a try."""

    def __init__(self, dsn: str, reference: ReferenceData) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        empty(dsn)
        self.engine: AsyncEngine = create_engine(dsn, pool_size=4)
        self.stores = Stores.over(self.engine, dsn, reference)
        self.who_may = case_rules(reference)
        self.last: str | None = None
        self.corrected = False
        self.feed_version = 1

    def wait(self, coroutine: Awaitable[T]) -> T:
        return self.runner.run(_awaited(coroutine))

    def teardown(self) -> None:
        try:
            assert self.wait(self.stores.broken()) == []
            assert self.wait(self.desk.broken_trail()) == []
        finally:
            self.wait(self.engine.dispose())
            self.runner.close()

    @initialize(codes=BEGINS, covered=st.sampled_from([True, True, True, False]))
    def a_claim_is_accepted(self, codes: tuple[str, ...], covered: bool) -> None:  # noqa: FBT001 - hypothesis names it
        self.wait(put_people(self.engine, STAFF))
        if covered:
            self.wait(self.stores.feeds.apply_coverage([a_coverage_change()]))
        sent = a_submission("C1", *codes, days_apart=1 if codes == HALF_CLEAN else 0)
        _, [stored] = self.wait(self.stores.accept(documented(sent) if codes == HALF_CLEAN else sent))
        self.desk = Desk(self.stores, stored, rounds=-1)
        self.tries()

    # What its workflow does

    def tries(self) -> None:
        """Try the claim, twice in the same round where the worker dies after its commit."""
        self.wait(self.desk.try_again())

    def asked(self, claims: Any) -> None:
        if self.desk.claim_id in self.wait(claims):
            self.tries()

    def acts(self, person: str, **content: Any) -> str:
        self.last = self.wait(self.desk.submit(person, **content))
        answer = self.wait(self.desk.act(self.last))
        if answer.try_again:
            self.tries()
        return answer.code or "ok"

    def waits(self) -> list[tuple[str, str, int]]:
        return [(str(code), str(outcome), int(line)) for code, outcome, line in self.wait(self.desk.waits_for())]

    # People

    @rule(person=people)
    def a_person_takes_it(self, person: str) -> None:
        self.acts(person, action="take")

    @rule(person=people, denies=st.booleans(), name=st.sampled_from(["necessity.experimental", "own"]), data=st.data())
    def a_person_decides(self, person: str, denies: bool, name: str, data: Any) -> None:  # noqa: FBT001
        if waiting := self.waits():
            self.decides(person, data.draw(st.sampled_from(waiting)), denies=denies, name=name)

    @rule(denies=st.booleans(), half=st.booleans())
    def who_may_settles_what_waits(self, denies: bool, half: bool) -> None:  # noqa: FBT001
        """Otherwise few lives would ever come to an end."""
        waiting = self.waits()
        for each in waiting[:1] if half else waiting:
            code = PendCode(each[0])
            may = self.who_may.prices if code == "P-PRICE" else self.who_may.denies if denies else self.who_may.passes
            for role in sorted(may.get(code, ()))[-1:]:
                self.desk.now += timedelta(minutes=31)
                self.decides(role.value, each, denies=denies)

    def decides(self, person: str, waits: tuple[str, str, int], *, denies: bool, name: str = "own") -> None:
        """Take the claim, settle one thing it waits for, give it back; whatever of this is refused, is refused."""
        code, outcome, line = waits
        self.acts(person, action="take")
        fields: dict[str, Any] = {"action": "decide", "line": line or None, "outcome": outcome, "rationale": RATIONALE}
        if code == "P-PRICE":
            self.acts(person, **fields, resolution="priced", allowed="310.00")
        elif denies:
            names = sorted(self.who_may.deniable[OutcomeCode(outcome)])
            denied = names[0] if name == "own" and names else "necessity.experimental"
            self.acts(person, **fields, resolution="denies", denies_as=denied, criteria=["S3-09"])
        else:
            self.acts(person, **fields, resolution="passes")
        self.acts(person, action="release")

    @rule(person=st.sampled_from(["nurse", "physician", "neurologist"]), data=st.data())
    def a_clinician_recommends(self, person: str, data: Any) -> None:
        waiting = self.waits()
        if waiting:
            _, outcome, line = data.draw(st.sampled_from(waiting))
            self.acts(person, action="take")
            fields: dict[str, Any] = {"line": line or None, "outcome": outcome, "rationale": RATIONALE}
            self.acts(person, action="recommend", resolution="denies", **fields)

    @rule(
        person=people,
        content=st.sampled_from(
            [
                {"action": "release"},
                {"action": "hand-over", "to_role": "coder", "reason": "a coding question"},
                {"action": "request-documents", "kinds": ["order", "imaging-report"]},
                {"action": "second-opinion", "expertise": "neurology", "question": "Is this the accepted use?"},
                {"action": "withdraw-second-opinion"},
                {"action": "correct", "field": "place-of-service", "value": "22"},
                {
                    "action": "record-facts",
                    "facts": [{"fact": "eval.adequate", "flag": True, "source": "SYN-DOC-1"}],
                },
            ]
        ),
    )
    def a_person_does_something_else(self, person: str, content: dict[str, Any]) -> None:
        self.acts(person, action="take")
        self.acts(person, **content)

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_last_action_arrives_again(self) -> None:
        before = self.wait(self.stores.rows("SELECT count(*) FROM audit_trail"))
        self.wait(self.desk.act(str(self.last)))
        assert self.wait(self.stores.rows("SELECT count(*) FROM audit_trail")) == before

    # Events

    @rule()
    def the_worker_dies_after_its_commit(self) -> None:
        self.desk.rounds -= 1
        self.tries()

    @rule()
    def its_coverage_is_shown(self) -> None:
        change = a_coverage_change()
        self.wait(self.stores.feeds.apply_coverage([change]))
        self.asked(self.stores.feeds.waiting_for_members([change.member_id], ("P-ELIG",)))

    @rule(order=st.sampled_from(["primary", "primary", "secondary", "unknown", None]))
    def another_payer_is_shown(self, order: str | None) -> None:
        self.feed_version += 1
        change = coverage(order, self.feed_version)
        self.wait(self.stores.feeds.apply_coverage([change]))
        self.asked(self.stores.feeds.waiting_for_members([change.member_id], ("P-ELIG", "P-COB")))

    @rule(reads=st.booleans())
    def the_other_payer_explains(self, reads: bool) -> None:  # noqa: FBT001 - hypothesis names it
        self.feed_version += 1
        document = an_eob(self.feed_version, **({"adjudication": adjudicated()} if reads else {}))
        self.wait(self.stores.feeds.apply_documents([(document, self.desk.now)]))
        self.asked(self.stores.released_by_documents([document]))

    @rule(kind=st.sampled_from(["order", "imaging-report"]), version=st.integers(1, 2))
    def a_document_arrives(self, kind: str, version: int) -> None:
        document = DocumentReceivedV1(
            document_id=f"SYN-{kind}", version=version, submitter="SYNTHETIC", claim_control_number="C1", kind=kind
        )
        self.wait(self.stores.feeds.apply_documents([(document, self.desk.now)]))
        self.asked(self.stores.released_by_documents([document]))

    @precondition(lambda self: self.desk.rounds > 0 and not self.corrected)
    @rule(frequency=st.sampled_from([Frequency.REPLACEMENT, Frequency.VOID]))
    def a_correction_is_sent(self, frequency: Frequency) -> None:
        self.corrected = True
        named = {"frequency": frequency, "payer_claim_number": payer_claim_number(self.desk.claim_id)}
        sent = with_claim_fields(a_submission("C1-AGAIN", *self.codes()), named)
        _, [stored] = self.wait(self.stores.accept(sent))
        correction = Desk(self.stores, stored, self.desk.now, rounds=-1)
        summary: PublishSummary = self.wait(correction.try_again())
        for value in summary.completes:
            if value == self.desk.claim_id:
                self.tries()
            elif value == correction.claim_id:
                self.wait(correction.try_again())

    @rule(days=st.sampled_from([1, 7, 20, 46]))
    def time_passes(self, days: int) -> None:
        self.desk.now += timedelta(days=days)
        self.wait(self.desk.run(WATCH_CLOCKS, str(self.desk.claim_id)))
        fields = {(r[0], r[1], r[2]) for r in self.wait(self.stores.rows("SELECT clock, says, at FROM clock_notices"))}
        assert self.deadline_alerts() <= fields, "a clock spoke and no person was notified"

    # What holds at every moment

    def deadline_alerts(self) -> set[tuple[str, str, datetime]]:
        times = self.wait(PostgresDeadlines(self.engine).times(str(self.desk.claim_id)))
        assert times is not None
        states = claim_deadlines(times, self.stores.reference, self.desk.now)
        every = [said for state in states for said in deadline_alerts(state, times.received_at)]
        return {(s.name, s.kind, s.at) for s in (*every, *overdue(times, self.desk.now))}

    def codes(self) -> tuple[str, ...]:
        return tuple(line.code for line in self.desk.stored.claim.lines)

    @invariant()
    def a_claim_has_one_final_decision_at_most_and_an_open_one_its_clock(self) -> None:
        if hasattr(self, "desk"):
            assert self.wait(self.stores.rows(f"({LIFE}) UNION ALL ({WITHOUT_CLOCK})")) == []

    @invariant()
    def a_person_owns_it_until_it_is_decided(self) -> None:
        if not hasattr(self, "desk"):
            return
        found = self.wait(ReviewQueries(self.engine).case(ClaimId(self.desk.claim_id)))
        assert found is not None
        if found.determined:
            assert not found.pends
            return
        assert found.pends, "neither decided nor waiting"
        assert not found.case.pends or any(may_work_on(found.case, person, self.who_may) for person in ALL_STAFF)


async def _awaited(coroutine: Awaitable[T]) -> T:
    return await coroutine


ALL_STAFF = tuple(StaffMember(person.person_id, frozenset(person.roles)) for person in STAFF)


def test_no_life_of_a_claim_ends_in_two_decisions_an_unsigned_denial_a_lost_clock_or_nobodys_hands(
    database: str, reference: ReferenceData
) -> None:
    machine = partial(Life, database, reference)
    run_state_machine_as_test(machine, settings=lives(10, steps=12))  # type: ignore[arg-type]
