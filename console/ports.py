"""The dependencies of the console's routes, with the port to the workflows of pended claims.

The console calls the query classes of storage directly. Ports (Protocols) exist only for Temporal, Kafka, the
identity provider and the other processes; runtime/console has their implementations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.review.case import CaseRules
from console.access.tokens import TokenVerifier
from console.appeals.ports import Appeals
from console.bulk_retries.ports import BulkRetryDependencies
from console.campaigns.ports import CampaignDependencies
from console.claims.ports import ClaimDependencies
from console.dashboard.sampler import Sampler
from console.dead_letters.ports import DeadLetterDependencies
from console.exports.ports import ExportDependencies
from console.letters.ports import MailDependencies
from console.monitors.ports import MonitorDependencies
from console.payloads.ports import PayloadPages
from console.policies.service import PolicyPages
from console.reopenings.ports import Corrections
from console.review.case_context import CaseContexts
from console.review.policy_reviews import PolicyReviews
from console.sign_in.ports import SignIn
from console.worklist.context import WorklistContexts
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import ReviewAnswer
from storage.audit.search import AuditSearch
from storage.decisions.reopenings import Reopenings
from storage.feeds.unmatched_documents import UnmatchedDocuments
from storage.people.caller_search import CallerSearches
from storage.people.staff import Staff
from storage.people.staff_changes import StaffChanges
from storage.review.actions import ReviewActionStore
from storage.review.desks import Desks
from storage.review.queries import ReviewQueries


class NotWaitingError(Exception):
    """No workflow holds the claim for review, so no action can be taken on it."""


class UnansweredError(Exception):
    """No worker answered in time. The action stays submitted; the caller may send it again with the same id."""


class Reviews(Protocol):
    """The workflows that hold pended claims for review."""

    async def act(self, claim_id: ClaimId, action_id: str) -> ReviewAnswer:
        """Have the workflow judge and apply a submitted action; raises NotWaitingError or UnansweredError."""


@dataclass(frozen=True, slots=True)
class Words:
    """Texts for people: the question per fact, the unit of each that is a number, and per kind of document its name and its remark code (RARC).

    `sources`: the titles of cited sources. For a source and a stored place in it, `place` returns the place as a reader
    can find it, and `said` the text there.
    """

    questions: Mapping[str, str]
    units: Mapping[str, str]
    documents: Mapping[str, str]
    remarks: Mapping[str, str]
    sources: Mapping[str, str]
    place: Callable[[str, str], str]
    said: Callable[[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Console:
    """All dependencies of the routes. An application has exactly one such object; there are no globals."""

    tokens: TokenVerifier
    staff: Staff
    staff_changes: StaffChanges
    reads: ReviewQueries
    submissions: ReviewActionStore
    reviews: Reviews
    policies: PolicyReviews
    worklist: WorklistContexts
    case_contexts: CaseContexts
    reference: ReferenceData
    rules: CaseRules
    words: Words
    sign_in: SignIn
    bulk_retries: BulkRetryDependencies
    appeals: Appeals
    dead_letters: DeadLetterDependencies
    claims: ClaimDependencies
    reopenings: Reopenings
    corrections: Corrections
    campaigns: CampaignDependencies
    monitors: MonitorDependencies
    documents: UnmatchedDocuments
    callers: CallerSearches
    desks: Desks
    mail: MailDependencies
    audit: AuditSearch
    exports: ExportDependencies
    dashboard: Sampler
    payloads: PayloadPages
    policy_pages: PolicyPages
    now: TimeSource
