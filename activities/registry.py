"""The single list of activities: what the worker registers, and what tests check names and histories against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from activities.adjudication.large import Adjudicate, LargeClaimActivities
from activities.adjudication.publication import PublicationActivities
from activities.adjudication.steps import StepActivities
from activities.adjudication.working_set import WorkingSet
from activities.appeals.actions import AppealActivities, AppealStore
from activities.metrics import Committed
from activities.ports import Ports
from activities.readjudication.again import ReadjudicationActivities, ReadjudicationStore
from activities.readjudication.campaigns import CampaignActivities, CampaignStore, JudgePage
from activities.readjudication.shadow import Shadows
from activities.review.actions import ReviewActivities
from activities.review.bulk_retries import BulkRetryActivities, BulkRetryProgress
from activities.review.deadlines import DeadlineActivities
from activities.review.opening import DecidedClaims, OpeningActivities
from adjudication.model.reference import ReferenceData
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import ReviewResumer


def adjudication_activities(
    ports: Ports, reference: ReferenceData, clock: TimeSource, working_set: WorkingSet | None = None
) -> list[Callable[..., Any]]:
    """Return the six steps, in order, over one working set; then reviewers' actions and the deadline watch."""
    shared = WorkingSet(ports.claims, clock) if working_set is None else working_set
    steps = StepActivities(shared, ports, reference, clock)
    return [
        steps.verify_eligibility,
        steps.match_authorizations,
        steps.apply_component_edits,
        steps.review_medical_necessity,
        steps.determine,
        PublicationActivities(shared, ports.decisions, reference, clock).publish,
        ReviewActivities(ports.reviews, reference, clock).apply_review_action,
        DeadlineActivities(ports.deadlines, reference, clock).watch_clocks,
    ]


def large_activities(adjudicate: Adjudicate) -> list[Callable[..., Any]]:
    """Return the activity that adjudicates large claims; `adjudicate` decides where that happens."""
    return [LargeClaimActivities(adjudicate).adjudicate_large]


def every_step(
    ports: Ports, reference: ReferenceData, clock: TimeSource, count: Callable[[Sequence[Committed]], None]
) -> Adjudicate:
    """Return the function that runs every step of a batch in this process, over a working set for it alone."""
    shared = WorkingSet(ports.claims, clock)
    StepActivities(shared, ports, reference, clock)
    return PublicationActivities(shared, ports.decisions, reference, clock, count).run_every_step


def opening_activities(resumer: ReviewResumer, claims: DecidedClaims, clock: TimeSource) -> list[Callable[..., Any]]:
    """Return the activities that open and resume reviews."""
    wired = OpeningActivities(resumer, claims, clock)
    return [wired.open_reviews, wired.resume_reviews]


def appeal_activities(appeals: AppealStore, reference: ReferenceData) -> list[Callable[..., Any]]:
    """Return the activities of appeals."""
    wired = AppealActivities(appeals, reference)
    return [wired.apply_appeal_action, wired.watch_appeal]


def release_activities(steps: BulkRetryProgress, reviews: ReviewResumer, clock: TimeSource) -> list[Callable[..., Any]]:
    """Return the activity of bulk retries."""
    return [BulkRetryActivities(steps, reviews, clock).release_step]


def readjudication_activities(
    store: ReadjudicationStore, ports: Ports, reference: ReferenceData, clock: TimeSource
) -> list[Callable[..., Any]]:
    """Return the activities that adjudicate decided claims again; the ports' authorizations are those of a dry run."""
    wired = ReadjudicationActivities(store, Shadows(ports, reference, clock), reference, clock)
    return [wired.propose_correction, wired.apply_correction_action]


def campaign_activities(
    store: CampaignStore, judge: JudgePage, ports: Ports, reference: ReferenceData, clock: TimeSource
) -> list[Callable[..., Any]]:
    """Return the activity of campaigns; the ports' authorizations are those of a dry run."""
    return [CampaignActivities(store, judge, Shadows(ports, reference, clock), reference, clock).campaign_step]
