"""Apply what people, feeds and clocks ask of an appeal. Whether it is allowed is adjudication/appeals/case.py.

It may not decide anything and may not see Temporal: ids and times come in, codes go out. What follows from a ruling by
itself (the superseding determination, the file that goes on to the next forum) is worked out here and written with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from pydantic import ValidationError
from temporalio import activity

from activities.errors import named_only
from adjudication.appeals import actions, events
from adjudication.appeals.arithmetic import FilingDates
from adjudication.appeals.case import apply
from adjudication.appeals.deadlines import deadlines
from adjudication.appeals.events import Event
from adjudication.appeals.independence import Ruling
from adjudication.appeals.outcome import Ruled
from adjudication.appeals.rules import Forum, Missed, Subject
from adjudication.appeals.state import AppealState, LevelResult, fold
from adjudication.appeals.superseding import After, supersede
from adjudication.determination import Pended
from adjudication.errors import AdjudicationError
from adjudication.reference import ReferenceData
from adjudication.review.people import Refusal
from adjudication.review.settlements import Resolution, Settlement
from contracts.appeal_actions import APPEAL_ACTION, SettleOverturnedV1, settlement_of, to_appeal_action
from contracts.appeal_messages import (
    APPLY_APPEAL_ACTION,
    WATCH_APPEAL,
    AppealAct,
    AppealAnswer,
    AppealWatch,
    LookAtAppeal,
)
from contracts.appeal_rendering import changed_message
from contracts.appeal_values import AppealFile, AppealJudge, AppealJudged
from contracts.appeals import AppealFiledV1
from contracts.ids import event_id
from contracts.outgoing import OutgoingMessage
from contracts.rendering import determination_messages

_SYSTEM_PEND: Final = "P-SYS"
_TAKEN_PEND: Final = "P-EDIT-OVR"


class AppealStore(Protocol):
    """Where what happens to appeals becomes fact."""

    async def act(self, act: AppealAct, judge: AppealJudge) -> AppealAnswer:
        """Judge a submitted action and write what it does, in one transaction; asked again, answer as before."""
        ...

    async def watch(self, look: LookAtAppeal, judge: AppealJudge) -> AppealWatch:
        """Take in newer filings and deadlines that passed, in one transaction; say when to look again."""
        ...


class AppealActivities:
    """What is done about appeals."""

    def __init__(self, appeals: AppealStore, reference: ReferenceData) -> None:
        """Take the port this needs."""
        self._appeals = appeals
        self._reference = reference

    @activity.defn(name=APPLY_APPEAL_ACTION)
    async def apply_appeal_action(self, act: AppealAct) -> AppealAnswer:
        """Judge and apply one submitted action; asked again, answer as before."""
        at = datetime.fromisoformat(act.at)
        with named_only(APPLY_APPEAL_ACTION):
            return await self._appeals.act(act, lambda file: judge(file, at, self._reference))

    @activity.defn(name=WATCH_APPEAL)
    async def watch_appeal(self, look: LookAtAppeal) -> AppealWatch:
        """Take in what came and what fell due."""
        at = datetime.fromisoformat(look.at)
        with named_only(WATCH_APPEAL):
            return await self._appeals.watch(look, lambda file: look_at(file, at, self._reference))


def judge(file: AppealFile, now: datetime, reference: ReferenceData) -> AppealJudged:
    """Ask the core whether an action is allowed, and work out what follows from it."""
    if file.actor is None:
        return _refused("unknown-person", "you are not on the list of active staff; ask the supervisor")
    action = _read(file, now)
    if isinstance(action, Refusal):
        return AppealJudged(refusal=action)
    if isinstance(action, Settlement):
        return _Consequences(replace(file, settlements=(*file.settlements, action)), now, reference).of_settlement(
            action
        )
    answer = apply(file.state, action, file.actor, now, file.reports_to)
    if isinstance(answer, Refusal):
        return AppealJudged(refusal=answer)
    rationale = action.rationale if isinstance(action, actions.Decide) else ""
    return _Consequences(file, now, reference, rationale).of(answer)


def look_at(file: AppealFile, now: datetime, reference: ReferenceData) -> AppealJudged:
    """Take in newer filings, then draw the law's conclusions from the deadlines that have passed."""
    state, happened = file.state, list[Event]()
    for filed in file.newer:
        for action in _told_by(filed, state):
            answer = apply(state, action, None, now, file.reports_to)
            if not isinstance(answer, Refusal):
                state, happened = fold(state, answer), [*happened, *answer]
    # What goes on by itself leaves at once: its own time to leave, which is the same, has not been missed.
    while state.forward_owed_from is None or not happened:
        passed = next((each for each in deadlines(state) if each.due_at <= now), None)
        noted = None if passed is None else apply(state, actions.NoteDeadline(passed.what), None, now, file.reports_to)
        if noted is None or isinstance(noted, Refusal):
            break
        state, happened = fold(state, noted), [*happened, *noted]
    return _Consequences(file, now, reference).of(happened)


