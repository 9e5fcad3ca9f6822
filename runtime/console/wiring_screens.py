"""Puts real adapters behind the ports of single screens, each screen's together as its desk."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from console.claims.ports import ClaimDesk, Workflows
from console.dead_letters.ports import LetterDesk
from console.ports import Clock
from letters.claim_letters import LedgerLetters
from rulebook.library import PolicyLibrary
from storage.claims.claim_file import PostgresClaimFiles
from storage.dead_letters.actions import PostgresLetters
from storage.dead_letters.bulk import REPLAYS_PER_SECOND, PostgresBulkReplays
from storage.dead_letters.queries import PostgresLetterReads


def letter_desk(engine: AsyncEngine, keep_days: int) -> LetterDesk:
    """Put PostgreSQL behind the dead letters screens."""
    reads, letters, bulks = PostgresLetterReads(engine), PostgresLetters(engine), PostgresBulkReplays(engine)
    return LetterDesk(reads, letters, bulks, REPLAYS_PER_SECOND, timedelta(days=keep_days))


def claim_desk(engine: AsyncEngine, library: PolicyLibrary, workflows: Workflows, clock: Clock) -> ClaimDesk:
    """Put PostgreSQL and Temporal behind the claim page."""
    family = library.reference.family
    reads = PostgresClaimFiles(engine, family.codes, family.window_days)
    return ClaimDesk(reads, workflows, LedgerLetters(engine, library, clock), library.notices)
