"""The life of a denied claim and its appeals on the real store: filed, withdrawn, decided, dismissed, settled, while the claim
is replaced or voided, rules are loaded, people leave and time passes, in whatever order.

No life ends in two final decisions of one version, a denial without signature, a lost clock, an appeal no person owns, or a
decider who took part in what they decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
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

from adjudication.appeals.assignments import offers
from adjudication.appeals.deadlines import deadlines, gaps
from adjudication.appeals.rules import Appellant
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Frequency
from adjudication.people import Role
from console.appeals.access import RULELESS
from contracts.ids import payer_claim_number
from contracts.records.appeal_queries import HeldAppeal
from runtime.processes.reopen_held_appeals import take_up_appeals
from storage.appeals.queries import AppealQueries
from storage.appeals.resumption import PostgresAppealResumption
from storage.audit.trail import broken
from storage.engine import create_engine
from storage.people.accounts import active_people
from tests.builders.ledger.appeal_cases import FILED, LICENSE, RATIONALE, Office, a_denied_claim, a_filing
from tests.builders.ledger.appeals_taken_up import Workflows, without_rules
from tests.builders.ledger.desks import Desk, a_license, a_staff_member, documented, with_claim_fields
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_coverage_change, a_submission
from tests.builders.lives import Living, lives
from tests.builders.servers.postgres import empty

pytestmark = pytest.mark.servers
T = TypeVar("T")

PLANS = st.sampled_from(["CASCADE-MA", "BUCKEYE-MCD", "HUDSON-EP"])
CODES = st.sampled_from([("72148", "72141"), ("0609T", "72141")])
APPELLANTS = st.sampled_from(
    [Appellant.MEMBER, Appellant.MEMBER, Appellant.CONTRACT_PROVIDER, Appellant.REPRESENTATIVE]
)
MORE = (
    a_staff_member("second-peer", "clinical-peer", license=LICENSE, reports_to="other-chief"),
    a_staff_member("second-md", "appeals-physician", license=LICENSE, reports_to="other-chief"),
    a_staff_member("under-denier", "appeals-physician", "clinical-peer", license=LICENSE, reports_to="denier"),
    a_staff_member("ohio-md", "appeals-physician", license=a_license(state="OH"), reports_to="other-chief"),
    a_staff_member("owner", "policy-owner"),
    a_staff_member("ops", "ops"),
    a_staff_member("coder", "coder"),
)
people = st.sampled_from(
    [
        "denier",
        "appeals-md",
        "peer",
        "specialist",
        "pricer",
        "chief",
        "SYN-second-peer",
        "SYN-second-md",
        "SYN-under-denier",
    ]
)
SETTLED = {"action": "settle", "line": 1, "outcome": "pricing.manual", "rationale": RATIONALE}
actions = st.sampled_from(
    [
        {"action": "acknowledge"},
        {"action": "assign-decider", "person": "appeals-md"},
        {"action": "assign-decider", "person": "denier"},
        {"action": "decide-good-cause", "accepted": False, "reference": "SYN-R"},
        {"action": "decide-good-cause", "accepted": True, "reference": "SYN-R"},
        {"action": "dismiss", "ground": "claim-taken-back"},
        {"action": "dismiss", "ground": "already-open"},
        {"action": "dismiss", "ground": "late-without-good-cause"},
        {"action": "dismiss", "ground": "no-proof"},
        {"action": "vacate-dismissal", "reference": "SYN-R"},
        {"action": "hear-anyway", "reference": "SYN-R"},
        {"action": "receive-proof", "proof": "representation", "reference": "SYN-DOC"},
        {"action": "extend", "reference": "SYN-NOTICE"},
        {"action": "withdraw", "reference": "SYN-R"},
        {"action": "record-effectuation", "reference": "SYN-PAID"},
        {"action": "try-again"},
        {**SETTLED, "allowed": "210.00"},
        {**SETTLED, "denies_as": "necessity.experimental"},
        {**SETTLED},
    ]
)
BROKEN = {
    "a version is shown once, and none is left out": """
        SELECT claim_id::text FROM determinations GROUP BY 1 HAVING count(*) <> max(version) OR min(version) <> 1""",
    "nothing is denied on clinical grounds without a signature": """
        SELECT claim_id::text FROM determination_lines WHERE disposition = 'denied' AND clinical AND signature_id IS NULL""",
    "no person decides what they took part in": """
        SELECT d.appeal_id::text FROM appeal_decisions d JOIN reviewer_signatures s USING (claim_id)
        WHERE s.reviewer_id IN (d.person_id, d.consulted) AND s.signed_at < d.decided_at""",
    "a clinical appeal is decided over a signature": """
        SELECT appeal_id::text FROM appeal_decisions WHERE clinical AND signature_id IS NULL""",
    "an accepted denial of an overturned line is signed from then on": """
        SELECT action_id::text FROM appeal_actions
        WHERE accepted AND content ->> 'denies_as' IS NOT NULL AND signature_id IS NULL""",
    "what overturned lines wait for has an owner and a day": """
        SELECT appeal_id::text FROM appeal_pends WHERE closed_at IS NULL AND (owner = '' OR due_at IS NULL)""",
}


class Appeals(Living):
    """One denied claim, its appeals, the people who work on them, and a driver that checks them as their workflows do."""

    def __init__(self, dsn: str, reference: ReferenceData) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        empty(dsn)
        self.engine: AsyncEngine = create_engine(dsn, pool_size=4)
        self.stores = Stores.over(self.engine, dsn, reference)
        self.reads = AppealQueries(self.engine, reference)
        self.now = FILED
        self.office = Office(self.engine, reference)
        self.early = Office(self.engine, without_rules(reference))
        self.filed: dict[str, Any] = {}
        self.last: tuple[str, str] | None = None
        self.acted = 0
        self.corrected = False

    def wait(self, coroutine: Awaitable[T]) -> T:
        return self.runner.run(_awaited(coroutine))

    def teardown(self) -> None:
        try:
            assert self.wait(self.stores.broken()) == []
            assert self.wait(_all(broken(self.engine))) == []
        finally:
            self.wait(self.engine.dispose())
            self.runner.close()

    @initialize(plan=PLANS, codes=CODES, appellant=APPELLANTS, loaded=st.booleans())
    def a_claim_is_denied_and_appealed(
        self,
        plan: str,
        codes: tuple[str, ...],
        appellant: Appellant,
        loaded: bool,  # noqa: FBT001 - hypothesis names it
    ) -> None:
        self.wait(self.stores.feeds.apply_coverage([a_coverage_change()]))
        self.codes = codes
        self.claim = self.wait(a_denied_claim(self.stores, plan, codes=codes))
        self.wait(put_people(self.engine, MORE))
        self.files(appellant, loaded=loaded)

    # What their workflows do

    def looks(self) -> None:
        """A passed deadline is looked at until nothing more follows from it."""
        for appeal in self.filed:
            if self.held(appeal).state is not None:
                self.office.appeal = appeal
                first = self.wait(self.office.looks(self.now))
                assert self.wait(self.office.looks(self.now)) == first, "looking twice changes nothing"

    def acts(self, appeal: str, person: str, content: dict[str, Any]) -> None:
        """The console takes no action on an appeal that no rule opened."""
        if self.held(appeal).state is None:
            return
        self.office.appeal = appeal
        self.acted += 1
        self.last = appeal, self.wait(self.office.submit(person, **content))
        self.wait(self.office.acts(self.last[1], self.now))
        self.looks()

    def held(self, appeal: str) -> HeldAppeal:
        found = self.wait(self.reads.held(appeal))
        assert found is not None
        return found

    # The appellant

    @precondition(lambda self: len(self.filed) < 3)
    @rule(appellant=APPELLANTS, loaded=st.booleans())
    def another_appeal_is_filed(self, appellant: Appellant, loaded: bool) -> None:  # noqa: FBT001
        self.files(appellant, loaded=loaded)

    def files(self, appellant: Appellant, *, loaded: bool) -> None:
        """It comes twice; `loaded`: the rules of appeals are, where it comes in."""
        office = self.office if loaded else self.early
        reference = f"A-{len(self.filed)}"
        filed = a_filing(self.claim, self.now, appellant=appellant, appeal_reference=reference)
        self.wait(office.file(filed))
        self.wait(office.file(filed))
        self.filed[office.appeal] = filed
        self.looks()

    @rule(data=st.data())
    def the_appellant_takes_it_back(self, data: Any) -> None:
        appeal = data.draw(st.sampled_from(sorted(self.filed)))
        again = self.filed[appeal].version + 1
        self.filed[appeal] = self.filed[appeal].model_copy(update={"version": again, "withdrawn": True})
        self.wait(self.office.file(self.filed[appeal]))
        self.looks()

    # People

    @rule(person=people, content=actions, data=st.data())
    def a_person_does_something(self, person: str, content: dict[str, Any], data: Any) -> None:
        self.acts(data.draw(st.sampled_from(sorted(self.filed))), person, content)

    @rule(person=people, ruling=st.sampled_from(["upheld", "overturned"]), data=st.data())
    def a_person_decides(self, person: str, ruling: str, data: Any) -> None:
        self.decides(data.draw(st.sampled_from(sorted(self.filed))), person, ruling)

    @rule(ruling=st.sampled_from(["upheld", "overturned", "overturned"]))
    def who_may_decides(self, ruling: str) -> None:
        """Otherwise few lives would ever come to a decision, here or where the law sends them."""
        for appeal, person in self.able("decide")[:1]:
            self.decides(appeal, person, ruling)
        for appeal, person in self.able("record-outside-ruling")[:1]:
            self.acts(
                appeal, person, {**self.rulings(appeal, ruling), "action": "record-outside-ruling", "reference": "R"}
            )

    @rule(answer=st.sampled_from([{"allowed": "210.00"}, {"denies_as": "necessity.experimental"}, {}]))
    def who_may_settles_what_waits(self, answer: dict[str, str]) -> None:
        for appeal, person in self.able("settle"):
            for waits in self.held(appeal).pends:
                asked = {"line": waits.line, "outcome": waits.outcome, "rationale": RATIONALE, **answer}
                self.acts(appeal, person, {"action": "settle", **asked})

    def able(self, action: str) -> list[tuple[str, str]]:
        """Who may do something now, and about which appeal."""
        found = [(appeal, self.offered(self.held(appeal))) for appeal in self.filed]
        return [(appeal, person) for appeal, offered in found for person in offered if action in offered[person]]

    def decides(self, appeal: str, person: str, ruling: str) -> None:
        self.acts(appeal, person, {**self.rulings(appeal, ruling), "action": "decide", "rationale": RATIONALE})

    def rulings(self, appeal: str, ruling: str) -> dict[str, Any]:
        state = self.held(appeal).state
        lines: list[int] = [1] if state is None else [*state.open_lines]
        return {"rulings": [{"line": line, "ruling": ruling} for line in sorted(lines)]}

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_last_action_arrives_again(self) -> None:
        appeal, action = self.last or ("", "")
        before = self.wait(self.stores.rows("SELECT count(*) FROM audit_trail"))
        self.office.appeal = appeal
        self.wait(self.office.acts(action, self.now))
        assert self.wait(self.stores.rows("SELECT count(*) FROM audit_trail")) == before

    @rule(who=st.sampled_from(["peer", "SYN-second-peer", "appeals-md"]), leaves=st.booleans())
    def a_person_loses_their_license_or_leaves(self, who: str, leaves: bool) -> None:  # noqa: FBT001
        known = [person for person in self.wait(active_people(self.engine)) if person.person_id == who]
        license = LICENSE.model_copy(update={"restricted": True})
        role = "appeals-physician" if who == "appeals-md" else "clinical-peer"
        changed = a_staff_member("any", role, license=license, active=not leaves, reports_to="other-chief", version=2)
        if known:
            self.wait(put_people(self.engine, [changed.model_copy(update={"person_id": who})]))

    # Events

    @rule()
    def the_rules_are_loaded(self) -> None:
        workflows = Workflows()
        resumption = PostgresAppealResumption(self.engine, self.stores.reference)
        self.wait(take_up_appeals(resumption, workflows, lambda: self.now))
        assert self.wait(take_up_appeals(resumption, workflows, lambda: self.now)) == 0, "nothing opens twice"
        found = [self.held(appeal) for appeal in self.filed]
        assert all(held.state is not None or held.closed for held in found)
        self.looks()

    @precondition(lambda self: self.acted > 2 and not self.corrected)
    @rule(frequency=st.sampled_from([Frequency.REPLACEMENT, Frequency.VOID]))
    def the_claim_is_replaced_or_voided(self, frequency: Frequency) -> None:
        """Late enough for other things to happen first."""
        self.corrected = True
        named = {"frequency": frequency, "payer_claim_number": payer_claim_number(self.claim.claim_id)}
        sent = with_claim_fields(documented(a_submission("C1-AGAIN", *self.codes)), named)
        _, [stored] = self.wait(self.stores.accept(sent))
        self.wait(Desk(self.stores, stored, self.now, rounds=-1).try_again())
        self.looks()

    @rule(days=st.sampled_from([1, 1, 7, 31]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.looks()

    # What holds at every moment

    @invariant()
    def the_database_holds_no_decision_that_may_not_be(self) -> None:
        for what, query in BROKEN.items():
            assert self.wait(self.stores.rows(query)) == [], what

    @invariant()
    def no_appeal_loses_its_clock(self) -> None:
        for appeal in self.filed:
            held = self.held(appeal)
            [(due_at, gap)] = self.wait(
                self.stores.rows("SELECT due_at, gap_under FROM appeals WHERE appeal_id = CAST(:a AS uuid)", a=appeal)
            )
            state = held.state
            if state is None and held.closed:  # taken back before a rule opened it: no person owns it
                assert due_at is None, "closed without a rule, and still due"
                continue
            if state is None:
                assert due_at is not None, "no rule, and no day by which a person loads one"
                assert gap is not None, "no rule, and nothing that tries it again"
                continue
            owed = [each.due_at for each in deadlines(state)] + [each.act_by for each in gaps(state)]
            owed += [each.due_at for each in held.pends]
            assert due_at == min(owed, default=None), "the list says another day than the trail"
            assert held.closed or owed or state.missed_deadlines or state.held_up or state.outside, (
                "open, and nothing is owed"
            )

    @invariant()
    def a_person_can_do_something_about_every_open_appeal(self) -> None:
        for appeal in self.filed:
            held = self.held(appeal)
            if held.state is None:
                staff = self.wait(active_people(self.engine))
                assert any(Role.POLICY_OWNER in person.roles & RULELESS for person in staff)
            elif not held.closed:
                assert any(may - {"add-documents"} for may in self.offered(held).values()), held.state

    def offered(self, held: HeldAppeal) -> dict[str, set[str]]:
        """Name what each person may do about an appeal now, in one of their roles."""
        found: dict[str, set[str]] = {}
        staff = self.wait(active_people(self.engine))
        lines = {person.person_id: person.reports_to for person in staff}
        if held.state is None:
            return found
        for person in staff:
            for role in person.roles:
                alone = replace(person, roles=frozenset({role}))
                asked = offers(held.state, alone, self.now, lines, held.pends, self.stores.reference)
                found.setdefault(person.person_id, set()).update(o.action for o in asked if o.refusal is None)
        return found


async def _awaited(coroutine: Awaitable[T]) -> T:
    return await coroutine


async def _all(found: Any) -> list[str]:
    return [words async for words in found]


def test_no_life_of_an_appeal_ends_in_two_decisions_an_unsigned_denial_a_lost_clock_nobodys_hands_or_a_partial_judge(
    database: str, reference: ReferenceData
) -> None:
    machine = partial(Appeals, database, reference)
    run_state_machine_as_test(machine, settings=lives(12, steps=14))  # type: ignore[arg-type]
