"""Stores the data of people's start pages: views of the worklist, comments and mentions, absences, teams; and reads news since they last acted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from adjudication.review.case import ASSIGNED_FOR
from contracts.records.desks import Absence, Appointment, Comment, Load, Mention, News, QueueLoad, SavedView

SHOWN_FOR: Final = timedelta(days=30)
"""The time for which a read mention, and a person's own action, are considered."""
DUE_SOON: Final = timedelta(days=3)
_WEEK: Final = timedelta(days=7)
_MOST: Final = 100

_VIEWS: Final = text("""
    SELECT person_id, name, query, shared FROM saved_views WHERE person_id = :person OR shared
    ORDER BY person_id <> :person, lower(name) LIMIT 40
""")
_SAVE: Final = text("""
    INSERT INTO saved_views (person_id, name, query, shared, saved_at) VALUES (:person, :name, :query, :shared, :at)
    ON CONFLICT (person_id, name) DO UPDATE SET query = EXCLUDED.query, shared = EXCLUDED.shared, saved_at = EXCLUDED.saved_at
""")
_REMOVE: Final = text("DELETE FROM saved_views WHERE person_id = :person AND name = :name")
_COMMENTS: Final = text("""
    SELECT comment_id::text, person_id, said_at, words FROM claim_comments
    WHERE claim_id = CAST(:claim AS uuid) ORDER BY said_at, comment_id
""")
# A comment that is sent twice is stored once.
_SAY: Final = text("""
    INSERT INTO claim_comments (comment_id, claim_id, person_id, said_at, words)
    VALUES (CAST(:comment AS uuid), CAST(:claim AS uuid), :person, :at, :words) ON CONFLICT DO NOTHING
""")
_MENTION: Final = text("""
    INSERT INTO comment_mentions (comment_id, person_id)
    SELECT CAST(:comment AS uuid), person FROM unnest(CAST(:people AS text[])) AS person ON CONFLICT DO NOTHING
""")
_MENTIONS: Final = text("""
    SELECT m.comment_id::text, c.claim_id::text, l.control_number, c.person_id AS by, c.said_at AS at, m.read_at,
           EXISTS (SELECT 1 FROM review_due w WHERE w.claim_id = c.claim_id) AS waiting
    FROM comment_mentions m JOIN claim_comments c USING (comment_id) JOIN claims l USING (claim_id)
    WHERE m.person_id = :person AND (m.read_at IS NULL OR m.read_at > :since)
    ORDER BY m.read_at IS NOT NULL, c.said_at DESC LIMIT :most
""")
_UNREAD: Final = text("SELECT count(*) FROM comment_mentions WHERE person_id = :person AND read_at IS NULL")
_READ: Final = text("""
    UPDATE comment_mentions m SET read_at = :at FROM claim_comments c
    WHERE m.comment_id = c.comment_id AND m.person_id = :person AND m.read_at IS NULL
      AND c.claim_id = CAST(:claim AS uuid)
""")
_NEWS: Final = text("""
    WITH mine AS MATERIALIZED (
        SELECT CAST(substr(subject, 7) AS uuid) AS claim_id, max(at) AS at FROM audit_trail
        WHERE person_id = :person AND at > :since AND subject LIKE 'claim/%' GROUP BY subject)
    SELECT l.claim_id::text, l.control_number, came.what, came.detail, came.at
    FROM mine JOIN review_due w USING (claim_id) JOIN claims l USING (claim_id), LATERAL (
        SELECT 'document' AS what, d.kind AS detail, d.answered_at AS at FROM document_requests d
        WHERE d.claim_id = mine.claim_id AND d.answered_at > mine.at
        UNION ALL
        SELECT 'opinion', a.person_id, a.at FROM audit_trail a
        WHERE a.subject = 'claim/' || mine.claim_id::text AND a.at > mine.at AND a.person_id <> :person
          AND a.content->>'action' = 'recommend') AS came
    ORDER BY came.at DESC LIMIT :most
""")
_APPOINTMENTS: Final = text("""
    SELECT l.claim_id::text, l.control_number, CAST(a.content->>'at' AS timestamptz) AS at
    FROM audit_trail a JOIN review_due w ON 'claim/' || w.claim_id::text = a.subject JOIN claims l USING (claim_id)
    WHERE a.person_id = :person AND a.at > :since AND a.content->>'action' = 'schedule-peer-to-peer'
      AND CAST(a.content->>'at' AS timestamptz) > :now
    ORDER BY 3 LIMIT :most
""")
_STATE: Final = text("""
    INSERT INTO absences (absence_id, person_id, first_day, last_day, cover, stated_by, stated_at)
    VALUES (CAST(:absence AS uuid), :person, :first, :last, :cover, :by, :at) ON CONFLICT DO NOTHING
""")
_WITHDRAW: Final = text("""
    UPDATE absences SET withdrawn_by = :by, withdrawn_at = :at
    WHERE absence_id = CAST(:absence AS uuid) AND withdrawn_at IS NULL RETURNING person_id
""")
_ABSENCES: Final = text("""
    SELECT absence_id::text, person_id, first_day, last_day, cover, stated_by FROM absences
    WHERE withdrawn_at IS NULL AND last_day >= :day AND person_id = ANY(CAST(:people AS text[])) ORDER BY first_day
""")
_TEAMS: Final = text("SELECT team, person_id FROM team_members ORDER BY team, person_id")
_JOIN: Final = text("""
    INSERT INTO team_members (team, person_id, added_by, added_at) VALUES (:team, :person, :by, :at) ON CONFLICT DO NOTHING
""")
_LEAVE: Final = text("DELETE FROM team_members WHERE team = :team AND person_id = :person")
_PEOPLE: Final = text("SELECT person_id, roles::text FROM people WHERE active ORDER BY person_id")
# A claim's last assignment counts, unless it was given back after it.
_HELD: Final = text("""
    SELECT held.holder, count(*) AS claims, count(*) FILTER (WHERE w.statutory_at < :now) AS overdue FROM (
        SELECT DISTINCT ON (a.subject) a.subject, a.number,
               CASE a.content->>'action' WHEN 'take' THEN a.person_id ELSE a.content->>'to_person' END AS holder
        FROM audit_trail a WHERE a.content->>'action' IN ('take', 'hand-over') AND a.at > :since
        ORDER BY a.subject, a.number DESC) AS held
    JOIN review_due w ON 'claim/' || w.claim_id::text = held.subject
    WHERE held.holder IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM audit_trail later WHERE later.subject = held.subject AND later.number > held.number
          AND later.content->>'action' = 'release')
    GROUP BY held.holder
""")
_DECIDED: Final = text("""
    SELECT person_id, count(DISTINCT subject) AS claims FROM audit_trail
    WHERE content->>'action' = 'decide' AND at > :since GROUP BY person_id
""")
_QUEUES: Final = text("""
    SELECT owner, count(*) AS waiting, count(*) FILTER (WHERE w.statutory_at < :now) AS overdue,
           count(*) FILTER (WHERE w.statutory_at >= :now AND w.statutory_at < :soon) AS due_soon
    FROM review_due w, unnest(w.owners) AS owner GROUP BY owner ORDER BY owner
""")