def _read(file: AppealFile, now: datetime) -> actions.Action | Settlement | Refusal:
    """What cannot be read is refused like anything else: raised, it would be tried again for ever."""
    try:
        sent = APPEAL_ACTION.validate_json(file.sent or b"")
    except ValidationError:
        return Refusal(
            "unreadable", "this is no action as the interface describes them; nothing was done, send it anew"
        )
    if isinstance(sent, SettleOverturnedV1):
        return (
            Refusal("person-needed", "a person does this")
            if file.actor is None
            else settlement_of(sent, file.actor, now)
        )
    try:
        return to_appeal_action(sent, file.people)
    except ValueError as error:
        return Refusal("unusable", str(error))


def _refused(code: str, words: str) -> AppealJudged:
    return AppealJudged(refusal=Refusal(code, words))


def _told_by(filed: AppealFiledV1, state: AppealState) -> Iterator[actions.Action]:
    """Yield what a newer filing asks; what it only repeats, the core refuses and nothing comes of it."""
    for proof in filed.proofs:
        if proof.proof in state.missing:
            yield actions.ReceiveProof(proof.proof, proof.document_id)
    if filed.documents:
        yield actions.AddDocuments(filed.documents)
    if filed.level is not None and filed.level != state.level.name:
        dates = FilingDates(filed.received_at.date(), filed.postmarked_on, notice_received_on=filed.notice_received_on)
        yield actions.OpenLevel(filed.level, dates, filed.received_at)
    if filed.withdrawn:
        yield actions.Withdraw(f"{filed.appeal_reference}/{filed.version}")


