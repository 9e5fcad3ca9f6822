"""The queue of letters to issue without a person: for notices of decisions, requests and appeals without letters.

A notice of a decision is noted by storage/letters/notices_due.py. This module notes requests for documents and the entries
of an appeal's trail, and stores the result of each: issued, stuck with the reason, or nothing to send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.deadlines.claim_deadlines import due_first
from adjudication.deadlines.state import DeadlineState
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.review.claim_deadlines import CaseTimes, claim_deadlines
from storage.review.deadlines import times_of

AGAIN: Final = timedelta(minutes=5)
"""The time before a notice that could not be issued is retried, since a person needs time for the remedy."""

_AT_ONCE: Final = 500
_NO_RULE: Final = "no deadline known"
_EVER: Final = datetime(1900, 1, 1, tzinfo=UTC)
_OVERLAP: Final = timedelta(minutes=15)
"""A request is committed some time after the time that it states."""

_NEWEST: Final = text("SELECT max(decided_at) FROM notices_due WHERE about = 'request'")
_REQUESTS: Final = text("""
    INSERT INTO notices_due (claim_id, version, decided_at, rule, about)
    SELECT DISTINCT r.claim_id, 0, r.asked_at, '', 'request' FROM document_requests r
    WHERE r.asked_at >= :after AND r.asked_at >= letters_issued_since()
    ON CONFLICT DO NOTHING
""")
# A newer entry of the trail takes the place of one whose letters are not issued: the letters due follow from the state.
_APPEALS: Final = text("""
    INSERT INTO notices_due (claim_id, version, decided_at, rule, about, appeal_id)
    SELECT a.claim_id, h.number, t.at, '', 'appeal', a.appeal_id
    FROM appeals a JOIN audit_heads h ON h.subject = 'appeal/' || a.appeal_id::text
    JOIN audit_trail t ON t.subject = h.subject AND t.number = h.number
    WHERE t.at >= letters_issued_since()
      AND NOT EXISTS (SELECT 1 FROM notices_due n WHERE n.appeal_id = a.appeal_id AND n.version >= h.number)
    ON CONFLICT DO NOTHING
""")
_SUPERSEDE: Final = text("""
    UPDATE notices_due n SET superseded = true
    WHERE n.about <> 'decision' AND n.issued_at IS NULL AND n.sent_at IS NULL AND NOT n.superseded
      AND EXISTS (SELECT 1 FROM notices_due m WHERE m.claim_id = n.claim_id AND m.about = n.about
                  AND m.appeal_id IS NOT DISTINCT FROM n.appeal_id AND (m.version, m.decided_at) > (n.version, n.decided_at))
""")
# A request stops or extends a deadline, so its notice must be sent before that deadline ends as if nothing were asked.
_UNDATED: Final = text("""
    SELECT DISTINCT claim_id::text FROM notices_due
    WHERE about = 'request' AND rule = '' AND issued_at IS NULL AND sent_at IS NULL AND NOT superseded LIMIT :limit
""")
_DATE: Final = text("""
    UPDATE notices_due SET due_at = :due_at, rule = :rule
    WHERE claim_id = CAST(:claim AS uuid) AND about = 'request' AND rule = ''
""")
_DUE: Final = text("""
    SELECT claim_id::text, about, appeal_id::text, version, decided_at FROM notices_due
    WHERE issued_at IS NULL AND sent_at IS NULL AND NOT superseded AND (tried_at IS NULL OR tried_at < :before)
    ORDER BY tried_at NULLS FIRST, decided_at, claim_id LIMIT :limit
""")
_THIS: Final = """
    WHERE (claim_id, about, version, decided_at) = (CAST(:claim_id AS uuid), :about, :version, :decided_at)
      AND appeal_id IS NOT DISTINCT FROM CAST(:appeal_id AS uuid)
"""
_ISSUED: Final = text(f"""
    UPDATE notices_due SET issued_at = :at, tried_at = :at, letters = CAST(:letters AS uuid[]), stuck = NULL,
        due_at = coalesce(CAST(:due_at AS timestamptz), due_at), rule = coalesce(CAST(:rule AS text), rule) {_THIS}
""")
_STUCK: Final = text(f"UPDATE notices_due SET tried_at = :at, stuck = :why {_THIS}")
_NOTHING: Final = text(f"UPDATE notices_due SET superseded = true, tried_at = :at, stuck = NULL {_THIS}")


@dataclass(frozen=True, slots=True)
class NoticeToIssue:
    """A notice without letters. `about`: decision, request or appeal; `version`: of the determination or the appeal's trail."""

    claim_id: str
    about: str
    appeal_id: str | None
    version: int
    decided_at: datetime


class IssueQueue:
    """Queues notices to issue, and stores their results."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        """Use a pool and the deadline rules."""
        self._engine, self._reference = engine, reference
        self._everything = True

    async def note(self, now: datetime) -> None:
        """Note new requests and new entries of appeals; the first look of a process reads all requests."""
        async with self._engine.begin() as connection:
            newest = await connection.scalar(_NEWEST)
            after = _EVER if newest is None or self._everything else newest - _OVERLAP
            await connection.execute(_REQUESTS, {"after": after})
            await connection.execute(_APPEALS)
            await connection.execute(_SUPERSEDE)
            await self._date(connection, now)
        self._everything = False

    async def _date(self, connection: AsyncConnection, now: datetime) -> None:
        """Give new requests the first deadline that their notice must meet."""
        claims = [ClaimId(claim) for claim in (await connection.scalars(_UNDATED, {"limit": _AT_ONCE})).all()]
        times = await times_of(connection, claims) if claims else {}
        for claim in claims:
            due = None if claim not in times else self._first(times[claim], now)
            dated = {"due_at": None, "rule": _NO_RULE} if due is None else {"due_at": due.due_at, "rule": due.rule_id}
            await connection.execute(_DATE, {"claim": claim, **dated})

    def _first(self, times: CaseTimes, now: datetime) -> DeadlineState | None:
        known = tuple(pend for pend in times.pends if pend[0] in self._reference.pends)
        unasked = replace(times, pends=known, asked=(), mailed=(), answered=(), decided_at=None, notice=None)
        return due_first(claim_deadlines(unasked, self._reference, now))

    async def due(self, limit: int, now: datetime) -> tuple[NoticeToIssue, ...]:
        """Return notices to issue: those never tried first, then those tried longest ago."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_DUE, {"limit": limit, "before": now - AGAIN})).mappings().all()
        return tuple(NoticeToIssue(**row) for row in rows)

    async def issued(
        self, notice: NoticeToIssue, letters: Sequence[str], at: datetime, due: tuple[datetime, str] | None = None
    ) -> None:
        """Keep which letters a notice has. Without any there is nothing to send, and the notice is closed.

        `due`: the deadline that the notice must meet and its rule, where they are known only now.
        """
        due_at, rule = due or (None, None)
        async with self._engine.begin() as connection:
            if letters:
                await connection.execute(
                    _ISSUED, {**_key(notice), "letters": list(letters), "at": at, "due_at": due_at, "rule": rule}
                )
            else:
                await connection.execute(_NOTHING, {**_key(notice), "at": at})

    async def stuck(self, notice: NoticeToIssue, why: str, at: datetime) -> None:
        """Store why a notice cannot be issued; it is retried later."""
        async with self._engine.begin() as connection:
            await connection.execute(_STUCK, {**_key(notice), "why": why, "at": at})


def _key(notice: NoticeToIssue) -> dict[str, object]:
    return {name: getattr(notice, name) for name in NoticeToIssue.__dataclass_fields__}
