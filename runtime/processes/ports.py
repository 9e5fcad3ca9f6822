"""The real stores behind the ports of the activities, for the worker and its child processes."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ports import Ports
from storage.claims.history import PostgresHistory
from storage.claims.working_set import PostgresClaims
from storage.decisions.commit import PostgresDecisions
from storage.feeds.authorizations import PostgresAuthorizations
from storage.feeds.coverage import PostgresCoverage
from storage.feeds.roster import PostgresRoster
from storage.review.actions import ReviewActionStore
from storage.review.deadlines import PostgresDeadlines


def postgres_ports(engine: AsyncEngine) -> Ports:
    """The real stores behind the activities' ports."""
    return Ports(
        claims=PostgresClaims(engine),
        coverage=PostgresCoverage(engine),
        roster=PostgresRoster(engine),
        authorizations=PostgresAuthorizations(engine),
        history=PostgresHistory(engine),
        decisions=PostgresDecisions(engine),
        reviews=ReviewActionStore(engine),
        deadlines=PostgresDeadlines(engine),
    )


def shadow_ports(engine: AsyncEngine) -> Ports:
    """The real stores, with authorizations that are only read: no unit is locked or taken."""
    return replace(postgres_ports(engine), authorizations=PostgresAuthorizations(engine, dry_run=True))
