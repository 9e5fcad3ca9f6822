"""Alerts policy owners, once per version, that the review of a policy version is overdue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.policy.tree import PolicyVersion
from contracts.events.codec import encode
from contracts.events.outgoing import OutgoingMessage
from contracts.events.review_tasks import PolicyReviewDue, PolicyReviewV1
from contracts.events.topics import REVIEW_TASKS
from contracts.ids import policy_event_id
from storage.outbox import queue

SOURCE: Final = "claimwright/policies"
_RAISE: Final = text("""
    INSERT INTO policy_reviews (policy, version, next_review, raised_at)
    VALUES (:policy, :version, :next_review, :raised_at)
    ON CONFLICT DO NOTHING RETURNING policy
""")


async def raise_overdue_reviews(engine: AsyncEngine, versions: Iterable[PolicyVersion], now: datetime) -> int:
    """Queue a task for each version in force whose own next review has passed; return how many are new."""
    today = now.date()
    raised = 0
    for version in versions:
        if version.next_review is None or not version.stale(today) or today not in version.in_force:
            continue
        row = {
            "policy": version.policy,
            "version": version.version,
            "next_review": version.next_review,
            "raised_at": now,
        }
        async with engine.begin() as connection:
            if await connection.scalar(_RAISE, row) is not None:
                await queue.put(connection, [_message(version, version.next_review, now)])
                raised += 1
    return raised


def _message(version: PolicyVersion, next_review: date, now: datetime) -> OutgoingMessage:
    event_id = policy_event_id(version.policy, version.version, "review-due", str(next_review))
    data = PolicyReviewV1(
        policy=version.policy,
        version=version.version,
        content_hash=version.content_hash,
        title=version.title,
        owner=version.owner,
        next_review=next_review,
    )
    event = PolicyReviewDue(id=event_id, source=SOURCE, time=now, subject=version.policy, data=data)
    return OutgoingMessage(REVIEW_TASKS, version.policy, event_id, encode(event))
