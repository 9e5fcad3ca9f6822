"""People's actions and the clocks over dictionaries, with the judgement of production; PostgreSQL is in tests/integration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid5

import orjson

from adjudication.model.claim import Claim
from adjudication.model.determination import Determination, Pended
from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.people import StaffMember
from adjudication.prerelease_holds.returns import SentBack, standing
from adjudication.review.case import Done
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.review.decision_actions import Decide, SendBack
from adjudication.review.evidence_actions import Correct, RecordFacts, RequestDocuments
from adjudication.review.first_due import FirstDue
from adjudication.review.settlements import Settlement
from contracts.events.outgoing import OutgoingMessage
from contracts.records.decisions import CaseFile, DeadlineNotice, Judge, Judged
from contracts.workflow_messages.claims import ReviewAct, ReviewAnswer
from storage.review.reviewer_entries import ReviewerEntry

CHANGES = (Decide, SendBack, RecordFacts, Correct)


@dataclass
class InMemoryReviews:
    """What people submitted and did. It shares claims, pends, decisions and outbox with the ledger."""

    claims: Mapping[ClaimId, tuple[int, Claim]]
    pended: Mapping[ClaimId, Pended]
    determined: Mapping[ClaimId, Determination]
    outbox: list[OutgoingMessage]
    called: Callable[[str], None] = lambda _: None
    people: dict[str, StaffMember] = field(default_factory=dict)
    submitted: dict[str, tuple[ClaimId, str, bytes]] = field(default_factory=dict)
    answers: dict[str, ReviewAnswer] = field(default_factory=dict)
    history: dict[ClaimId, list[tuple[Done, str]]] = field(default_factory=lambda: defaultdict(list))
    said: dict[ClaimId, ReviewerEntry] = field(default_factory=dict)
    asked: dict[ClaimId, dict[str, datetime]] = field(default_factory=lambda: defaultdict(dict))

    def employ(self, *people: StaffMember) -> None:
        self.people.update({person.person_id: person for person in people})

    def submit(self, claim_id: ClaimId, person: StaffMember, *, key: str = "", **content: object) -> str:
        """Keep an action as the interface does; return its id, which follows from what it says and from `key`."""
        sent = orjson.dumps(content)
        action_id = str(uuid5(UUID(claim_id), f"{person.person_id}:{key}:{sent.decode()}"))
        self.submitted.setdefault(action_id, (claim_id, person.person_id, sent))
        return action_id

    async def record_action(self, act: ReviewAct, judge: Judge, now: datetime) -> ReviewAnswer:
        self.called("act")
        return self.judged(act, judge)

    def judged(self, act: ReviewAct, judge: Judge) -> ReviewAnswer:
        """Judge, write and answer; asked again, answer as before."""
        if act.action_id in self.answers:
            return self.answers[act.action_id]
        claim_id, person_id, sent = self.submitted.get(act.action_id, (ClaimId(""), "", b""))
        if claim_id != act.claim_id:
            return ReviewAnswer(accepted=False, code="unknown-action")
        file = self._file(act.action_id, claim_id, person_id, sent)
        judge(file)  # Asked twice, as a store does whose first transaction has to be repeated.
        judged = judge(file)
        if judged.done is not None:
            self._write(claim_id, judged, judged.done, sent)
        self.answers[act.action_id] = _answer(judged)
        return self.answers[act.action_id]

    def _file(self, action_id: str, claim_id: ClaimId, person_id: str, sent: bytes) -> CaseFile:
        waiting = self.pended.get(claim_id)
        return CaseFile(
            action_id=action_id,
            claim=self.claims[claim_id][1],
            determined=claim_id in self.determined,
            pends=() if waiting is None else waiting.pends,
            plans=() if waiting is None else plans_of(waiting),
            history=tuple(self.history[claim_id]),
            person=self.people.get(person_id),
            action_message=sent,
            handed_to=self.people.get(str(orjson.loads(sent).get("to_person"))),
            times=CaseTimes(
                self.claims[claim_id][1].received_at,
                () if waiting is None else tuple(dict.fromkeys(plan for _, plan in plans_of(waiting))),
                () if waiting is None else tuple((pend.code, pend.due_at) for pend in waiting.pends),
            ),
            unanswered=dict(self.asked[claim_id]),
            licenses={person.person_id: person.licenses for person in self.people.values()},
        )

    def _write(self, claim_id: ClaimId, judged: Judged, done: Done, sent: bytes) -> None:
        self.history[claim_id].append((done, sent.decode()))
        said = self.said.setdefault(claim_id, ReviewerEntry())
        if isinstance(done.action, Decide):
            settled = _settlement(done.action, done, judged)
            stands = standing(said.settlements, said.returns)
            assert all((s.line, s.outcome, s.about) != (settled.line, settled.outcome, settled.about) for s in stands)
            said.settlements.append(settled)
        elif isinstance(done.action, SendBack):
            sent_back, by = done.action, done.person_id
            said.returns.append(SentBack(sent_back.line, sent_back.outcome, sent_back.error, by, done.at))
        elif isinstance(done.action, RecordFacts):
            said.facts.extend(done.action.facts)
        elif isinstance(done.action, Correct):
            said.corrections.append(done.action)
        elif isinstance(done.action, RequestDocuments):
            assert judged.due_at is not None
            self.asked[claim_id].update(dict.fromkeys(done.action.kinds, judged.due_at))
        self.outbox.extend(judged.messages)


def _answer(judged: Judged) -> ReviewAnswer:
    if judged.refusal is not None:
        return ReviewAnswer(accepted=False, code=judged.refusal.code)
    assert judged.done is not None
    return ReviewAnswer(accepted=True, try_again=isinstance(judged.done.action, CHANGES))


def _settlement(action: Decide, done: Done, judged: Judged) -> Settlement:
    return Settlement(
        action.line,
        action.outcome,
        action.resolution,
        done.person_id,
        done.role.value,
        done.at,
        action.denies_as,
        judged.signature,
        action.allowed,
        action.about,
    )


def plans_of(waiting: Pended) -> tuple[tuple[int | None, PlanId], ...]:
    """The plan of each line, as eligibility found it."""
    shown = [
        (finding.line, PlanId(evidence.value))
        for finding in waiting.findings
        for evidence in finding.evidence
        if evidence.name == "plan"
    ]
    return tuple(dict.fromkeys(shown))


@dataclass
class InMemoryDeadlines:
    """The times of waiting claims, and what their clocks said."""

    claims: Mapping[ClaimId, tuple[int, Claim]]
    pended: Mapping[ClaimId, Pended]
    determined: Mapping[ClaimId, Determination]
    outbox: list[OutgoingMessage]
    due: dict[str, FirstDue | None] = field(default_factory=dict)
    published: dict[tuple[str, str, str, datetime], DeadlineNotice] = field(default_factory=dict)

    async def times(self, claim_id: str) -> CaseTimes | None:
        claim_key = ClaimId(claim_id)
        if claim_key not in self.claims:
            return None
        waiting, decided = self.pended.get(claim_key), self.determined.get(claim_key)
        times = CaseTimes(self.claims[claim_key][1].received_at, (), ())
        if waiting is not None:
            plans = tuple(dict.fromkeys(plan for _, plan in plans_of(waiting)))
            times = replace(times, plans=plans, pends=tuple((pend.code, pend.due_at) for pend in waiting.pends))
        return times if decided is None else replace(times, decided_at=decided.decided_at)

    async def record_alerts(self, claim_id: str, notices: Sequence[DeadlineNotice], due: FirstDue | None) -> int:
        self.due[claim_id] = due
        new = [n for n in notices if (n.claim_id, n.clock, n.says, n.at) not in self.published]
        for notice in new:
            self.published[notice.claim_id, notice.clock, notice.says, notice.at] = notice
            self.outbox.append(notice.message)
        return len(new)
