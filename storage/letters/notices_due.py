"""Lists each decision that denies a line or recovers money until its letters are mailed, with the deadline of its notice.

The reconciler runs this, so that deciding a claim is not slower. The mail queue, the dashboard, the worklist
and health read these rows. Notices of requests and appeals: storage/letters/issue_queue.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.deadlines.claim_deadlines import due_first
from adjudication.letters.mailing import version_sent_at
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, PendCode
from adjudication.review.claim_deadlines import CaseTimes, MailedNotice, claim_deadlines
from contracts.records.mail_queue import DueNotice, NoticeCounts
from storage.letters.notices import RECORDED, STANDING_PROOF, NoticeOf, notices_of
from storage.review.deadlines import times_of

AT_RISK: Final = timedelta(days=3)
_AT_ONCE: Final = 200
_EVER: Final = datetime(1900, 1, 1, tzinfo=UTC)
_OVERLAP: Final = timedelta(minutes=15)
"""A decision is committed some time after the time that it states."""

_NEWEST: Final = text("SELECT max(decided_at) FROM notices_due WHERE about = 'decision'")
_MISSING: Final = text(f"""
    SELECT d.claim_id::text AS claim, d.version, d.decided_at, first.version AS first
    FROM determinations d
    JOIN determinations first ON first.claim_id = d.claim_id AND first.decides AND first.version <= d.version
    WHERE d.decided_at >= :after AND {RECORDED}
      AND (EXISTS (SELECT 1 FROM determination_lines l WHERE l.claim_id = d.claim_id AND l.version = d.version
                   AND l.disposition = 'denied')
           OR CASE WHEN d.version > first.version THEN (d.event -> 'data' -> 'correction' ->> 'takes')::numeric > 0 END)
      AND NOT EXISTS (SELECT 1 FROM notices_due n WHERE (n.claim_id, n.version, n.about) = (d.claim_id, d.version, 'decision'))
    ORDER BY d.decided_at, d.claim_id LIMIT :limit
""")
_PENDS: Final = text("""
    SELECT p.claim_id::text AS claim, p.code, min(p.due_at) AS due_at FROM pends p
    JOIN (SELECT claim_id, max(round) AS round FROM pends WHERE claim_id = ANY(CAST(:ids AS uuid[])) GROUP BY 1) last
        USING (claim_id, round)
    GROUP BY 1, 2
""")
_ADD: Final = text("""
    INSERT INTO notices_due (claim_id, version, decided_at, due_at, rule)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, version integer, decided_at timestamptz, due_at timestamptz, rule text)
    ON CONFLICT DO NOTHING
""")
_SUPERSEDE: Final = text("""
    UPDATE notices_due n SET superseded = true
    WHERE n.about = 'decision' AND n.sent_at IS NULL AND NOT n.superseded
      AND EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = n.claim_id AND d.version > n.version)
""")
_MAILED: Final = text("""
    SELECT DISTINCT n.claim_id::text FROM notices_due n
    JOIN letter_mailings m ON m.claim_id = n.claim_id JOIN letter_proofs p ON p.letter_id = m.letter_id
    WHERE n.about = 'decision' AND n.sent_at IS NULL AND NOT n.superseded
""")
_SENT: Final = text("""
    UPDATE notices_due SET sent_at = :sent_at
    WHERE claim_id = CAST(:claim AS uuid) AND version = :version AND about = 'decision' AND sent_at IS NULL
""")
# A notice of a request or of an appeal, or one that only takes money back: sent at the last mailing of its letters.
_SENT_BY_LETTERS: Final = text(f"""
    UPDATE notices_due n SET sent_at = mailed.at
    FROM (SELECT o.claim_id, o.about, o.appeal_id, o.version, o.decided_at, max(s.at) AS at
          FROM notices_due o CROSS JOIN unnest(o.letters) AS l(letter_id)
          LEFT JOIN LATERAL ({STANDING_PROOF.format(letter="l.letter_id")}) s ON true
          WHERE o.sent_at IS NULL AND NOT o.superseded AND o.issued_at IS NOT NULL
          GROUP BY 1, 2, 3, 4, 5 HAVING count(*) = count(s.at)) mailed
    WHERE (n.claim_id, n.about, n.version, n.decided_at) = (mailed.claim_id, mailed.about, mailed.version, mailed.decided_at)
      AND n.appeal_id IS NOT DISTINCT FROM mailed.appeal_id
""")
_OPEN: Final = text("""
    SELECT n.claim_id::text, n.version, n.decided_at, n.due_at, n.rule, n.about, n.appeal_id::text, n.stuck,
           CASE WHEN n.issued_at IS NOT NULL THEN cardinality(n.letters) ELSE
           (SELECT count(*) FROM letter_mailings m WHERE m.claim_id = n.claim_id AND m.appeal_id IS NULL AND n.about = 'decision'
            AND m.attempt = 1 AND (m.step = 'version ' || n.version OR m.step LIKE 'version ' || n.version || ', %'))
           END AS issued
    FROM notices_due n WHERE n.sent_at IS NULL AND NOT n.superseded
    ORDER BY n.due_at NULLS LAST, n.decided_at, n.claim_id LIMIT :limit
