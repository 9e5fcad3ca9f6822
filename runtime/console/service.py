"""Builds the console's application from real adapters and serves it until its process is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.review.actions import case_rules
from console.access.tokens import TokenVerifier
from console.appeals.ports import Appeals
from console.bulk_retries.ports import BulkRetryDependencies
from console.campaigns.ports import CampaignDependencies
from console.claims.ports import ClaimDependencies, WorkflowRuns
from console.dashboard.sampler import Sampler
from console.dead_letters.ports import DeadLetterDependencies
from console.exports.ports import ExportDependencies
from console.letters.ports import MailDependencies
from console.monitors.ports import MonitorDependencies
from console.policies.service import PolicyPages
from console.ports import Console, Words
from console.reopenings.ports import Corrections
from console.review.case_context import CaseContexts
from console.review.policy_reviews import PolicyReviews
from console.web.app import create_app
from console.web.assets import MissingAssetsError
from console.worklist.context import WorklistContexts
from contracts.time_source import TimeSource
from letters.appeal_letters import AppealLetters
from letters.claim_letters import ClaimLetters
from letters.prints import LetterPrints
from rulebook.library import PolicyLibrary, load_library
from rulebook.source_places import recorded, said
from runtime import wiring
from runtime.console.appeal_updates import TemporalAppealUpdates
from runtime.console.bulk_retry_dry_run import BulkRetryDryRuns
from runtime.console.bulk_retry_runner import TemporalBulkRetries, release_limits
from runtime.console.campaign_runner import TemporalCampaigns
from runtime.console.claim_workflows import ClaimWorkflows
from runtime.console.correction_updates import TemporalCorrectionUpdates
from runtime.console.dashboard import sampler_over
from runtime.console.flow_metrics import show_flow
from runtime.console.http_limits import http_limits
from runtime.console.http_service import listening, serve
from runtime.console.payload_pages import CodecPages
from runtime.console.review_updates import TemporalReviewUpdates
from runtime.console.sign_in import sign_in_over
from runtime.console.token_keys import trusted
from runtime.errors import StackError
from runtime.processes.lifecycle import Running
from runtime.processes.process_addresses import API, address_file
from runtime.settings import Settings
from storage.appeals.actions import AppealActionStore
from storage.appeals.queries import AppealQueries
from storage.audit.search import AuditSearch
from storage.bulk_retries.proposals import BulkRetries
from storage.claims.claim_file import ClaimFiles
from storage.dead_letters.actions import DeadLetterActions
from storage.dead_letters.bulk import DeadLetterBulks
from storage.dead_letters.queries import DeadLetterQueries
from storage.decisions.reopenings import Reopenings
from storage.exports.store import Exports
from storage.feeds.unmatched_documents import UnmatchedDocuments
from storage.letters.mail_queue import MailQueue
from storage.letters.notices_due import NoticesDue
from storage.monitors.store import Monitors
from storage.people.caller_search import CallerSearches
from storage.people.staff import Staff
from storage.people.staff_changes import StaffChanges
from storage.privileges.roles import DatabaseRole
from storage.readjudication.campaigns import Campaigns
from storage.readjudication.queries import ProposalQueries
from storage.readjudication.raised import RaisedReopenings
from storage.readjudication.store import Readjudications
from storage.review.actions import ReviewActionStore
from storage.review.desks import Desks
from storage.review.document_files import DocumentFiles
from storage.review.queries import ReviewQueries

WATCHING: Final = 3
"""The number of database connections for the dashboard, separate from those for people's requests."""

UNAVAILABLE: Final = (OperationalError, PoolTimeout, OSError)
"""Errors after which a repeated request may succeed: a connection lost or refused, a statement cancelled, a conflict of transactions, no
connection free in time. Any other error of the database (a constraint, a missing table) is reported as a defect."""


async def api(settings: Settings, running: Running) -> None:
    """Serve the reviewers' HTTP API."""
    library = load_library(settings.policies_dir)
    engine = wiring.database(settings, DatabaseRole.CONSOLE)
    watching = wiring.database(settings, DatabaseRole.CONSOLE, WATCHING)
    file = address_file(settings.state_dir, API)
    with listening(settings.api_host, settings.api_port, file) as (listener, address):
        client = await wiring.temporal(settings)
        sampler = sampler_over(settings, watching, client, library)
        show_flow(sampler, wiring.now)
        console = console_over(settings, engine, client, sampler, library, address)
        try:
            app = create_app(console, UNAVAILABLE)
        except MissingAssetsError as missing:
            raise StackError(str(missing)) from None
        async with sampling(sampler, running.stop):
            await serve(app, listener, running, http_limits(settings))
    await watching.dispose()
    await engine.dispose()


