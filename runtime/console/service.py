"""Builds the console's application from real adapters and serves it until its process is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.review.actions import case_rules
from console.access.tokens import TokenVerifier
from console.appeals.ports import Appeals
from console.bulk_retries.ports import Bulk
from console.dashboard.sampler import Sampler
from console.ports import Console, TimeSource, Words
from console.web.app import create_app
from console.web.assets import MissingAssetsError
from letters.appeal_letters import LedgerAppealLetters
from rulebook.library import PolicyLibrary, load_library
from runtime import wiring
from runtime.console.appeal_updates import TemporalAppealUpdates
from runtime.console.bulk_retry_dry_run import StepsRehearsal
from runtime.console.bulk_retry_runner import TemporalBulkRetries, release_limits
from runtime.console.case_context import LedgerCases
from runtime.console.claim_workflows import TemporalWorkflows
from runtime.console.dashboard import sampler_over
from runtime.console.http_service import listening, serve
from runtime.console.policy_reviews import LedgerPolicies
from runtime.console.review_updates import TemporalReviews
from runtime.console.sign_in import sign_in_over
from runtime.console.token_keys import trusted
from runtime.console.wiring_screens import claim_desk, letter_desk
from runtime.console.worklist_context import LedgerWorklist
from runtime.errors import StackError
from runtime.processes.lifecycle import Running
from runtime.processes.process_addresses import API, address_file
from runtime.settings import Settings
from storage.appeals.actions import PostgresAppeals
from storage.appeals.queries import PostgresAppealQueries
from storage.bulk_retries.proposals import PostgresBulkRetries
from storage.decisions.reopenings import PostgresReopenings
from storage.engine import create_engine
from storage.feeds.unmatched_documents import PostgresUnmatchedDocuments
from storage.people.staff import PostgresStaff
from storage.review.actions import PostgresReviews
from storage.review.queries import PostgresReviewQueries

WATCHING: Final = 3
"""Connections of the dashboard's readings, apart from those that people's requests wait for."""

UNAVAILABLE: Final = (OperationalError, PoolTimeout, OSError)
"""Errors that repeating can mend: a connection lost or refused, a statement cancelled, a conflict of transactions, no
connection free in time. Any other error of the database (a constraint, a missing table) is a defect, and said to be one."""


async def api(settings: Settings, running: Running) -> None:
    """Serve the reviewers' HTTP API."""
    library = load_library(settings.policies_dir)
    engine = wiring.database(settings)
    watching = create_engine(wiring.addresses(settings).postgres_dsn, pool_size=WATCHING)
    file = address_file(settings.state_dir, API)
    with listening(settings.api_host, settings.api_port, file) as (listener, address):
        client = await wiring.temporal(settings)
        sampler = sampler_over(settings, watching, client, library)
        console = console_over(settings, engine, client, sampler, library, address)
        try:
            app = create_app(console, UNAVAILABLE)
        except MissingAssetsError as missing:
            raise StackError(str(missing)) from None
        async with sampling(sampler, running.stop):
            await serve(app, listener, running)
    await watching.dispose()
    await engine.dispose()


@contextlib.asynccontextmanager
async def sampling(sampler: Sampler, stop: asyncio.Event) -> AsyncIterator[None]:
    """Sample beside the server: until asked to stop, or until the server ends by itself."""
    task = asyncio.create_task(sampler.run(stop))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def console_over(
    settings: Settings, engine: AsyncEngine, client: Client, sampler: Sampler, library: PolicyLibrary, address: str
) -> Console:
    """Put the real adapters behind the console's ports; raises StackError when nobody's tokens can be trusted."""
    trust, keys = trusted(settings)
    clock: TimeSource = wiring.now
    return Console(
        tokens=TokenVerifier(trust, keys, clock),
        staff=PostgresStaff(engine),
        reads=PostgresReviewQueries(engine),
        submissions=PostgresReviews(engine),
        reviews=TemporalReviews(client),
        policies=LedgerPolicies(engine, library, clock),
        worklist=LedgerWorklist(engine, library),
        around=LedgerCases(engine, library),
        reference=library.reference,
        rules=case_rules(library.reference),
        words=words_of(library),
        sign_in=sign_in_over(settings, engine, address, clock),
        bulk=Bulk(
            PostgresBulkRetries(engine, release_limits(settings)),
            TemporalBulkRetries(client),
            StepsRehearsal(engine, library.reference, clock),
            release_limits(settings),
        ),
        appeals=Appeals(
            PostgresAppealQueries(engine, library.reference),
            PostgresAppeals(engine, library.reference),
            TemporalAppealUpdates(client),
            LedgerAppealLetters(engine, library, clock),
        ),
        letters=letter_desk(engine, settings.dead_letters_keep_days),
        claims=claim_desk(engine, library, TemporalWorkflows(client, settings.temporal_ui_url), clock),
        reopenings=PostgresReopenings(engine),
        documents=PostgresUnmatchedDocuments(engine, library.medical.vocabulary.documents),
        dashboard=sampler,
        now=clock,
    )


def words_of(library: PolicyLibrary) -> Words:
    """Collect how facts and documents are put to people."""
    vocabulary = library.medical.vocabulary
    return Words(
        questions={name: entry.asks for name, entry in vocabulary.facts.items()},
        documents={name: entry.label for name, entry in vocabulary.documents.items()},
        remarks={name: entry.rarc for name, entry in vocabulary.documents.items()},
    )
