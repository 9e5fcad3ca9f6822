"""The appeals as storage reads them for the console and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from adjudication.appeals.filing import FilingOutcome
from adjudication.appeals.state import AppealState
from adjudication.appeals.superseding import Before
from adjudication.appeals.waiting import WaitingLine
from adjudication.model.claim import Claim
from adjudication.model.determination import LineDetermination
from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.people import StaffMember
from contracts.events.appeals import AppealFiledV1

Place = tuple[str, str]
"""The last row of a page: the appeal's deadline (ISO, or `infinity` for none) and its id."""


@dataclass(frozen=True, slots=True)
class AppealQuery:
    """The filters of a list of appeals, at most `size`, by deadline. None means no filter."""

    size: int
    closed: bool | None = False
    level: str | None = None
    path: str | None = None
    forum: str | None = None
    due_before: datetime | None = None
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class HeldAppeal:
    """An appeal as it is now. `state` is None if no rule is loaded for it; then no workflow runs for it.

    `superseded_by`: the claim that replaced or voided the appealed claim. `place`: the cursor of its position in the list.
    """

    appeal_id: str
    claim: Claim
    payer_claim_number: str
    filed: AppealFiledV1
    disposal: FilingOutcome
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
    """One version of a filing, and when it was stored."""

    filed: AppealFiledV1
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AppealEntry:
    """One entry of an appeal's trail. `role` is `system` for a deadline or a feed; `happened`: codes of the events.

    `why_longer`: the reason given for an extension.
    """

    at: datetime
    person_id: str
    role: str
    asked: str
    happened: tuple[str, ...]
    why_longer: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the claim's determination."""

    version: int
    decided_at: datetime
    lines: tuple[LineDetermination, ...]


@dataclass(frozen=True, slots=True)
class OpenedAppeal:
    """An appeal with everything needed to work on it. `first`: the appealed determination; `newest`: the one in force.

    `published_in`: by level, the version of the determination that publishes its ruling. `rationales`: the deciders' texts,
    by level. `staff`: possible deciders; `reports_to`: each person's superior. `unmailed`: a letter about the newest
    step is not mailed.
    """

    held: HeldAppeal
    before: Before | None
    first: Version | None
    newest: Version | None
    published_in: Mapping[str, int]
    rationales: Mapping[str, str]
    filings: tuple[FiledVersion, ...]
    trail: tuple[AppealEntry, ...]
    staff: tuple[StaffMember, ...]
    reports_to: Mapping[str, str | None]
    unmailed: bool = False