""")
_COUNTS: Final = text("""
    SELECT count(*) AS open, count(*) FILTER (WHERE due_at < :now) AS missed,
           count(*) FILTER (WHERE due_at >= :now AND due_at < :soon) AS at_risk, min(due_at) AS first_due_at,
           (SELECT min(decided_at) FROM notices_due WHERE sent_at IS NULL AND NOT superseded) AS oldest_at,
           (SELECT count(*) FROM notices_due WHERE sent_at IS NULL AND NOT superseded AND stuck IS NOT NULL) AS stuck
    FROM notices_due WHERE sent_at IS NULL AND NOT superseded
""")


class NoticesDue:
    """Reads the notices that are not sent."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._engine = engine

    async def open(self, limit: int) -> tuple[DueNotice, ...]:
        """Return notices that are not sent, earliest due first."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_OPEN, {"limit": limit})).mappings().all()
        return tuple(DueNotice(**row) for row in rows)

    async def counts(self, now: datetime) -> NoticeCounts:
        """Count notices that are not sent."""
        async with self._engine.connect() as connection:
            [row] = (await connection.execute(_COUNTS, {"now": now, "soon": now + AT_RISK})).mappings().all()
        return NoticeCounts(**row)


class NoticeKeeper:
    """Notes notices that are due and those that were sent."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        """Use a pool and the deadline rules."""
        self._engine, self._reference = engine, reference
        self._everything = True

    async def look(self, now: datetime) -> None:
        """Note new denials and finished mailings; the first look of a process reads all decisions."""
        async with self._engine.begin() as connection:
            newest = await connection.scalar(_NEWEST)
        after: datetime | None = _EVER if newest is None or self._everything else newest - _OVERLAP
        while after is not None:
            after = await self._note(after, now)
        self._everything = False
        async with self._engine.begin() as connection:
            await connection.execute(_SUPERSEDE)
            await _note_sent(connection)
            await connection.execute(_SENT_BY_LETTERS)

    async def _note(self, after: datetime, now: datetime) -> datetime | None:
        """Record some decisions from a time on; return the time of the next part, None when all are recorded."""
        async with self._engine.begin() as connection:
            rows = (await connection.execute(_MISSING, {"after": after, "limit": _AT_ONCE})).all()
            if not rows:
                return None
            due = await self._due(connection, sorted({ClaimId(row.claim) for row in rows}), now)
            noted = [_noted(row, *due.get(row.claim, (None, ""))) for row in rows]
            await connection.execute(_ADD, {"rows": orjson.dumps(noted).decode()})
            newest: datetime = rows[-1].decided_at
        return newest if len(rows) == _AT_ONCE else None

    async def _due(
        self, connection: AsyncConnection, claim_ids: Sequence[ClaimId], now: datetime
    ) -> dict[str, tuple[datetime | None, str]]:
        """Return the first deadline that the notice of each claim must meet, and its rule."""
        notices = await notices_of(connection, claim_ids)
        pends: dict[str, list[tuple[PendCode, datetime]]] = {}
        for row in (await connection.execute(_PENDS, {"ids": claim_ids})).all():
            pends.setdefault(row.claim, []).append((PendCode(row.code), row.due_at))
        found = {}
        for claim, times in (await times_of(connection, claim_ids)).items():
            first = self._first(times, notices.get(claim, NoticeOf()), pends.get(claim, []), now)
            found[str(claim)] = first
        return found

    def _first(
        self, times: CaseTimes, notice: NoticeOf, pends: Sequence[tuple[PendCode, datetime]], now: datetime
    ) -> tuple[datetime | None, str]:
        plans = tuple(dict.fromkeys((*times.plans, *notice.plans)))
        known = tuple(pend for pend in pends if pend[0] in self._reference.pends)
        unsent = replace(times, plans=plans, pends=known, notice=MailedNotice(None))
        due = due_first(claim_deadlines(unsent, self._reference, now))
        return (None, "") if due is None else (due.due_at, due.rule_id)


def _noted(row: Any, due_at: datetime | None, rule: str) -> dict[str, Any]:
    """Return a row; the deadlines are those of the first decision, a later version has none."""
    first = row.version == row.first
    return {
        "claim_id": row.claim,
        "version": row.version,
        "decided_at": row.decided_at,
        "due_at": due_at if first else None,
        "rule": rule if first else "",
    }


async def _note_sent(connection: AsyncConnection) -> None:
    claims = [ClaimId(claim) for claim in (await connection.scalars(_MAILED)).all()]
    for start in range(0, len(claims), _AT_ONCE):
        found = await notices_of(connection, claims[start : start + _AT_ONCE])
        sent = [
            {"claim": claim, "version": version.version, "sent_at": at}
            for claim, notice in found.items()
            for version in notice.versions
            if version.denies and (at := version_sent_at(version, tuple(notice.plans), notice.letters)) is not None
        ]
        if sent:
            await connection.execute(_SENT, sent)