@dataclass(frozen=True, slots=True)
class _Consequences:
    """What follows by itself from what happened to one appeal at one moment."""

    file: AppealFile
    now: datetime
    reference: ReferenceData
    rationale: str = ""

    def of(self, answer: Sequence[Event]) -> AppealJudged:
        """Return the events with what follows, the superseding determination and the messages that tell all of it."""
        if not answer:
            return AppealJudged(state=self.file.state)
        happened = list(answer)
        state = fold(self.file.state, happened)
        after = self._after(state, happened)
        more = [*self._carried_out(state, after), *self._goes_on(state)]
        state = fold(state, more)
        happened += more
        version = 0 if self.file.before is None else self.file.before.version + 1
        determination = None if after is None else after.determination
        return AppealJudged(
            events=tuple(happened),
            state=state,
            rationale=self.rationale,
            determination=determination,
            version=version if determination is not None else 0,
            messages=self._messages(state, happened, after, version),
        )

    def of_settlement(self, settlement: Settlement) -> AppealJudged:
        """Fold the overturned lines again with a settlement, and carry the ruling out when nothing waits any more."""
        state, before = self.file.state, self.file.before
        result = next((each for each in reversed(state.results) if each.favourable), None)
        waited = None if result is None else self._superseding(state, result, self.file.settlements[:-1])
        if before is None or result is None or waited is None or state.effect_owed_from is None:
            return _refused("nothing-waits", "no overturned line of this appeal waits for anybody")
        refusal = self._settlement_refusal(settlement, waited, result)
        if refusal is not None:
            return AppealJudged(refusal=refusal)
        after = None if self.file.collides else self._superseding(state, result, self.file.settlements)
        happened = self._carried_out(state, after)
        state = fold(state, happened)
        determination = None if after is None else after.determination
        return AppealJudged(
            events=happened,
            state=state,
            determination=determination,
            version=0 if determination is None else before.version + 1,
            messages=self._messages(state, happened, after, before.version + 1, asked=True),
        )

    def _settlement_refusal(self, settlement: Settlement, waited: After, result: LevelResult) -> Refusal | None:
        """Say why a person may not settle this: it does not wait, or another role owns it."""
        pends = waited.decision.pends if isinstance(waited.decision, Pended) else ()
        asked = (settlement.line, settlement.outcome)
        pend = next((pend for pend in pends if (pend.line, pend.outcome) == asked), None)
        if pend is None:
            return Refusal("not-waiting", "this line does not wait for that; look at what it waits for")
        if any(each.line == settlement.line and each.ruling is Ruling.PARTLY for each in result.rulings):
            return Refusal("partly", "a line overturned in part is paid by hand; record when that has been done")
        rule = self.reference.pends[pend.code]
        priced = settlement.resolution is Resolution.PRICED
        may = rule.may_price if priced else rule.may_pass
        actor = self.file.actor
        if actor is None or not actor.roles & may:
            who = ", ".join(sorted(role.value for role in may)) or "nobody in this way"
            return Refusal("role-may-not", f"this is settled by: {who}")
        return None

    def _after(self, state: AppealState, happened: Sequence[Event]) -> After | None:
        """Apply a ruling to the claim; None where there was none, or where it cannot be told and a person must act."""
        ruled = next((event for event in happened if _rules(event)), None)
        result = None if ruled is None else next((r for r in state.results if r.level == state.level.name), None)
        return None if result is None or self.file.collides else self._superseding(state, result, self.file.settlements)

    def _superseding(self, state: AppealState, result: LevelResult, settlements: Sequence[Settlement]) -> After | None:
        before, level = self.file.before, state.case.path.level(result.level)
        if before is None:
            return None
        by = Ruled(
            state.case.appeal_id,
            result.level,
            state.case.appellant,
            result.at,
            level.forum is not Forum.PLAN,
            level.citation,
            result.signature,
        )
        try:
            return supersede(before, result.rulings, by, self.now, self.reference, settlements)
        except AdjudicationError:
            return None

    def _carried_out(self, state: AppealState, after: After | None) -> tuple[Event, ...]:
        """Paying what was denied is the superseding determination itself; a service still has to be given."""
        before = self.file.before
        if after is None or after.determination is None or before is None or state.effect_owed_from is None:
            return ()
        if state.case.subject is not Subject.PAYMENT:
            return ()
        reference = event_id(state.case.claim_id, "claim.determined", before.version + 1)
        return (events.Effectuated(self.now, None, reference),)

    def _goes_on(self, state: AppealState) -> tuple[Event, ...]:
        """What the law sends on leaves with the event that tells it."""
        if state.forward_owed_from is None:
            return ()
        told = f"appeal/{state.case.appeal_id}/{self.file.number + 1}"
        answer = apply(state, actions.RecordForward(told), None, self.now, self.file.reports_to)
        return () if isinstance(answer, Refusal) else answer

    def _messages(
        self, state: AppealState, happened: Sequence[Event], after: After | None, version: int, *, asked: bool = False
    ) -> tuple[OutgoingMessage, ...]:
        determined: tuple[OutgoingMessage, ...] = ()
        if after is not None and after.determination is not None and self.file.before is not None:
            claim = self.file.before.claim
            determined = determination_messages(claim, after.determination, self.reference)
        changed = changed_message(
            state,
            happened,
            self.file.number + 1,
            self.now,
            version if determined else None,
            self._waits_for(after) if asked or any(_rules(event) for event in happened) else (),
        )
        return (*determined, changed)

    def _waits_for(self, after: After | None) -> tuple[str, ...]:
        """Name what keeps an overturned line from being determined: a pend code and its line, or a fault."""
        if after is None:
            return (_TAKEN_PEND if self.file.collides else _SYSTEM_PEND,)
        if isinstance(after.decision, Pended):
            return tuple(f"{pend.code}:{pend.line or 0}" for pend in after.decision.pends)
        return ()


def _rules(event: Event) -> bool:
    deemed = isinstance(event, events.Deemed) and event.missed is Missed.OVERTURNED
    return deemed or isinstance(event, events.Decided | events.OutsideRuled)
