"""The claims of a batch and the findings of the steps, kept in the worker process from one step to the next.

Why: claims sent through Temporal between steps would be encoded six times and stored in the history; with this cache
only ids are sent. It is bounded by count and size (the least recently used batch goes first) and by age. A batch that it lost
(the worker restarted, another worker took over, the bound was reached) is rebuilt: the earlier steps run again from
stored inputs. That is safe because every step before `publish` is a pure function of stored inputs, except the
allocation of authorization units, which the store records once per claim line. A test drops the cache between any two
steps and compares outcomes.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from temporalio import activity

from activities.errors import place
from activities.ports import ClaimStore
from adjudication.corrections.judge import NO_CHAIN, ChainResult
from adjudication.edits.component_edits import EditResult
from adjudication.model.authorizations import AuthorizationResult
from adjudication.model.determination import Decision
from adjudication.model.findings import Finding
from adjudication.model.history import HistoryLine
from adjudication.model.vocabulary import ClaimId, Step
from adjudication.review.claim_deadlines import DeadlineCheck
from adjudication.steps.determine import failed_step
from adjudication.steps.eligibility import CoverageSpan, EligibilityResult
from adjudication.steps.roster import Roster
from contracts.records.decisions import StoredClaim
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import (
    APPLY_COMPONENT_EDITS,
    DETERMINE,
    MATCH_AUTHORIZATIONS,
    PUBLISH,
    REVIEW_MEDICAL_NECESSITY,
    STEP_ORDER,
    VERIFY_ELIGIBILITY,
    ClaimBatch,
    StepSummary,
)

NO_ELIGIBILITY: Final = EligibilityResult(findings=(), plans={})
NO_AUTHORIZATION: Final = AuthorizationResult(findings=(), uses=(), matched={}, protected=frozenset())
NO_EDITS: Final = EditResult(findings=())

_MAX_AGE: Final = timedelta(minutes=5)
"""Older batches are rebuilt, so that after an outage a decision rests on current data."""

_LINE_WEIGHT: Final = 10
_MOST_WEIGHT: Final = 200_000
"""A line of a claim weighs as much as ten lines of a member's history, some 5 kB: the bound is some 100 MB."""

_STEPS: Final[Mapping[str, Step]] = {
    VERIFY_ELIGIBILITY: Step.ELIGIBILITY,
    MATCH_AUTHORIZATIONS: Step.AUTHORIZATION,
    APPLY_COMPONENT_EDITS: Step.EDITS,
    REVIEW_MEDICAL_NECESSITY: Step.NECESSITY,
    DETERMINE: Step.PRICING,
    PUBLISH: Step.PRICING,
}

T = TypeVar("T")


@dataclass(slots=True)
class ClaimWork:
    """One claim between two steps. Each step replaces its own field, so a step may run again.

    `failures` holds a finding for each step that raised on this claim, `refusals` the findings of a commit that the
    database refused, `deadline_check` the first check of the legal deadlines of a claim that pends.
    """

    stored: StoredClaim
    chain: ChainResult = NO_CHAIN
    spans: Sequence[CoverageSpan] = ()
    eligibility: EligibilityResult = NO_ELIGIBILITY
    providers: tuple[Finding, ...] = ()
    roster: Roster = field(default_factory=dict)
    filing: tuple[Finding, ...] = ()
    authorization: AuthorizationResult = NO_AUTHORIZATION
    edits: EditResult = NO_EDITS
    history: tuple[HistoryLine, ...] = ()
    necessity: tuple[Finding, ...] = ()
    failures: dict[str, Finding] = field(default_factory=dict)
    decision: Decision | None = None
    refusals: tuple[Finding, ...] = ()
    deadline_check: DeadlineCheck | None = None

    def isolate(self, step: str, run: Callable[[], T]) -> T | None:
        """Run a pure function on this claim; if it raises, record a failure finding and return None.

        One claim's exception never fails its batch. The finding and the log name the class and place of the error, never
        its message, which may quote the claim. An error of a store fails no single claim: it is raised outside of here,
        and Temporal retries the activity.
        """
        try:
            return run()
        except Exception as error:  # noqa: BLE001 - an error on one claim must not stop the others
            error_class = type(error).__name__
            activity.logger.warning(
                "step raised on one claim: step=%s claim_id=%s error=%s at=%s",
                step,
                self.stored.claim.claim_id,
                error_class,
                place(error),
            )
            self.failures[step] = failed_step(_STEPS[step], error_class)
            return None


