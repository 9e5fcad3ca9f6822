"""What people's screens read about appeals, as values that pass between storage and the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from adjudication.appeals.filing import Disposal
from adjudication.appeals.state import AppealState
from adjudication.appeals.superseding import Before
from adjudication.appeals.waiting import WaitingLine
from adjudication.model.claim import Claim
from adjudication.model.determination import LineDetermination
from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.people import Person
from contracts.events.appeals import AppealFiledV1

Place = tuple[str, str]
"""Where a page ends: the clock (ISO, or `infinity` for none) and the appeal's id."""


@dataclass(frozen=True, slots=True)
class AppealQuery:
    """Which appeals are asked for, by clock: at most `size`; a filter that is None means everything."""

    size: int
    closed: bool | None = False
    level: str | None = None
    path: str | None = None
    forum: str | None = None
    due_before: datetime | None = None
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class HeldAppeal:
    """An appeal as it is now. `state` None: no rule was loaded for it, so no workflow holds it.

    `superseded_by`: the claim that replaced or voided what is appealed. `place`: where it stands in the list.
    """

    appeal_id: str
    claim: Claim
    payer_claim_number: str
    filed: AppealFiledV1
    disposal: Disposal
    words: str
    notice_on: date
    plans: tuple[PlanId, ...]
    state: AppealState | None
    pends: tuple[WaitingLine, ...]
    closed: bool
    superseded_by: ClaimId | None
    place: Place


@dataclass(frozen=True, slots=True)
class FiledVersion:
    """One version of a filing, and when it was kept."""

    filed: AppealFiledV1
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AppealEntry:
    """One entry of an appeal's trail: who did what (`system`: a clock or a feed), and the codes of what happened."""

    at: datetime
    person_id: str
    role: str
    asked: str
    happened: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the claim's determination."""

    version: int
    decided_at: datetime
    lines: tuple[LineDetermination, ...]


@dataclass(frozen=True, slots=True)
class OpenedAppeal:
    """An appeal with everything needed to work on it. `first` is what was appealed, `newest` what holds now.

    `told`: the version that tells a level's ruling. `rationales`: what deciders wrote, by level. `staff`: who may be
    thought of as decider; `reports_to` is everybody's superior.
    """

    held: HeldAppeal
    before: Before | None
    first: Version | None
    newest: Version | None
    told: Mapping[str, int]
    rationales: Mapping[str, str]
    filings: tuple[FiledVersion, ...]
    trail: tuple[AppealEntry, ...]
    staff: tuple[Person, ...]
    reports_to: Mapping[str, str | None]
