"""The single list of activities: what the worker runs, and what tests check names and histories against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from activities.adjudication.authorizations import AuthorizationActivities
from activities.adjudication.determination import DeterminationActivities
from activities.adjudication.edits import EditActivities
from activities.adjudication.eligibility import EligibilityActivities
from activities.adjudication.necessity import NecessityActivities
from activities.adjudication.publication import PublicationActivities
from activities.adjudication.working_set import TimeSource, WorkingSet
from activities.appeals.actions import AppealActivities, AppealStore
from activities.ports import (
    AuthorizationStore,
    ClaimStore,
    CoverageStore,
    DeadlineStore,
    DecisionStore,
    HistoryStore,
    ReviewStore,
    RosterStore,
)
from activities.review.actions import ReviewActivities
from activities.review.bulk_retries import BulkRetryActivities, ReleaseSteps, WaitingReviews
from activities.review.deadlines import DeadlineActivities
from activities.review.opening import DecidedClaims, OpeningActivities, ReviewResumer
from adjudication.model.reference import ReferenceData

ACTIVITY_CLASSES: Final = (
    EligibilityActivities,
    AuthorizationActivities,
    EditActivities,
    NecessityActivities,
    DeterminationActivities,
    PublicationActivities,
    ReviewActivities,
    DeadlineActivities,
    OpeningActivities,
    AppealActivities,
    BulkRetryActivities,
)
"""One class per capability, in the order of the steps; then what people do."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The stores the activities of one worker read and write."""

    claims: ClaimStore
    coverage: CoverageStore
    roster: RosterStore
    authorizations: AuthorizationStore
    history: HistoryStore
    decisions: DecisionStore
    reviews: ReviewStore
    clocks: DeadlineStore


def adjudication_activities(
    ports: Ports, reference: ReferenceData, clock: TimeSource, working_set: WorkingSet | None = None
) -> list[Callable[..., Any]]:
    """Wire the six steps over one working set, and people's actions; return what a worker registers."""
    shared = WorkingSet(ports.claims, clock) if working_set is None else working_set
    return [
        EligibilityActivities(shared, ports.coverage, ports.roster, reference).verify_eligibility,
        AuthorizationActivities(shared, ports.authorizations).match_authorizations,
        EditActivities(shared, ports.history, reference, clock).apply_component_edits,
        NecessityActivities(shared, reference, clock).review_medical_necessity,
        DeterminationActivities(shared, reference, clock).determine,
        PublicationActivities(shared, ports.decisions, reference, clock).publish,
        ReviewActivities(ports.reviews, reference, clock).apply_review_action,
        DeadlineActivities(ports.clocks, reference, clock).watch_clocks,
    ]


def opening_activities(resumer: ReviewResumer, claims: DecidedClaims, clock: TimeSource) -> list[Callable[..., Any]]:
    """Wire what begins and wakes reviews; return what a worker registers beside the rest."""
    wired = OpeningActivities(resumer, claims, clock)
    return [wired.open_reviews, wired.resume_reviews]


def appeal_activities(appeals: AppealStore, reference: ReferenceData) -> list[Callable[..., Any]]:
    """Wire what is done about appeals; return what a worker registers beside the rest."""
    wired = AppealActivities(appeals, reference)
    return [wired.apply_appeal_action, wired.watch_appeal]


def release_activities(steps: ReleaseSteps, reviews: WaitingReviews, clock: TimeSource) -> list[Callable[..., Any]]:
    """Wire what is done for bulk releases; return what a worker registers beside the rest."""
    return [BulkRetryActivities(steps, reviews, clock).release_step]