@dataclass(slots=True)
class BatchWork:
    """A batch between two steps. `reached` counts the steps done; `unknown` holds ids the ledger does not have."""

    batch: ClaimBatch
    opened_at: datetime
    claims: list[ClaimWork] | None = None
    unknown: tuple[str, ...] = ()
    reached: int = 0
    weight: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def loaded(self) -> list[ClaimWork]:
        """Every claim of the batch that the ledger knows, in order of acceptance."""
        return self.claims or []

    def open_claims(self) -> list[ClaimWork]:
        """Undecided claims on which no step raised."""
        return [work for work in self.loaded() if not work.stored.determined and not work.failures]

    def billing_claims(self) -> list[ClaimWork]:
        """Open claims whose lines are adjudicated: no void, and no correction that is refused or waits for its original."""
        return [work for work in self.open_claims() if work.chain.is_adjudicated]

    def weigh(self) -> None:
        """Estimate the memory of the batch, from its lines and those of its members' histories."""
        lines = sum(len(work.stored.claim.lines) for work in self.loaded())
        self.weight = lines * _LINE_WEIGHT + sum(len(work.history) for work in self.loaded())

    def summary(self, step: str) -> StepSummary:
        """Summarize one step for the history: a count, and the opaque ids of claims it failed on."""
        failed = [work.stored.claim.claim_id for work in self.loaded() if step in work.failures]
        return StepSummary(claims=len(self.loaded()), failed=[*failed, *self.unknown])


Evaluate = Callable[[BatchWork], Awaitable[None]]
_Key = tuple[str, int, str]


def _key(batch: ClaimBatch) -> _Key:
    return batch.batch_id, batch.round, batch.part


class WorkingSet:
    """Batches in progress, by batch id and round."""

    def __init__(
        self, claims: ClaimStore, clock: TimeSource, capacity: int = 128, most_weight: int = _MOST_WEIGHT
    ) -> None:
        """Keep at most `capacity` batches with a total weight of `most_weight`, but always the batch in work."""
        self._claims = claims
        self._clock = clock
        self._capacity, self._most_weight = capacity, most_weight
        self._entries: OrderedDict[_Key, BatchWork] = OrderedDict()
        self._steps: dict[str, Evaluate] = {}

    def register(self, step: str, evaluate: Evaluate) -> None:
        """Register the function that runs a step; a batch that was dropped runs it again."""
        self._steps[step] = evaluate

    async def reach(self, batch: ClaimBatch, step: str) -> BatchWork:
        """Return the batch with every step up to and including `step` done; run the steps that are missing.

        The lock matters when a local activity timed out but still runs: its retry waits for it.
        """
        work = self._entry(batch)
        async with work.lock:
            if work.claims is None:
                await self._load(work)
            for name in STEP_ORDER[work.reached : STEP_ORDER.index(step) + 1]:
                await self._steps[name](work)
                work.reached += 1
            work.weigh()
        return work

    async def ready_to_publish(self, batch: ClaimBatch) -> BatchWork:
        """Return the batch with every step before `publish` done."""
        return await self.reach(batch, STEP_ORDER[STEP_ORDER.index(PUBLISH) - 1])

    def discard(self, batch: ClaimBatch) -> None:
        """Drop a batch; an unknown batch is ignored."""
        self._entries.pop(_key(batch), None)

    def clear(self) -> None:
        """Drop all batches, as a restart of the worker does."""
        self._entries.clear()

    def __len__(self) -> int:
        """Count the batches held."""
        return len(self._entries)

    def _entry(self, batch: ClaimBatch) -> BatchWork:
        key = _key(batch)
        now = self._clock()
        entry = self._entries.get(key)
        if entry is None or now - entry.opened_at > _MAX_AGE:
            entry = self._entries[key] = BatchWork(batch, now)
        self._entries.move_to_end(key)
        self._make_room()
        return entry

    def _make_room(self) -> None:
        """Drop the batches used longest ago; one that a step still works on is rebuilt by its next step."""
        weight = sum(entry.weight for entry in self._entries.values())
        while len(self._entries) > 1 and (len(self._entries) > self._capacity or weight > self._most_weight):
            _, dropped = self._entries.popitem(last=False)
            weight -= dropped.weight

    async def _load(self, work: BatchWork) -> None:
        ids = [ClaimId(claim_id) for claim_id in work.batch.claim_ids]
        stored = await self._claims.load(ids)
        work.unknown = tuple(claim_id for claim_id in ids if claim_id not in stored)
        work.claims = [ClaimWork(claim) for claim in sorted(stored.values(), key=lambda claim: claim.sequence)]
