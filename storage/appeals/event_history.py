"""Rebuilds an appeal from its audit trail: its opening, then every recorded event.

The trail (storage/audit/trail.py, subject `appeal/<id>`) is authoritative; the other rows answer queries and hold
constraints.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import orjson
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.appeals import state as folded
from adjudication.appeals.events import DeadlineGapNear, DeadlineGapReached, Event
from adjudication.appeals.filing import DismissalGround, FilingOutcome, FilingResult
from adjudication.appeals.independence import Involved
from adjudication.appeals.rules import AppealPath, AppealRules, Proof, Urgency
from adjudication.appeals.state import AppealCase, AppealState
from adjudication.deadlines.calendar import NO_CALENDAR
from adjudication.model.claim import Claim
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber, PlanId
from contracts.event_builders.appeals import happened
from contracts.events.appeals import AppealFiledV1
from contracts.stored import read_stored
from storage.audit import trail as audit
from storage.review.actions import claim_of

_RENAMED: Final[dict[str, type]] = {"ClockGapNear": DeadlineGapNear, "ClockGapReached": DeadlineGapReached}
"""Earlier names of events in stored trails."""
_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {
    name: TypeAdapter(kind) for name, kind in ({kind.__name__: kind for kind in folded.FOLDS} | _RENAMED).items()
}
_APPEALS: Final = text("""
    SELECT a.appeal_id::text, a.claim_id::text, a.version, a.path, a.lines, a.clinical, a.opening::text, a.filed_at,
           a.closed, f.content::text, c.payload::text, c.received_at
    FROM appeals a JOIN claims c USING (claim_id)
    JOIN LATERAL (SELECT content FROM appeal_filings f WHERE f.appeal_id = a.appeal_id ORDER BY version LIMIT 1) f ON true
    WHERE a.appeal_id = ANY(CAST(:appeals AS uuid[]))
""")
_LOCK: Final = text("SELECT 1 FROM appeals WHERE appeal_id = CAST(:appeal AS uuid) FOR UPDATE")
_INVOLVED: Final = text("""
    SELECT appeal_id::text, person_id, part FROM appeal_involved WHERE appeal_id = ANY(CAST(:appeals AS uuid[]))
""")
_TRAILS: Final = text("""
    SELECT subject, content::text FROM audit_trail WHERE subject = ANY(CAST(:subjects AS text[])) ORDER BY subject, number
""")


@dataclass(frozen=True, slots=True)
class Opening:
    """The answer to a filing, stored so that later rules never change it. `on`: the day whose rules govern."""

    on: date
    disposal: FilingOutcome
    words: str
    plans: tuple[PlanId, ...]
    ground: DismissalGround | None = None
    missing: frozenset[Proof] = frozenset()
    late: bool = False
    urgency: Urgency = Urgency.STANDARD
    urgency_open: bool = False


OPENING: Final[TypeAdapter[Opening]] = TypeAdapter(Opening)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stored appeal. `state`: None if no rule was loaded for it. `number`: the count of entries in its trail."""

    appeal_id: str
    claim: Claim
    version: int
    filed: AppealFiledV1
    opening: Opening
    state: AppealState | None
    number: int
    closed: bool = False

    @property
    def claim_id(self) -> ClaimId:
        """The claim that was appealed."""
        return self.claim.claim_id


class PathGoneError(LookupError):
    """The rules under which an appeal was opened are no longer loaded."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The rows an appeal is folded from, and the claim."""

    row: Any
    claim: Claim
    involved: tuple[Involved, ...]
    trail: tuple[str, ...]


async def read_appeal(connection: AsyncConnection, appeal_id: str, reference: ReferenceData) -> Recorded | None:
    """Lock an appeal, then read it in a second statement, which sees rows that others committed before the lock."""
    await connection.execute(_LOCK, {"appeal": appeal_id})
    return next(iter((await read_appeals(connection, [appeal_id], reference)).values()), None)


async def read_appeals(
    connection: AsyncConnection, appeals: Sequence[str], reference: ReferenceData
) -> dict[str, Recorded]:
    """Read appeals by id in one query each table; unknown ids are absent."""
    ids = {"appeals": list(appeals)}
    rows = (await connection.execute(_APPEALS, ids)).all()
    involved, trails = defaultdict[str, list[Involved]](list), defaultdict[str, list[str]](list)
    for each in (await connection.execute(_INVOLVED, ids)).all():
        involved[each.appeal_id].append(Involved(each.person_id, each.part))
    for entry in (await connection.execute(_TRAILS, {"subjects": [subject_of(appeal) for appeal in appeals]})).all():
        trails[entry.subject].append(entry.content)
    claims = {row.claim_id: claim_of(row.payload, row.claim_id, row.received_at) for row in rows}
    return {
        row.appeal_id: recorded(
            Stored(
                row,
                claims[row.claim_id],
                tuple(involved[row.appeal_id]),
                tuple(trails[subject_of(row.appeal_id)]),
            ),
            reference,
        )
        for row in rows
    }