class Desks:
    """Reads and writes desks."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def views(self, person_id: str) -> tuple[SavedView, ...]:
        """Return a person's own views, then those that others share."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_VIEWS, {"person": person_id})).all()
        return tuple(SavedView(row.person_id, row.name, row.query, row.shared) for row in rows)

    async def save_view(self, view: SavedView, at: datetime) -> None:
        """Store a view; one of the same person and name is replaced."""
        values = {"person": view.person_id, "name": view.name, "query": view.query, "shared": view.shared, "at": at}
        async with self._engine.begin() as connection:
            await connection.execute(_SAVE, values)

    async def remove_view(self, person_id: str, name: str) -> None:
        """Remove a person's own view."""
        async with self._engine.begin() as connection:
            await connection.execute(_REMOVE, {"person": person_id, "name": name})

    async def comments(self, claim_id: ClaimId) -> tuple[Comment, ...]:
        """Return the comments on a claim, oldest first."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_COMMENTS, {"claim": claim_id})).all()
        return tuple(Comment(row.comment_id, row.person_id, row.said_at, row.words) for row in rows)

    async def say(self, claim_id: ClaimId, comment: Comment, mentioned: Iterable[str]) -> None:
        """Store a comment, with the people it mentions."""
        values = {
            "comment": comment.comment_id,
            "claim": claim_id,
            "person": comment.person_id,
            "at": comment.said_at,
            "words": comment.words,
        }
        async with self._engine.begin() as connection:
            await connection.execute(_SAY, values)
            await connection.execute(_MENTION, {"comment": comment.comment_id, "people": sorted(mentioned)})

    async def mentions(self, person_id: str, now: datetime) -> tuple[Mention, ...]:
        """Return the comments that name a person, unread ones first, then those read lately."""
        values = {"person": person_id, "since": now - SHOWN_FOR, "most": _MOST}
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_MENTIONS, values)).mappings().all()
        return tuple(Mention(**row) for row in rows)

    async def unread(self, person_id: str) -> int:
        """Return how many mentions a person has not read."""
        async with self._engine.connect() as connection:
            return int((await connection.execute(_UNREAD, {"person": person_id})).scalar_one())

    async def read(self, person_id: str, claim_id: str, at: datetime) -> None:
        """Mark what names a person on a claim as read."""
        async with self._engine.begin() as connection:
            await connection.execute(_READ, {"person": person_id, "claim": claim_id, "at": at})

    async def news(self, person_id: str, now: datetime) -> tuple[News, ...]:
        """Return documents and opinions received on pended claims after a person last acted on them, newest first."""
        values = {"person": person_id, "since": now - SHOWN_FOR, "most": _MOST}
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_NEWS, values)).mappings().all()
        return tuple(News(**row) for row in rows)

    async def appointments(self, person_id: str, now: datetime) -> tuple[Appointment, ...]:
        """Return a person's future peer-to-peer calls, the next first."""
        values = {"person": person_id, "since": now - SHOWN_FOR, "now": now, "most": _MOST}
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_APPOINTMENTS, values)).mappings().all()
        return tuple(Appointment(**row) for row in rows)

    async def state_absence(self, absence: Absence, at: datetime) -> None:
        """Store an absence; one that is sent twice is stored once."""
        values = {
            "absence": absence.absence_id,
            "person": absence.person_id,
            "first": absence.first_day,
            "last": absence.last_day,
            "cover": absence.cover,
            "by": absence.stated_by,
            "at": at,
        }
        async with self._engine.begin() as connection:
            await connection.execute(_STATE, values)

    async def withdraw_absence(self, absence_id: str, by: str, at: datetime) -> None:
        """Withdraw an absence; it stays stored."""
        async with self._engine.begin() as connection:
            await connection.execute(_WITHDRAW, {"absence": absence_id, "by": by, "at": at})

    async def absences(self, people: Iterable[str], day: date) -> tuple[Absence, ...]:
        """Return the absences of people that are not over on a day, the first to begin first."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_ABSENCES, {"people": sorted(people), "day": day})).mappings().all()
        return tuple(Absence(**row) for row in rows)

    async def away(self, person_id: str, day: date) -> Absence | None:
        """Return the absence of a person on a day."""
        return next((each for each in await self.absences([person_id], day) if each.first_day <= day), None)

    async def teams(self) -> dict[str, tuple[str, ...]]:
        """Return the members of each team."""
        async with self._engine.connect() as connection:
            return _grouped((await connection.execute(_TEAMS)).all())

    async def join(self, team: str, person_id: str, by: str, at: datetime) -> None:
        """Add a person to a team; the first member makes the team."""
        async with self._engine.begin() as connection:
            await connection.execute(_JOIN, {"team": team, "person": person_id, "by": by, "at": at})

    async def leave(self, team: str, person_id: str) -> None:
        """Take a person out of a team; a team without members is none."""
        async with self._engine.begin() as connection:
            await connection.execute(_LEAVE, {"team": team, "person": person_id})

    async def loads(self, now: datetime, today: date) -> tuple[tuple[Load, ...], tuple[QueueLoad, ...]]:
        """Return the workload of each active person, and of each queue."""
        async with self._engine.connect() as connection:
            people = (await connection.execute(_PEOPLE)).all()
            held = (await connection.execute(_HELD, {"since": now - ASSIGNED_FOR, "now": now})).all()
            decided = (await connection.execute(_DECIDED, {"since": now - _WEEK})).all()
            queues = (await connection.execute(_QUEUES, {"now": now, "soon": now + DUE_SOON})).mappings().all()
        in_hand = {row.holder: (row.claims, row.overdue) for row in held}
        finished = {row.person_id: row.claims for row in decided}
        away = {
            each.person_id: each for each in reversed(await self.absences([row.person_id for row in people], today))
        }
        teams_of: dict[str, list[str]] = defaultdict(list)
        for team, members in (await self.teams()).items():
            for member in members:
                teams_of[member].append(team)
        loads = (
            Load(
                row.person_id,
                tuple(sorted(orjson.loads(row.roles))),
                tuple(teams_of[row.person_id]),
                *in_hand.get(row.person_id, (0, 0)),
                finished.get(row.person_id, 0),
                away.get(row.person_id),
            )
            for row in people
        )
        return tuple(loads), tuple(QueueLoad(**row) for row in queues)


def _grouped(rows: Iterable[Row[tuple[str, str]]]) -> dict[str, tuple[str, ...]]:
    teams: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        teams[row.team].append(row.person_id)
    return {team: tuple(members) for team, members in teams.items()}
