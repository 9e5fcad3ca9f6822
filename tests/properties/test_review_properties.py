"""No sequence of actions by any people at any times breaks what holds of a claim in review."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from activities.review.actions import case_rules, judge
from adjudication.model import outcomes
from adjudication.model.determination import Determination, Pend, Pended
from adjudication.model.vocabulary import ClaimId, LineNumber, PlanId
from adjudication.people import Role, StaffMember
from adjudication.review.assignment_actions import GiveBack, HandOver, Take
from adjudication.review.case import Case, Done, fold, may_work_on
from adjudication.review.decision_actions import Decide, Recommend
from adjudication.review.permissions import permit
from adjudication.review.settlements import Resolution
from contracts.workflow_messages.claims import ReviewAct
from tests.builders.activities.claims import a_claim
from tests.builders.activities.review_stores import InMemoryReviews
from tests.builders.lives import Living, lives
from tests.builders.plans import reference_requiring_authorization
from tests.builders.reviews import BILLING, NOW, RATIONALE, a_license, a_pend, a_person

CLAIM = a_claim("C1", "72148", "72141")
PLAN = PlanId("HUDSON-COMM")
CLINICAL_NAMES = {outcomes.NOT_MEDICALLY_NECESSARY, outcomes.EXPERIMENTAL, outcomes.NOT_REASONABLE_AND_NECESSARY}
LAPSES = NOW.date() + timedelta(days=1)
PEOPLE: tuple[StaffMember, ...] = (
    a_person("nurse", Role.NURSE),
    a_person("physician", Role.PHYSICIAN),
    a_person("peer", Role.CLINICAL_PEER),
    a_person("nurse-and-physician", Role.NURSE, Role.PHYSICIAN),
    a_person("examiner-and-physician", Role.EXAMINER, Role.PHYSICIAN),
    a_person("elsewhere", Role.PHYSICIAN, licenses=(a_license("OH"),)),
    a_person("lapsing", Role.PHYSICIAN, licenses=(a_license(ends=LAPSES),)),
    a_person("restricted", Role.PHYSICIAN, licenses=(a_license(restricted=True),)),
    replace(a_person("interested", Role.PHYSICIAN), conflicts=frozenset({BILLING})),
    a_person("appeals", Role.APPEALS_PHYSICIAN),
    a_person("coder", Role.CODER, licenses=()),
    a_person("pricing", Role.PRICING, licenses=()),
    a_person("supervisor", Role.SUPERVISOR, licenses=()),
)
PENDS = (
    a_pend("P-CLIN-N", outcomes.NECESSITY_CRITERIA_NOT_MET, 1),
    a_pend("P-CLIN-MD", outcomes.EXPERIMENTAL, 2),
    a_pend("P-EDIT-OVR", outcomes.UNITS_REVIEWABLE, 2),
    a_pend("P-PRICE", outcomes.MANUAL_PRICING, 1),
    a_pend("P-DOC", outcomes.NECESSITY_FACTS_MISSING, 2),
)
people = st.sampled_from(PEOPLE)
clinicians = st.sampled_from(PEOPLE[:10])
begins = st.sampled_from(["waits and takes", "waits and takes", "takes", "at once"])
pends = st.sampled_from(PENDS)
resolutions = st.sampled_from(Resolution)
roles = st.sampled_from([*(role.value for role in Role), "not-a-role"])
rationales = st.sampled_from([RATIONALE, RATIONALE, RATIONALE, "short"])
names = st.none() | st.sampled_from(
    [*sorted(CLINICAL_NAMES), outcomes.UNITS_REVIEWABLE, outcomes.NECESSITY_FACTS_MISSING]
)
simple = st.sampled_from(
    [
        {"action": "take"},
        {"action": "release"},
        {"action": "request-documents", "kinds": ["order"]},
        {"action": "request-documents", "kinds": ["therapy-notes", "therapy-notes"]},
        {"action": "record-facts", "facts": [{"fact": "request.present", "flag": True, "source": "SYN-EHR"}]},
        {"action": "second-opinion", "expertise": "neurology", "question": "Is this the accepted use?"},
        {"action": "record-peer-to-peer", "held": True, "note": "spoke"},
        {"action": "correct", "field": "place-of-service", "value": "22"},
        {"action": "no-such-action"},
        {"action": "record-facts", "facts": [{"fact": "request.present", "source": "SYN-EHR"}]},
    ]
)


class Review(Living):
    """One claim, several people, and time; `store` asks the production judgement."""

    @initialize()
    def the_claim_waits(self) -> None:
        self.reference = reference_requiring_authorization()
        self.who_may = case_rules(self.reference)
        self.now = NOW
        waiting = Pended(CLAIM.claim_id, PENDS, (), "synthetic")
        self.decisions: dict[ClaimId, Determination] = {}
        self.store = InMemoryReviews({CLAIM.claim_id: (1, CLAIM)}, {CLAIM.claim_id: waiting}, self.decisions, [])
        self.store.employ(*PEOPLE)
        self.asked = 0
        self.holder: tuple[str, datetime] | None = None

    @rule(minutes=st.sampled_from([1, 10, 29, 30, 31, 60, 1440]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(person=people)
    def a_person_takes_it(self, person: StaffMember) -> None:
        self.act(person, action="take")

    @rule(person=people, content=simple, begin=begins)
    def a_person_acts(self, person: StaffMember, content: dict[str, Any], begin: str) -> None:
        self.begin(person, begin)
        self.act(person, **content)

    @rule(person=people, role=roles, to=st.none() | people)
    def a_person_hands_it_over(self, person: StaffMember, role: str, to: StaffMember | None) -> None:
        self.act(person, action="hand-over", to_role=role, to_person=to and to.person_id, reason="a question for you")

    @rule(person=clinicians, pend=pends, rationale=rationales, begin=begins)
    def a_person_recommends(self, person: StaffMember, pend: Pend, rationale: str, begin: str) -> None:
        self.begin(person, begin)
        self.act(
            person, action="recommend", line=pend.line, outcome=pend.outcome, resolution="denies", rationale=rationale
        )

    @rule(
        person=clinicians, pend=st.sampled_from(PENDS[:2]), name=st.sampled_from(sorted(CLINICAL_NAMES)), begin=begins
    )
    def a_person_denies_on_clinical_grounds(self, person: StaffMember, pend: Pend, name: str, begin: str) -> None:
        self.decide(person, begin, pend, Resolution.DENIES, name, RATIONALE)

    @rule(person=people, pend=pends, resolution=resolutions, name=names, rationale=rationales, begin=begins)
    def a_person_decides(
        self, person: StaffMember, pend: Pend, resolution: Resolution, name: str | None, rationale: str, begin: str
    ) -> None:
        self.decide(person, begin, pend, resolution, name, rationale)

    @rule(begin=begins)
    def who_recommended_last_tries_to_settle_it(self, begin: str) -> None:
        shown = [done for done in self.history if isinstance(done.action, Recommend)]
        for done in shown[-1:]:
            assert isinstance(done.action, Recommend)
            key = (done.action.line, done.action.outcome)
            (pend,) = (pend for pend in PENDS if (pend.line, pend.outcome) == key)
            person = self.store.people[done.person_id]
            self.decide(person, begin, pend, Resolution.DENIES, outcomes.EXPERIMENTAL, RATIONALE)
            self.decide(person, "at once", pend, Resolution.PASSES, None, RATIONALE)

    def begin(self, person: StaffMember, begin: str) -> None:
        """Take the claim first, and wait for that until no other person has it; or do neither."""
        if begin == "waits and takes":
            self.now += timedelta(minutes=30)
        if begin != "at once":
            self.act(person, action="take")

    def decide(
        self, person: StaffMember, begin: str, pend: Pend, resolution: Resolution, name: str | None, rationale: str
    ) -> None:
        self.begin(person, begin)
        self.act(
            person,
            action="decide",
            line=pend.line,
            outcome=pend.outcome,
            resolution=resolution,
            rationale=rationale,
            denies_as=name if resolution is Resolution.DENIES else None,
            criteria=["S3-09"],
            allowed="310.00" if resolution is Resolution.PRICED else None,
        )

    @rule()
    def the_last_action_arrives_again(self) -> None:
        if self.store.submitted:
            before = self.snapshot()
            action_id = list(self.store.submitted)[-1]
            again = self.ask(action_id)
            assert again == self.store.answers[action_id]
            assert self.snapshot() == before

    @rule()
    def the_claim_is_determined(self) -> None:
        if self.asked > 25:
            self.decisions.setdefault(CLAIM.claim_id, Determination(CLAIM.claim_id, self.now, (), "synthetic"))

    def act(self, person: StaffMember, **content: Any) -> None:
        before, history = self.snapshot(), len(self.history)
        self.asked += 1
        answer = self.ask(self.store.submit(CLAIM.claim_id, person, key=str(self.asked), **content))
        if not answer.accepted:
            assert self.snapshot() == before, "a refusal changes nothing"
            return
        assert CLAIM.claim_id not in self.decisions, "a decided claim changes no more"
        (done,) = self.history[history:]
        self.hold(done, person)

    def ask(self, action_id: str) -> Any:
        plans = ((LineNumber(1), PLAN), (LineNumber(2), PLAN))
        return self.store.judged(
            ReviewAct(CLAIM.claim_id, action_id),
            lambda file: judge(replace(file, plans=plans), self.now, self.who_may, self.reference),
        )

    def hold(self, done: Done, person: StaffMember) -> None:
        """Follow who holds the claim, stated again from what the words say and not from the fold."""
        action, until = done.action, self.now + timedelta(minutes=30)
        held = self.holder is not None and self.now < self.holder[1]
        if isinstance(action, Take):
            assert not held or self.holder is None or self.holder[0] == person.person_id, "two people hold it"
            self.holder = (person.person_id, until)
            return
        if not (isinstance(action, HandOver) and Role.SUPERVISOR in person.roles):
            assert held
            assert self.holder is not None
            assert self.holder[0] == person.person_id, "a person acts on what another holds"
        if isinstance(action, HandOver):
            self.holder = (action.to_person, until) if action.to_person else None
        elif self.case().assignment is None:
            self.holder = None

    @property
    def history(self) -> list[Done]:
        return [done for done, _ in self.store.history[CLAIM.claim_id]]

    def case(self) -> Case:
        return fold(Case(PENDS, closed=CLAIM.claim_id in self.decisions), self.history)

    def snapshot(self) -> Any:
        said = self.store.said.get(CLAIM.claim_id)
        shown = (list(said.settlements), list(said.facts), list(said.corrections)) if said else ([], [], [])
        return list(self.history), shown, list(self.store.outbox)

    @invariant()
    def one_person_at_most_can_act(self) -> None:
        rules = replace(self.who_may, providers=frozenset({BILLING}))
        needed = self.reference.signing.needed([PLAN])
        able = [p for p in PEOPLE if isinstance(permit(self.case(), GiveBack(), p, self.now, rules, needed), Done)]
        assert len(able) <= 1

    @invariant()
    def each_settlement_was_permitted_by_the_data(self) -> None:
        recommended = set()
        settled = set()
        for done in self.history:
            if isinstance(done.action, Recommend):
                recommended.add((done.person_id, done.action.line, done.action.outcome))
            if not isinstance(done.action, Decide):
                continue
            key = (done.action.line, done.action.outcome)
            (pend,) = (pend for pend in PENDS if (pend.line, pend.outcome) == key)
            data = self.reference.pends[pend.code]
            may = {"passes": data.may_pass, "denies": data.may_deny, "priced": data.may_price}
            assert done.role in may[done.action.resolution.value] & self.store.people[done.person_id].roles
            assert (done.person_id, *key) not in recommended, "a person settled what they recommended"
            assert key not in settled, "one finding was settled twice"
            settled.add(key)

    @invariant()
    def each_clinical_denial_is_signed_by_who_may(self) -> None:
        said = self.store.said.get(CLAIM.claim_id)
        for settlement in said.settlements if said else ():
            clinical = settlement.resolution is Resolution.DENIES and settlement.denies_as in CLINICAL_NAMES
            assert (settlement.signature is not None) == clinical
            if settlement.signature is None:
                continue
            assert settlement.signature.role in ("physician", "clinical-peer")
            assert settlement.signature.reviewer_id == settlement.person_id
            assert settlement.person_id not in ("SYN-nurse", "SYN-elsewhere", "SYN-restricted", "SYN-interested")
            signed_on: date = settlement.signature.signed_at.date()
            assert settlement.person_id != "SYN-lapsing" or signed_on < LAPSES

    @invariant()
    def an_open_claim_is_always_a_persons(self) -> None:
        case = self.case()
        if case.closed:
            return
        assert not case.pends or any(may_work_on(case, person, self.who_may) for person in PEOPLE)
        for pend in case.pends if case.queue in (None, Role.PHYSICIAN) else ():
            resolving_roles = [self.reference.pends[pend.code].may_pass, self.reference.pends[pend.code].may_price]
            for may in (roles for roles in resolving_roles if roles):
                able = [person for person in PEOPLE if person.roles & may]
                assert any(may_work_on(case, person, self.who_may) for person in able), (
                    "no person sees it who could act"
                )
        for pend in case.pends if case.queue is None else ():
            owners = [person for person in PEOPLE if pend.owner in person.roles]
            assert all(may_work_on(case, person, self.who_may) for person in owners)
        if self.history and isinstance(self.history[-1].action, Decide):
            assert case.queue is None, "what is left after a decision is in its owners' queues"


Review.TestCase.settings = lives(75, steps=50)
TestTheLifeOfAClaimInReview = Review.TestCase