def recorded(stored: Stored, reference: ReferenceData) -> Recorded:
    """Fold an appeal from its rows."""
    row = stored.row
    filed = read_stored(AppealFiledV1, row.content)
    opening = OPENING.validate_json(row.opening)
    state = None
    if row.path is not None:
        case = _case(stored, filed, opening, reference)
        state = folded.fold(_opened(case, opening, row.filed_at), events_of(stored.trail))
    return Recorded(
        row.appeal_id, stored.claim, row.version, filed, opening, state, len(stored.trail), closed=row.closed
    )


def _case(stored: Stored, filed: AppealFiledV1, opening: Opening, reference: ReferenceData) -> AppealCase:
    row = stored.row
    calendars = (reference.deadlines.calendar_of(plan, row.filed_at) for plan in opening.plans)
    return AppealCase(
        appeal_id=row.appeal_id,
        claim_id=stored.claim.claim_id,
        path=path_of(reference.appeals, row.path, opening.on),
        appellant=filed.appellant,
        subject=filed.subject,
        clinical=row.clinical,
        lines=frozenset(LineNumber(line) for line in row.lines),
        involved=stored.involved,
        providers=stored.claim.npis,
        license_needed=reference.signing.needed(opening.plans),
        physician_requested_expedited=filed.physician_asked,
        calendar=next(calendars, None) or NO_CALENDAR,
    )


def _opened(case: AppealCase, opening: Opening, filed_at: datetime) -> AppealState:
    answer = FilingResult(
        opening.disposal,
        opening.words,
        path=case.path,
        ground=opening.ground,
        missing=opening.missing,
        urgency=opening.urgency,
        urgency_open=opening.urgency_open,
    )
    return replace(folded.open_appeal(case, answer, filed_at), late=opening.late)


def path_of(rules: AppealRules, name: str, on: date) -> AppealPath:
    """Return a path as of a day; raises PathGoneError if it is no longer loaded."""
    found = next((path for path in rules.paths if path.name == name and on in path.dates), None)
    if found is None:
        msg = f"the appeal path {name} of {on} is not loaded any more; put its file back under policies/law/appeals"
        raise PathGoneError(msg)
    return found


def subject_of(appeal_id: str) -> str:
    """Return the audit trail's subject of an appeal."""
    return f"appeal/{appeal_id}"


def events_of(trail: Sequence[str]) -> tuple[Event, ...]:
    """Return the events of a trail."""
    entries = (orjson.loads(content) for content in trail)
    return tuple(_event(each) for entry in entries for each in entry["events"])


def happened_in(content: str) -> tuple[str, ...]:
    """Return the event names of one trail entry, as Kafka events state them."""
    return tuple(happened(event) for event in events_of([content]))


def _event(stored: dict[str, Any]) -> Event:
    event: Event = _ADAPTERS[stored["happened"]].validate_json(orjson.dumps(stored["event"]))
    return event


@dataclass(frozen=True, slots=True)
class Acted:
    """The person who acted, and the role that permitted it."""

    person_id: str
    role: str


SYSTEM: Final = Acted("system", "system")
"""The actor in the trail for deadlines and feeds."""


@dataclass(frozen=True, slots=True)
class AppealTrailEntry:
    """One trail entry: its events, the actor, and the submitted action (`asked`, JSON)."""

    at: datetime
    events: tuple[Event, ...]
    by: Acted = SYSTEM
    action_id: str | None = None
    asked: str = "{}"


async def append_entry(connection: AsyncConnection, appeal_id: str, entry: AppealTrailEntry) -> None:
    """Append one entry to the trail; the caller holds the appeal's lock."""
    events = [
        {"happened": type(event).__name__, "event": _ADAPTERS[type(event).__name__].dump_python(event, mode="json")}
        for event in entry.events
    ]
    content = orjson.dumps({"asked": orjson.Fragment(entry.asked), "events": events}).decode()
    by = entry.by
    await audit.append(
        connection, audit.Entry(subject_of(appeal_id), entry.at, by.person_id, by.role, entry.action_id, content)
    )
