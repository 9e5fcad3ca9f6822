"""Builds the dashboard's sampler over the real servers."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from console.dashboard.ports import DashboardDependencies
from console.dashboard.sampler import Sampler
from rulebook.library import PolicyLibrary
from runtime import wiring
from runtime.console.kafka_lag import KafkaBroker, groups_of
from runtime.console.process_states import PipelineProcesses
from runtime.console.temporal_overview import TemporalOverview
from runtime.settings import Settings
from storage.dashboard.flow import FlowQueries
from storage.dashboard.lists import ClaimLists
from storage.dashboard.process_reports import ProcessReports
from storage.dashboard.rollups import MinuteCounts
from storage.dashboard.waiting import WaitingQueries
from storage.letters.notices_due import NoticesDue
from storage.reconciliation.stuck import StuckQueries


def sampler_over(settings: Settings, engine: AsyncEngine, client: Client, library: PolicyLibrary) -> Sampler:
    """Make the sampler; nothing is read before it runs."""
    operations = DashboardDependencies(
        flow=FlowQueries(engine),
        minutes=MinuteCounts(engine),
        waiting=WaitingQueries(engine),
        lists=ClaimLists(engine),
        stuck=StuckQueries(engine),
        notices=NoticesDue(engine),
        broker=KafkaBroker(wiring.kafka(settings), groups_of(settings)),
        processes=PipelineProcesses(settings, ProcessReports(engine).all),
        orchestrator=TemporalOverview(client, settings.temporal_task_queue),
        library=library,
        transient_errors=(SQLAlchemyError, OSError),
    )
    return Sampler(operations, library.reference, wiring.now)
