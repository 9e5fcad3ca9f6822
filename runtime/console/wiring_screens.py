"""Puts real adapters behind the ports of single screens, each screen's together as its desk."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from console.claims.ports import ClaimDependencies, Workflows
from console.dead_letters.ports import DeadLetterDependencies
from console.ports import TimeSource
from letters.claim_letters import LedgerLetters
from rulebook.library import PolicyLibrary
from storage.claims.claim_file import PostgresClaimFiles
from storage.dead_letters.actions import PostgresDeadLetters
from storage.dead_letters.bulk import REPLAYS_PER_SECOND, PostgresBulkReplays
from storage.dead_letters.queries import PostgresDeadLetterQueries


def letter_desk(engine: AsyncEngine, keep_days: int) -> DeadLetterDependencies:
    """Put PostgreSQL behind the dead letters screens."""
    reads, letters, bulks = PostgresDeadLetterQueries(engine), PostgresDeadLetters(engine), PostgresBulkReplays(engine)
    return DeadLetterDependencies(reads, letters, bulks, REPLAYS_PER_SECOND, timedelta(days=keep_days))


def claim_desk(
    engine: AsyncEngine, library: PolicyLibrary, workflows: Workflows, clock: TimeSource
) -> ClaimDependencies:
    """Put PostgreSQL and Temporal behind the claim page."""
    family = library.reference.family
    reads = PostgresClaimFiles(engine, family.codes, family.window_days)
    return ClaimDependencies(reads, workflows, LedgerLetters(engine, library, clock), library.letters)
