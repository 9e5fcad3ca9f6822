"""Judges a decision on an appeal without storing it, for the preview of its letters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from activities.appeals.actions import judge
from adjudication.appeals.events import Forwarded
from adjudication.appeals.state import AppealState
from adjudication.model.reference import ReferenceData
from adjudication.people import StaffMember
from contracts.actions.appeal_messages import DecideAppealV1
from contracts.actions.appeals import APPEAL_ACTION
from contracts.records.appeal_queries import OpenedAppeal, Version
from contracts.records.appeals import AppealFile, AppealJudged


@dataclass(frozen=True, slots=True)
class Decided:
    """The appeal after the decision. `forwarded_at`: when its file would be forwarded; None if it stays."""

    opened: OpenedAppeal
    state: AppealState
    forwarded_at: datetime | None


def decided(
    opened: OpenedAppeal,
    state: AppealState,
    person: StaffMember,
    sent: DecideAppealV1,
    now: datetime,
    rules: ReferenceData,
) -> Decided | str:
    """Return the appeal after a decision, or the text of the refusal."""
    file = AppealFile(
        state=state,
        number=len(opened.trail),
        before=opened.before,
        reports_to=opened.reports_to,
        people={each.person_id: each for each in opened.staff},
        actor=person,
        sent=APPEAL_ACTION.dump_json(sent),
        pends=opened.held.pends,
        published_levels=frozenset(opened.published_in),
    )
    judged = judge(file, now, rules)
    if judged.refusal is not None:
        return judged.refusal.words
    left = any(isinstance(event, Forwarded) for event in judged.events)
    after = replace(
        opened,
        newest=_newest(opened, judged, now),
        rationales={**opened.rationales, state.level.name: sent.rationale},
    )
    return Decided(after, judged.state or state, now if left else None)


def _newest(opened: OpenedAppeal, judged: AppealJudged, now: datetime) -> Version | None:
    determination = judged.determination
    return opened.newest if determination is None else Version(judged.version, now, determination.lines)
