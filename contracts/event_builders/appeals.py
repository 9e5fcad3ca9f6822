"""The events of an appeal on `appeal-tasks`. Pure; ids follow from the appeal and its trail alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from adjudication.appeals.deadlines import GAP_OWNER, Deadline, deadlines, gaps
from adjudication.appeals.events import DeadlineGapNear, DeadlineGapReached, DeadlineMissed, Event, Withdrawn
from adjudication.appeals.filing import FilingOutcome
from adjudication.appeals.rules import Appellant, Subject, Urgency
from adjudication.appeals.state import AppealState
from adjudication.appeals.waiting import WaitingLine
from adjudication.model.pends import POLICY_PEND
from adjudication.model.vocabulary import ClaimId
from contracts.events.appeal_changes import AppealChangedV1, AppealLineV1, AppealPendV1, AppealTaskChanged
from contracts.events.appeals import AppealDeadlineV1, AppealFiledV1, AppealGapV1, AppealTaskOpened, AppealTaskV1
from contracts.events.codec import encode
from contracts.events.determinations import CitationV1
from contracts.events.outgoing import OutgoingMessage
from contracts.events.topics import APPEAL_TASKS
from contracts.ids import name_based, payer_claim_number

SOURCE: Final = "claimwright/appeals"


def over(state: AppealState, waiting: Sequence[WaitingLine]) -> bool:
    """Return whether no action is owed and no event awaited; the appellant may still request a further level."""
    settled = state.ended is not None or state.result is not None
    return settled and state.forward_owed_from is None and state.effectuation_owed_from is None and not waiting


def appeal_opened(
    state: AppealState, filed: AppealFiledV1, at: datetime, disposal: FilingOutcome, words: str, bundle: str
) -> AppealTaskV1:
    """Return the task of an appeal that has a path, at its present level."""
    owed = deadlines(state)
    judgment = None if state.level.decider is None else state.level.decider.judgment
    return AppealTaskV1(
        appeal_id=state.case.appeal_id,
        submitter=filed.submitter,
        appeal_reference=filed.appeal_reference,
        claim_id=state.case.claim_id,
        payer_claim_number=payer_claim_number(state.case.claim_id),
        lines=tuple(sorted(state.case.lines)),
        path=state.case.path.name,
        level=state.level.name,
        forum=state.level.forum,
        appellant=state.case.appellant,
        subject=state.case.subject,
        clinical=state.case.clinical,
        urgency=state.urgency,
        urgency_open=state.urgency_open,
        disposal=disposal,
        ground=state.ground,
        explanation=words,
        waits_for=_waits_for(state),
        judgment=judgment,
        barred_deciders=tuple(sorted({each.person_id for each in state.involved})),
        opened_at=at,
        due_at=_first(state, owed),
        deadlines=_deadlines(owed),
        gaps=_gaps(state),
        policy_bundle=bundle,
    )


def pathless(filed: AppealFiledV1, ids: tuple[str, ClaimId], at: datetime, words: str, bundle: str) -> AppealTaskV1:
    """Return the task of an appeal for which no rule is loaded: a person handles it, unless it was filed as withdrawn.

    `ids`: the ids of the appeal and of its claim.
    """
    gap = AppealGapV1(deadline="path", pend=POLICY_PEND, owner=GAP_OWNER.value, due_at=at, explanation=words)
    return AppealTaskV1(
        appeal_id=ids[0],
        submitter=filed.submitter,
        appeal_reference=filed.appeal_reference,
        claim_id=ids[1],
        payer_claim_number=payer_claim_number(ids[1]),
        lines=filed.lines,
        appellant=Appellant(filed.appellant),
        subject=Subject(filed.subject),
        clinical=False,
        urgency=Urgency.EXPEDITED if filed.expedited else Urgency.STANDARD,
        urgency_open=filed.expedited,
        disposal=FilingOutcome.NO_RULE,
        explanation=words,
        opened_at=at,
        due_at=None if filed.withdrawn else at,
        gaps=() if filed.withdrawn else (gap,),
        policy_bundle=bundle,
    )


def opened_message(task: AppealTaskV1, number: int) -> OutgoingMessage:
    """Return `appeal-task.opened`; `number` is the entry of the trail that it reports."""
    identity = name_based(f"event:appeal:{task.appeal_id}:opened:{number}")
    event = AppealTaskOpened(id=identity, source=SOURCE, time=task.opened_at, subject=task.appeal_id, data=task)
    return OutgoingMessage(APPEAL_TASKS, task.claim_id, identity, encode(event))


def changed_message(
    state: AppealState,
    events: Sequence[Event],
    number: int,
    at: datetime,
    version: int | None = None,
    waiting: Sequence[WaitingLine] = (),
) -> OutgoingMessage:
    """Return `appeal-task.changed`; `number` is the entry of the trail that it reports."""
    owed = deadlines(state)
    rulings = () if state.result is None else state.result.rulings
    data = AppealChangedV1(
        appeal_id=state.case.appeal_id,
        claim_id=state.case.claim_id,
        number=number,
        changes=tuple(happened(event) for event in events),
        level=state.level.name,
        forum=state.level.forum,
        rulings=tuple(AppealLineV1(line=r.line, ruling=r.ruling.value) for r in rulings),
        determination_version=version,
        waits_for=(*_waits_for(state), *(f"{each.code}:{each.line or 0}" for each in waiting)),
        pends=tuple(
            AppealPendV1(code=p.code, line=p.line, outcome=p.outcome, owner=p.owner, due_at=p.due_at) for p in waiting
        ),
        closed=over(state, waiting),
        due_at=_first(state, owed),
        deadlines=_deadlines(owed),
        gaps=_gaps(state),
    )
    return _changed(data, at)


def taken_back(ids: tuple[str, ClaimId], withdrawn: Withdrawn, number: int) -> OutgoingMessage:
    """Report that an appeal without a rule was withdrawn: it is closed and has no owner. `ids`: those of the appeal and its claim."""
    happened_now = (happened(withdrawn),)
    data = AppealChangedV1(appeal_id=ids[0], claim_id=ids[1], number=number, changes=happened_now, closed=True)
    return _changed(data, withdrawn.at)


def _changed(data: AppealChangedV1, at: datetime) -> OutgoingMessage:
    identity = name_based(f"event:appeal:{data.appeal_id}:changed:{data.number}")
    event = AppealTaskChanged(id=identity, source=SOURCE, time=at, subject=data.appeal_id, data=data)
    return OutgoingMessage(APPEAL_TASKS, data.claim_id, identity, encode(event))


def happened(event: Event) -> str:
    """Name an event as a code, for example `deadline-missed:decision` or `deadline-gap-near:decision:72h`."""
    name = "".join(f"-{c.lower()}" if c.isupper() else c for c in type(event).__name__).lstrip("-")
    if isinstance(event, DeadlineGapNear):
        return f"{name}:{event.due.value}:{event.hours}h"
    return f"{name}:{event.due.value}" if isinstance(event, DeadlineMissed | DeadlineGapReached) else name


def _first(state: AppealState, owed: Sequence[Deadline]) -> datetime | None:
    return min([each.due_at for each in owed] + [gap.act_by for gap in gaps(state)], default=None)


def _gaps(state: AppealState) -> tuple[AppealGapV1, ...]:
    return tuple(
        AppealGapV1(
            deadline=gap.duty.value, pend=POLICY_PEND, owner=GAP_OWNER.value, due_at=gap.act_by, explanation=gap.words
        )
        for gap in gaps(state)
    )


def _waits_for(state: AppealState) -> tuple[str, ...]:
    late = ("good-cause",) if state.late else ()
    ground = ("dismissal-or-hearing",) if state.ground is not None else ()
    return (*sorted(proof.value for proof in state.missing), *late, *ground)


def _deadlines(owed: Sequence[Deadline]) -> tuple[AppealDeadlineV1, ...]:
    return tuple(
        AppealDeadlineV1(
            deadline=each.duty,
            due_at=each.due_at,
            arithmetic=each.arithmetic,
            citation=CitationV1(source=each.citation.source, locator=each.citation.locator),
        )
        for each in owed
    )
