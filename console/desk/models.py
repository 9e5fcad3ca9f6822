"""A desk as the API shows it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from console.desk.service import Desk
from contracts.records.review_queries import WorklistTotals
from contracts.scalars import Day, Moment


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True)


class DueCount(_Shown):
    """Claims that your roles may work on and that are due by a moment."""

    claims: int
    overdue: int = Field(description="Past the statutory date.")


class ClaimHeld(_Shown):
    """A claim that is assigned to you."""

    claim_id: str
    control_number: str
    statutory_at: Moment | None
    due_at: Moment | None


class MentionShown(_Shown):
    """A comment that names you; open the claim to read it."""

    claim_id: str
    control_number: str
    by: str
    at: Moment
    unread: bool


class NewsShown(_Shown):
    """A document or second opinion received on a pended claim after you last acted on it."""

    claim_id: str
    control_number: str
    what: Literal["document", "opinion"]
    detail: str = Field(description="The kind of the document, or the colleague who gave the opinion.")
    at: Moment


class AppointmentShown(_Shown):
    """A peer-to-peer call that you scheduled."""

    claim_id: str
    control_number: str
    at: Moment


class AbsenceShown(_Shown):
    """Days on which you are away, first and last included."""

    first_day: Day
    last_day: Day
    cover: str | None


class DeskResponse(_Shown):
    """Your open work. It holds no member data."""

    person_id: str
    waiting: DueCount
    due_in_a_day: DueCount
    due_in_three_days: DueCount
    held: tuple[ClaimHeld, ...]
    mentions: tuple[MentionShown, ...]
    news: tuple[NewsShown, ...]
    appointments: tuple[AppointmentShown, ...]
    absences: tuple[AbsenceShown, ...]


def desk_shown(desk: Desk) -> DeskResponse:
    """Return a desk for the API."""
    waiting, day, three = (_count(each) for each in desk.due)
    return DeskResponse(
        person_id=desk.person_id,
        waiting=waiting,
        due_in_a_day=day,
        due_in_three_days=three,
        held=tuple(
            ClaimHeld(
                claim_id=each.claim.claim_id,
                control_number=each.claim.control_number,
                statutory_at=None if each.due is None else each.due.statutory_at,
                due_at=None if each.due is None else each.due.due_at,
            )
            for each in desk.held
        ),
        mentions=tuple(
            MentionShown(
                claim_id=m.claim_id, control_number=m.control_number, by=m.by, at=m.at, unread=m.read_at is None
            )
            for m in desk.mentions
        ),
        news=tuple(NewsShown.model_validate(each, from_attributes=True) for each in desk.news),
        appointments=tuple(AppointmentShown.model_validate(each, from_attributes=True) for each in desk.appointments),
        absences=tuple(AbsenceShown.model_validate(each, from_attributes=True) for each in desk.absences),
    )


def _count(totals: WorklistTotals) -> DueCount:
    return DueCount(claims=totals.claims, overdue=totals.overdue)
