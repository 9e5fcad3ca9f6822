"""Page views of bulk retries: pure functions from stored records to texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from adjudication.people import StaffMember
from adjudication.review.bulk_retry import (
    EXPIRES_AFTER,
    Approved,
    BulkRetryLimits,
    Mode,
    Skipped,
    Stage,
    agree,
    change,
    needs_supervisor,
)
from console.web.formatting import day_in_words
from contracts.actions.bulk_retries import SelectionV1
from contracts.records.bulk_retries import BulkRetryPage, BulkRetryRecord, DryRun, Rehearsed, RetriedClaim

Badge = tuple[str, str]
"""Words and kind, as the macro `badge` takes them."""

_STAGES: Final[Mapping[Stage, Badge]] = {
    Stage.PROPOSED: ("waits for approval", "warn"),
    Stage.EXPIRED: ("expired", "plain"),
    Stage.RUNNING: ("running", "info"),
    Stage.PAUSED: ("paused", "warn"),
    Stage.FINISHED: ("finished", "ok"),
    Stage.CANCELLED: ("cancelled", "plain"),
}
_SKIPPED: Final[Mapping[str, str]] = {
    Skipped.DECIDED: "decided in the meantime",
    Skipped.OTHER_REASON: "pended for another reason now",
    Skipped.HELD: "assigned to a reviewer",
    Skipped.NO_REVIEW: "no review workflow found; contact operations",
}
_RESULTS: Final[Mapping[str, Badge]] = {
    "decided": ("decided", "ok"),
    "waits": ("waits again", "plain"),
    "failed": ("a step failed", "bad"),
}
_STEPS: Final = (("pause", "Pause", Stage.PAUSED), ("go-on", "Continue", Stage.RUNNING))
MODES: Final[Mapping[Mode, tuple[str, str]]] = {
    Mode.RESUME: (
        "Resume",
        "Every step runs again with what is known now. Authorization units the claim took stay with it.",
    ),
    Mode.RESTART: (
        "Restart",
        "As resume, but the claim first gives its authorization units back and is matched again.",
    ),
}


@dataclass(frozen=True, slots=True)
class BulkRetryRow:
    """A bulk retry in the list."""

    release_id: str
    purpose: str
    codes: tuple[str, ...]
    stage: Badge
    claims: int
    billed: Decimal
    settled: int
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None


@dataclass(frozen=True, slots=True)
class ListView:
    """The list of bulk retries."""

    rows: tuple[BulkRetryRow, ...]
    to_agree: int


@dataclass(frozen=True, slots=True)
class NewView:
    """The filters, the claims that match now, and the proposal as entered so far; `problems` by field."""

    reasons: tuple[tuple[str, str, int], ...]
    plans: tuple[tuple[str, str], ...]
    policies: tuple[tuple[str, str], ...]
    limits: BulkRetryLimits
    now: datetime
    key: str
    modes: Mapping[Mode, tuple[str, str]]
    chosen: Mapping[str, str]
    codes: tuple[str, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    found: DryRun | None = None
    would: Rehearsed | None = None
    large: bool = False
    typed: Mapping[str, str] | None = None
    problems: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim of a bulk retry."""

    claim_id: str
    billed: Decimal
    at: datetime | None
    outcome: Badge
    why: str


@dataclass(frozen=True, slots=True)
class BulkRetryView:
    """One bulk retry. `steps`: the viewer's actions, as address and label; `cannot_agree`: why they may not approve."""

    seen: BulkRetryRecord
    stage: Badge
    mode: tuple[str, str]
    filters: tuple[tuple[str, str | datetime], ...]
    large: bool
    expires_at: datetime
    may_agree: bool
    cannot_agree: str
    steps: tuple[tuple[str, str], ...]
    may_cancel: bool
    skipped: tuple[tuple[str, int], ...]
    moving: bool
    under_way: int
    claims: tuple[ClaimRow, ...]
    next_url: str | None
    first_url: str | None
    again_url: str


def list_view(releases: Iterable[BulkRetryRecord]) -> ListView:
    """Show the list."""
    rows = tuple(
        BulkRetryRow(
            release_id=seen.release_id,
            purpose=seen.purpose,
            codes=seen.selection.codes,
            stage=_STAGES[seen.stage],
            claims=seen.proposal.claims,
            billed=seen.proposal.billed,
            settled=seen.counts.settled,
            proposed_by=seen.proposal.proposed_by,
            proposed_at=seen.proposal.proposed_at,
            approved_by=seen.approved_by,
        )
        for seen in releases
    )
    return ListView(rows, sum(row.stage == _STAGES[Stage.PROPOSED] for row in rows))


def release_view(
    seen: BulkRetryRecord,
    page: BulkRetryPage,
    person: StaffMember,
    now: datetime,
    limits: BulkRetryLimits,
    again_url: str,
) -> BulkRetryView:
    """Return the view of one bulk retry for one person."""
    answer = agree(seen.proposal, seen.stage, person, now, limits)
    address = f"/bulk-retries/{seen.release_id}"
    later = bool(page.claims) and page.claims[0].place > 1
    return BulkRetryView(
        seen=seen,
        stage=_STAGES[seen.stage],
        mode=MODES[seen.mode],
        filters=tuple(_filters(seen.selection)),
        large=needs_supervisor(seen.proposal, limits),
        expires_at=seen.proposal.proposed_at + EXPIRES_AFTER,
        may_agree=isinstance(answer, Approved),
        cannot_agree="" if isinstance(answer, Approved) else answer.words,
        steps=tuple((step, words) for step, words, to in _STEPS if change(seen.stage, to, person) is None),
        may_cancel=change(seen.stage, Stage.CANCELLED, person) is None,
        skipped=tuple((_SKIPPED.get(why, why), count) for why, count in sorted(seen.counts.skipped.items())),
        moving=seen.stage is Stage.RUNNING,
        under_way=seen.counts.asked - seen.counts.tried,
        claims=tuple(_claim(claim) for claim in page.claims),
        next_url=None if page.after is None else f"{address}?after={page.after}",
        first_url=address if later else None,
        again_url=again_url,
    )


def _filters(selection: SelectionV1) -> Iterable[tuple[str, str | datetime]]:
    yield "Waits for", ", ".join(selection.codes)
    if selection.policy:
        yield "Policy", selection.policy + (f", version {selection.version}" if selection.version else "")
    if selection.plan:
        yield "Plan", selection.plan
    if selection.served_from or selection.served_to:
        start = day_in_words(selection.served_from) if selection.served_from else "the beginning"
        end = day_in_words(selection.served_to) if selection.served_to else "today"
        yield "Served", f"{start} to {end}"
    if selection.due_before:
        yield "Due before", selection.due_before
    yield "Assigned to a reviewer", "included" if selection.held_too else "left out"


def _claim(claim: RetriedClaim) -> ClaimRow:
    why = "" if claim.skipped is None else _SKIPPED.get(claim.skipped, claim.skipped)
    return ClaimRow(claim.claim_id, claim.billed, claim.tried_at or claim.asked_at, _outcome(claim), why)


def _outcome(claim: RetriedClaim) -> Badge:
    if claim.skipped is not None:
        return "left out", "warn"
    if claim.result is not None:
        return _RESULTS[claim.result]
    return ("not asked yet", "plain") if claim.asked_at is None else ("asked, not tried yet", "info")
