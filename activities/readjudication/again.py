"""Adjudicate the claim of a reopening again, propose what would change, and carry out what people approved.

A check and an action both adjudicate the claim and compare the results. The store refuses to write them if the claim was
decided again, or its authorization units were taken, in between. Nothing is published before people approve it.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final, Protocol

from pydantic import ValidationError
from temporalio import activity

from activities.errors import hide_error_details
from activities.readjudication.preparing import prepare
from activities.readjudication.shadow import Shadows
from adjudication.model.reference import ReferenceData
from adjudication.people import LEAVING_ORDERS, OVERSIGHT, REOPENING, Refusal, forbidden, in_each_role, invalid
from adjudication.readjudication.judgment import approval_refusal
from contracts.actions.corrections import CORRECTION_ACTION, ApproveCorrectionV1, CorrectionAction, LookAgainV1
from contracts.records.readjudications import (
    CorrectionFile,
    CorrectionJudge,
    CorrectionJudged,
    Prepared,
    ReadjudicationFile,
)
from contracts.stored import read_stored_by
from contracts.time_source import TimeSource
from contracts.workflow_messages.readjudication import (
    APPLY_CORRECTION_ACTION,
    PROPOSE_CORRECTION,
    CorrectionAct,
    CorrectionAnswer,
    Looked,
    Readjudicate,
)

_CHANGED: Final = Refusal(
    "changed-meanwhile", "the claim or its data changed since this was proposed; read the new proposal, then approve it"
)
_CLOSED: Final = Refusal("closed", "this reopening is closed; nothing is decided on it any more")
_REPLACED: Final = Refusal("claim-replaced", "the claim was replaced or voided, so there is nothing left to correct")
_UNREADABLE: Final = invalid("unreadable", "this is no action on a correction; nothing was done, send it again")
_UNKNOWN: Final = forbidden("unknown-person", "you are not on the list of active staff; ask the supervisor")
_CONFLICT: Final = forbidden(
    "conflict-of-interest", "you have an interest in a provider of this claim; it goes to others"
)


class ReadjudicationStore(Protocol):
    """Reads reopenings with their claims, and writes the results."""

    async def file(self, readjudication_id: str) -> ReadjudicationFile:
        """Return a reopening with its claim and the decision in force."""
        ...

    async def keep(self, file: ReadjudicationFile, prepared: Prepared | None, now: datetime) -> Looked:
        """Store a proposal, close a reopening without changes, or carry out an automatic correction, in one transaction.

        `prepared` is None if the claim was replaced or voided. Raises the store's error if the claim changed since it was read.
        """
        ...

    async def record_action(
        self, act: CorrectionAct, file: ReadjudicationFile, prepared: Prepared | None, judge: CorrectionJudge
    ) -> CorrectionAnswer:
        """Judge a submitted action and write its effects, in one transaction; the second call returns the first answer."""
        ...


class ReadjudicationActivities:
    """The activities of the workflow of a reopening."""

    def __init__(
        self, store: ReadjudicationStore, shadows: Shadows, reference: ReferenceData, clock: TimeSource
    ) -> None:
        """Take the ports this needs."""
        self._store, self._shadows, self._reference, self._clock = store, shadows, reference, clock

    @activity.defn(name=PROPOSE_CORRECTION)
    async def propose_correction(self, asked: Readjudicate) -> Looked:
        """Adjudicate the claim again, and store the proposed changes."""
        with hide_error_details(PROPOSE_CORRECTION):
            file = await self._store.file(asked.readjudication_id)
            if file.closed is not None:
                return Looked(over=True, result=file.closed)
            now = self._clock()
            return await self._store.keep(file, await self._prepared(file, now), now)

    @activity.defn(name=APPLY_CORRECTION_ACTION)
    async def apply_correction_action(self, act: CorrectionAct) -> CorrectionAnswer:
        """Judge and apply one submitted action; the second call returns the first answer."""
        with hide_error_details(APPLY_CORRECTION_ACTION):
            file = await self._store.file(act.readjudication_id)
            now = self._clock()
            prepared = None if file.closed is not None else await self._prepared(file, now)
            return await self._store.record_action(act, file, prepared, partial(judge, prepared, now))

    async def _prepared(self, file: ReadjudicationFile, now: datetime) -> Prepared | None:
        return await prepare(file, self._shadows, self._reference, now)


def judge(prepared: Prepared | None, now: datetime, file: CorrectionFile) -> CorrectionJudged:
    """Return the effects of an action: one role of the person alone must allow it."""
    sent = _read(file)
    if isinstance(sent, Refusal):
        return CorrectionJudged(sent)
    if file.closed:
        return CorrectionJudged(_CLOSED)
    if prepared is None:
        return CorrectionJudged(_REPLACED)
    return (
        _approve(sent, prepared, now, file) if isinstance(sent, ApproveCorrectionV1) else _other(sent, prepared, file)
    )


def _approve(sent: ApproveCorrectionV1, prepared: Prepared, now: datetime, file: CorrectionFile) -> CorrectionJudged:
    if (sent.number, prepared.digest) != (file.number, file.digest):
        return CorrectionJudged(_CHANGED, again=True)
    refusal: Refusal | None = _UNKNOWN
    for role, person in () if file.person is None else in_each_role(file.person):
        approval = (person, sent.ground)
        refusal = approval_refusal(prepared.case, prepared.proposal, prepared.terms, approval, file.given, now)
        if refusal is None:
            completes = len(file.given) + 1 >= prepared.terms.people
            return CorrectionJudged(None, role.value, sent.ground, completes, rationale=sent.rationale)
    return CorrectionJudged(refusal)


def _other(sent: CorrectionAction, prepared: Prepared, file: CorrectionFile) -> CorrectionJudged:
    """Leave the decision as it is, or adjudicate again: a role that may read decided claims may do both, but leave no order undone."""
    may = REOPENING.union(*(rule.approves for rule in prepared.terms.rules))
    if prepared.case.ordered and not isinstance(sent, LookAgainV1):
        may = LEAVING_ORDERS
    roles = sorted(may if file.person is None else may & file.person.roles, key=lambda role: (role in OVERSIGHT, role))
    if not roles:
        return CorrectionJudged(forbidden("role-may-not", f"this may be done by: {', '.join(sorted(may))}"))
    role = roles[0].value
    if isinstance(sent, LookAgainV1):
        return CorrectionJudged(None, role, again=True)
    return CorrectionJudged(None, role, leaves=True, rationale=getattr(sent, "rationale", ""))


def _read(file: CorrectionFile) -> CorrectionAction | Refusal:
    if file.person is None:
        return _UNKNOWN
    if file.person.conflicts & file.npis:
        return _CONFLICT
    try:
        return read_stored_by(CORRECTION_ACTION, file.sent)
    except ValidationError:
        return _UNREADABLE
