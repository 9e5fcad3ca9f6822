"""Puts the real world behind the dashboard."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from console.dashboard.ports import Operations
from console.dashboard.sampler import Sampler
from runtime import wiring
from runtime.kafka_lag import KafkaBroker
from runtime.policy_shelf import LoadedPolicies
from runtime.process_states import LocalProcesses
from runtime.settings import Settings
from runtime.temporal_overview import TemporalOverview
from storage.operations_flow import PostgresFlow
from storage.operations_lists import PostgresClaimLists
from storage.operations_rollups import PostgresRollUps
from storage.operations_waiting import PostgresWaiting
from storage.policy_library import PolicyLibrary


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
