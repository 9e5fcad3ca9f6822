"""Puts the real world behind the dashboard."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from console.dashboard.ports import Operations
from console.dashboard.sampler import Sampler
from rulebook.library import PolicyLibrary
from runtime import wiring
from runtime.console.kafka_lag import KafkaBroker
from runtime.console.policy_versions import LoadedPolicies
from runtime.console.process_states import LocalProcesses
from runtime.console.temporal_overview import TemporalOverview
from runtime.settings import Settings
from storage.dashboard.flow import PostgresFlow
from storage.dashboard.lists import PostgresClaimLists
from storage.dashboard.rollups import PostgresRollUps
from storage.dashboard.waiting import PostgresWaiting


def sampler_over(settings: Settings, engine: AsyncEngine, client: Client, library: PolicyLibrary) -> Sampler:
    """Make the sampler; nothing is read before it runs."""
    operations = Operations(
        flow=PostgresFlow(engine),
        roll_ups=PostgresRollUps(engine),
        waiting=PostgresWaiting(engine),
        lists=PostgresClaimLists(engine),
        broker=KafkaBroker(wiring.addresses(settings).kafka_bootstrap),
        processes=LocalProcesses(settings),
        orchestrator=TemporalOverview(client),
        policies=LoadedPolicies(library),
        trouble=(SQLAlchemyError, OSError),
    )
    return Sampler(operations, library.reference, wiring.now)
