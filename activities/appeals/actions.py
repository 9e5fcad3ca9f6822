"""Apply what reviewers, the feed and deadlines do to an appeal.

adjudication/appeals/apply.py decides whether it is allowed. activities/appeals/consequences.py adds what a ruling causes;
both are written in one transaction. Arguments are ids and times, results are codes; member data stays in the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pydantic import ValidationError
from temporalio import activity

from activities.appeals.consequences import Consequences
from activities.errors import hide_error_details
from adjudication.appeals import actions
from adjudication.appeals.apply import apply
from adjudication.appeals.deadlines import deadlines, gap_notices
from adjudication.appeals.events import Event
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.rules import Subject
from adjudication.appeals.state import AppealState, fold
from adjudication.appeals.superseding import units_refusal
from adjudication.model.reference import ReferenceData
from adjudication.people import Refusal, StaffMember, forbidden, in_each_role, invalid
from adjudication.review.settlements import Settlement
from contracts.actions.appeal_messages import AppealStepV1, SettleOverturnedV1, TryAgainV1
from contracts.actions.appeals import APPEAL_ACTION
from contracts.events.appeals import AppealFiledV1
from contracts.records.appeals import AppealFile, AppealJudge, AppealJudged
from contracts.stored import read_stored_by
from contracts.workflow_messages.appeals import (
    APPLY_APPEAL_ACTION,
    WATCH_APPEAL,
    AppealAct,
    AppealAnswer,
    AppealWatch,
    LookAtAppeal,
)


class AppealStore(Protocol):
    """Records what happens to appeals."""

    async def record_action(self, act: AppealAct, judge: AppealJudge) -> AppealAnswer:
        """Judge a submitted action and write its effects, in one transaction; the second call returns the first answer."""
        ...

    async def watch(self, look: LookAtAppeal, judge: AppealJudge) -> AppealWatch:
        """Apply newer filings and passed deadlines, in one transaction; return the time of the next check."""
        ...


class AppealActivities:
    """Activities of the appeal workflow."""

    def __init__(self, appeals: AppealStore, reference: ReferenceData) -> None:
        """Use a store and the reference data."""
        self._appeals = appeals
        self._reference = reference

    @activity.defn(name=APPLY_APPEAL_ACTION)
    async def apply_appeal_action(self, act: AppealAct) -> AppealAnswer:
        """Judge and apply one submitted action; the second call returns the first answer."""
        at = datetime.fromisoformat(act.at)
        with hide_error_details(APPLY_APPEAL_ACTION):
            return await self._appeals.record_action(act, lambda file: judge(file, at, self._reference))

    @activity.defn(name=WATCH_APPEAL)
    async def watch_appeal(self, look: LookAtAppeal) -> AppealWatch:
        """Apply newer filings and passed deadlines."""
        at = datetime.fromisoformat(look.at)
        with hide_error_details(WATCH_APPEAL):
            return await self._appeals.watch(look, lambda file: look_at(file, at, self._reference))


def judge(file: AppealFile, now: datetime, reference: ReferenceData) -> AppealJudged:
    """Judge the action in each single role of the person; the rights of two roles are never combined."""
    if file.actor is None:
        return _forbidden("unknown-person", "you are not on the list of active staff; ask the supervisor")
    if not file.actor.roles:
        return _forbidden("role-may-not", "none of the roles you acted in is in your staff record; ask the supervisor")
    for role, actor in in_each_role(file.actor):
        judged = _judged_as(replace(file, actor=actor), actor, now, reference)
        if judged.refusal is None:
            return replace(judged, role=role.value)
    refused = _judged_as(file, file.actor, now, reference)
    return (
        refused if refused.refusal is not None else _forbidden("role-may-not", "no one of your roles alone may do this")
    )


def _judged_as(file: AppealFile, actor: StaffMember, now: datetime, reference: ReferenceData) -> AppealJudged:
    """Judge the action in one role; if it is allowed, add what follows from it."""
    action = _read(file, now)
    if isinstance(action, Refusal):
        return AppealJudged(refusal=action)
    if isinstance(action, TryAgainV1):
        return Consequences(file, now, reference).tried_again()
    if isinstance(action, Settlement):
        settled = replace(file, settlements=(*file.settlements, action))
        return Consequences(settled, now, reference).of_settlement(action)
    noted = _noted(file, now)
    state = fold(file.state, noted)
    answer = _claim_refusal(file, action) or apply(state, action, actor, now, file.reports_to)
    if isinstance(answer, Refusal):
        return AppealJudged(refusal=answer)
    rationale = action.rationale if isinstance(action, actions.Decide) else ""
    return Consequences(file, now, reference, rationale).of((*noted, *answer))


def look_at(file: AppealFile, now: datetime, reference: ReferenceData) -> AppealJudged:
    """Apply newer filings, a replacement of the claim, and deadlines that have passed."""
    happened: list[Event] = [*_noted(file, now)]
    state = fold(file.state, happened)
    for filed in file.newer:
        for action in _actions_in(filed, state):
            answer = apply(state, action, None, now, file.reports_to)
            if not isinstance(answer, Refusal):
                state, happened = fold(state, answer), [*happened, *answer]
    # An appeal that the law forwards is sent in this step, so its forwarding deadline is not recorded as missed.
    while state.forward_owed_from is None or not happened:
        passed = next((each for each in deadlines(state) if each.due_at < now), None)
        noted = None if passed is None else apply(state, actions.NoteDeadline(passed.duty), None, now, file.reports_to)
        if noted is None or isinstance(noted, Refusal):
            break
        state, happened = fold(state, noted), [*happened, *noted]
    return Consequences(file, now, reference).of([*happened, *gap_notices(state, now)])


def _noted(file: AppealFile, now: datetime) -> tuple[Event, ...]:
    """Record first that the claim was replaced or voided since the last check."""
    by = None if file.before is None else file.before.superseded_by
    noted = None if by is None else apply(file.state, actions.NoteClaimSuperseded(by), None, now, file.reports_to)
    return () if noted is None or isinstance(noted, Refusal) else noted


def _claim_refusal(file: AppealFile, action: actions.Action) -> Refusal | None:
    """Refuse an action that the state of the claim rules out, which the appeal alone does not know."""
    by = None if file.before is None else file.before.superseded_by
    if by is not None and isinstance(action, actions.Decide | actions.HearAnyway):
        words = (
            f"the claim was replaced or voided by claim {by}, so there is nothing left to decide; dismiss the appeal"
        )
        return Refusal("claim-replaced", words)
    if isinstance(action, actions.RecordEffectuation) and file.pends and file.state.case.subject is Subject.PAYMENT:
        waits = ", ".join(sorted({f"{each.code} ({each.owner})" for each in file.pends}))
        return Refusal("still-waits", f"the payment needs a new determination; settle first what is pended: {waits}")
    ruled = action.rulings if isinstance(action, actions.Decide | actions.RecordOutsideRuling) else ()
    return units_refusal(file.before, ruled)


def _read(file: AppealFile, now: datetime) -> actions.Action | Settlement | TryAgainV1 | Refusal:
    """Read the submitted action. An unreadable one is refused: an exception would make Temporal retry it without end."""
    try:
        sent = read_stored_by(APPEAL_ACTION, file.sent or b"")
    except ValidationError:
        return invalid(
            "unreadable",
            "this is not an action that /openapi.json describes; nothing was changed, correct it and send it again",
        )
    if isinstance(sent, TryAgainV1):
        return sent
    try:
        if isinstance(sent, SettleOverturnedV1) and file.actor is not None:
            return sent.settlement(file.actor, now, file.state.case.license_needed)
        if isinstance(sent, AppealStepV1):
            return sent.to_core(file.people)
    except ValueError as error:
        return invalid("unusable", str(error))
    return Refusal("person-needed", "a person does this")


def _forbidden(code: str, words: str) -> AppealJudged:
    return AppealJudged(refusal=forbidden(code, words))


def _actions_in(filed: AppealFiledV1, state: AppealState) -> Iterator[actions.Action]:
    """Yield the actions that a newer filing requests; repeated ones are refused by the rules of appeals."""
    for proof in filed.proofs:
        if proof.proof in state.missing:
            yield actions.ReceiveProof(proof.proof, proof.document_id)
    if filed.documents:
        yield actions.AddDocuments(filed.documents)
    if filed.level is not None and filed.level != state.level.name:
        ruled = None if state.result is None else state.case.calendar.day_of(state.result.at)
        dates = FilingDates(filed.received_at, filed.postmarked_on, ruled, filed.notice_received_on)
        yield actions.OpenLevel(filed.level, dates, filed.received_at)
    if filed.withdrawn:
        yield actions.Withdraw(f"{filed.appeal_reference}/{filed.version}")
