"""The batch's claims and results between steps, kept by reference in the worker process.

Why: a claim passed through Temporal between steps would be encoded six times and end up in the history; kept
here, only ids cross. This is a cache and nothing else. It is bounded (least recently used, and by age), and
whatever it lost (a worker restarted between two steps, another worker took over, the bound was hit) is
rebuilt by running the steps before again from stored inputs. That is safe because every step before `publish`
is a pure function of stored inputs, except the allocation of authorization units, which is recorded once per
claim line. A test drops the set between any two steps and compares outcomes.

It may not: hold what exists nowhere else, survive `publish`, or decide anything.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from activities.ports import ClaimStore, StoredClaim
from adjudication.corrections.judge import NO_CHAIN, ChainResult
from adjudication.edits import EditResult
from adjudication.model.authorizations import AuthorizationResult
from adjudication.model.determination import Decision
from adjudication.model.findings import Finding
from adjudication.model.history import HistoryLine
from adjudication.model.vocabulary import ClaimId
from adjudication.review.claim_deadlines import DeadlineCheck
from adjudication.steps.eligibility import EligibilityResult
from contracts.workflow_messages.claims import PUBLISH, STEP_ORDER, ClaimBatch, StepSummary

NO_ELIGIBILITY: Final = EligibilityResult(findings=(), plans={})
NO_AUTHORIZATION: Final = AuthorizationResult(findings=(), uses=(), matched={}, protected=frozenset())
NO_EDITS: Final = EditResult(findings=())

_MAX_AGE: Final = timedelta(minutes=5)
"""Older entries are rebuilt: after an outage, a decision should rest on what is known then."""

TimeSource = Callable[[], datetime]
"""The time as an argument: the composition root injects the real one, tests a fixed one."""


@dataclass(slots=True)
class ClaimWork:
    """One claim on its way through the steps; each step replaces its own field, so a step may run again."""

    stored: StoredClaim
    chain: ChainResult = NO_CHAIN
    eligibility: EligibilityResult = NO_ELIGIBILITY
    providers: tuple[Finding, ...] = ()
    authorization: AuthorizationResult = NO_AUTHORIZATION
    edits: EditResult = NO_EDITS
    history: tuple[HistoryLine, ...] = ()
    necessity: tuple[Finding, ...] = ()
    failures: dict[str, Finding] = field(default_factory=dict)
    decision: Decision | None = None
    refused: bool = False
    look: DeadlineCheck | None = None


@dataclass(slots=True)
class BatchWork:
    """A batch on its way through the steps.

    `reached` counts the steps done; `unknown` are ids the ledger does not have, which no step can say
    anything of.
    """

    batch: ClaimBatch
    opened_at: datetime
    claims: list[ClaimWork] | None = None
    unknown: tuple[str, ...] = ()
    reached: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def loaded(self) -> list[ClaimWork]:
        """Every claim of the batch that the ledger knows, in order of acceptance."""
        return self.claims or []

    def open_claims(self) -> list[ClaimWork]:
        """Claims still to be decided on which no step raised."""
        return [work for work in self.loaded() if not work.stored.determined and not work.failures]

    def billing_claims(self) -> list[ClaimWork]:
        """Open claims whose lines are adjudicated: no void, no correction that waits for its original or is refused."""
        return [work for work in self.open_claims() if work.chain.bills]

    def summary(self, step: str) -> StepSummary:
        """What one step did, for the history: a count, and opaque ids of claims it failed on."""
        failed = [work.stored.claim.claim_id for work in self.loaded() if step in work.failures]
        return StepSummary(claims=len(self.loaded()), failed=[*failed, *self.unknown])


Evaluate = Callable[[BatchWork], Awaitable[None]]


class WorkingSet:
    """Batches in progress, by batch id and round; knows how to bring one up to any step."""

    def __init__(self, claims: ClaimStore, clock: TimeSource, capacity: int = 128) -> None:
        """Keep at most `capacity` batches."""
        self._claims = claims
        self._clock = clock
        self._capacity = capacity
        self._entries: OrderedDict[tuple[str, int], BatchWork] = OrderedDict()
        self._steps: dict[str, Evaluate] = {}

    def register(self, step: str, evaluate: Evaluate) -> None:
        """Let a capability say how its step is run; it may be run again for a batch that was dropped."""
        self._steps[step] = evaluate

    async def reach(self, batch: ClaimBatch, step: str) -> BatchWork:
        """Return the batch with every step up to and including `step` done, running those that are missing.

        The lock keeps a local activity that timed out but still runs from interleaving with its own retry.
        """
        work = self._entry(batch)
        async with work.lock:
            if work.claims is None:
                await self._load(work)
            for name in STEP_ORDER[work.reached : STEP_ORDER.index(step) + 1]:
                await self._steps[name](work)
                work.reached += 1
        return work

    async def ready_to_publish(self, batch: ClaimBatch) -> BatchWork:
        """Return the batch with every step before `publish` done."""
        return await self.reach(batch, STEP_ORDER[STEP_ORDER.index(PUBLISH) - 1])

    def discard(self, batch: ClaimBatch) -> None:
        """Forget a batch; unknown ones are ignored."""
        self._entries.pop((batch.batch_id, batch.round), None)

    def clear(self) -> None:
        """Forget everything, as a restart of the worker does."""
        self._entries.clear()

    def __len__(self) -> int:
        """Count the batches held."""
        return len(self._entries)

    def _entry(self, batch: ClaimBatch) -> BatchWork:
        key = (batch.batch_id, batch.round)
        now = self._clock()
        entry = self._entries.get(key)
        if entry is None or now - entry.opened_at > _MAX_AGE:
            entry = self._entries[key] = BatchWork(batch, now)
        self._entries.move_to_end(key)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
        return entry

    async def _load(self, work: BatchWork) -> None:
        ids = [ClaimId(claim_id) for claim_id in work.batch.claim_ids]
        stored = await self._claims.load(ids)
        work.unknown = tuple(claim_id for claim_id in ids if claim_id not in stored)
        work.claims = [ClaimWork(claim) for claim in sorted(stored.values(), key=lambda claim: claim.sequence)]
