"""Stores views of the worklist, own and shared, and comments on claims."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from contracts.records.desk_notes import Comment, SavedView

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


class DeskNotes:
    """Reads and writes views and comments."""

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

    async def say(self, claim_id: ClaimId, comment: Comment) -> None:
        """Store a comment."""
        values = {
            "comment": comment.comment_id,
            "claim": claim_id,
            "person": comment.person_id,
            "at": comment.said_at,
            "words": comment.words,
        }
        async with self._engine.begin() as connection:
            await connection.execute(_SAY, values)