@contextlib.asynccontextmanager
async def sampling(sampler: Sampler, stop: asyncio.Event) -> AsyncIterator[None]:
    """Run the sampler while the server runs."""
    task = asyncio.create_task(sampler.run(stop))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def corrections_over(engine: AsyncEngine, library: PolicyLibrary, client: Client) -> Corrections:
    """Make the dependencies of the screens of reopenings."""
    return Corrections(
        ProposalQueries(engine),
        Readjudications(engine, library.reference),
        TemporalCorrectionUpdates(client),
        RaisedReopenings(engine, library.reference),
    )


def console_over(
    settings: Settings, engine: AsyncEngine, client: Client, sampler: Sampler, library: PolicyLibrary, address: str
) -> Console:
    """Compose the console; raises StackError if no token issuer can be trusted."""
    clock: TimeSource = wiring.now
    return Console(
        tokens=TokenVerifier(*trusted(settings), clock),
        staff=Staff(engine),
        staff_changes=StaffChanges(engine),
        reads=ReviewQueries(engine),
        submissions=ReviewActionStore(engine),
        reviews=TemporalReviewUpdates(client),
        policies=PolicyReviews(engine, library, clock),
        worklist=WorklistContexts(engine, library),
        case_contexts=CaseContexts(engine, library),
        reference=library.reference,
        rules=case_rules(library.reference),
        words=words_of(library),
        sign_in=sign_in_over(settings, engine, address, clock),
        bulk_retries=BulkRetryDependencies(
            BulkRetries(engine, release_limits(settings)),
            TemporalBulkRetries(client),
            BulkRetryDryRuns(engine, library.reference, clock),
            release_limits(settings),
        ),
        appeals=Appeals(
            AppealQueries(engine, library.reference),
            AppealActionStore(engine, library.reference),
            TemporalAppealUpdates(client),
            AppealLetters(engine, library, clock),
        ),
        dead_letters=dead_letters_over(engine, settings.dead_letter_retention_days),
        claims=claims_over(engine, library, ClaimWorkflows(client, settings.temporal_ui_url), clock),
        reopenings=Reopenings(engine),
        corrections=corrections_over(engine, library, client),
        campaigns=CampaignDependencies(Campaigns(engine), TemporalCampaigns(client)),
        monitors=MonitorDependencies(Monitors(engine), settings.draft_policies_dir or settings.policies_dir),
        documents=UnmatchedDocuments(engine, library.medical.vocabulary.documents),
        callers=CallerSearches(engine),
        desks=Desks(engine),
        mail=MailDependencies(MailQueue(engine), NoticesDue(engine), LetterPrints(engine)),
        audit=AuditSearch(engine),
        exports=exports_over(engine, library),
        dashboard=sampler,
        payloads=CodecPages(wiring.payload_keys(settings).keys, settings.temporal_ui_url),
        policy_pages=PolicyPages(engine, library),
        now=clock,
    )


def exports_over(engine: AsyncEngine, library: PolicyLibrary) -> ExportDependencies:
    """Build the dependencies of the exports."""
    titles = {name: source.title for name, source in library.sources.items()}
    return ExportDependencies(Exports(engine, library.reference, library.exports), titles)


def dead_letters_over(engine: AsyncEngine, keep_days: int) -> DeadLetterDependencies:
    """Build the dependencies of the dead letter screens."""
    queries, actions, bulks = DeadLetterQueries(engine), DeadLetterActions(engine), DeadLetterBulks(engine)
    return DeadLetterDependencies(queries, actions, bulks, timedelta(days=keep_days))


def claims_over(
    engine: AsyncEngine, library: PolicyLibrary, workflows: WorkflowRuns, now: TimeSource
) -> ClaimDependencies:
    """Build the dependencies of the claim page."""
    family = library.reference.family
    files = ClaimFiles(engine, family.codes, family.window_days)
    letters = ClaimLetters(engine, library, now)
    return ClaimDependencies(files, workflows, letters, library.letters, DocumentFiles(engine))


def words_of(library: PolicyLibrary) -> Words:
    """Collect the texts of facts and documents for people."""
    vocabulary = library.medical.vocabulary
    return Words(
        questions={name: entry.asks for name, entry in vocabulary.facts.items()},
        units=library.letters.units,
        documents={name: entry.label for name, entry in vocabulary.documents.items()},
        remarks={name: entry.rarc for name, entry in vocabulary.documents.items()},
        sources={name: entry.title for name, entry in library.sources.items()},
        place=partial(recorded, library.places),
        said=partial(said, library.places),
    )
