"""Values that pass between the storage of monitors, the process that judges, and the screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.monitors import MonitoredLine

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor as the ledger keeps it. Empty `policy` and `version`: the whole folder of drafts is compared.

    `share`: of the claims; `ends_on`: its last day, in UTC. `looked_at`, `trouble`: when the reconciler last ran it,
    and why it could not judge then.
    """

    monitor_id: str
    policy: str
    version: str
    share: Decimal
    reason: str
    ends_on: date
    started_by: str
    started_at: datetime
    looked_at: datetime | None = None
    trouble: str | None = None
    stopped_by: str | None = None
    stopped_at: datetime | None = None
    stop_reason: str | None = None

    @property
    def name(self) -> str:
        """Its draft, for people."""
        return f"{self.policy} {self.version}" if self.policy else "all draft policy data"

    @property
    def ends_at(self) -> datetime:
        """The end of its last day."""
        return datetime.combine(self.ends_on, time(), UTC) + timedelta(days=1)

    def state(self, now: datetime) -> str:
        """Return running, stopped or ended."""
        if self.stopped_at is not None:
            return "stopped"
        return "running" if now < self.ends_at else "ended"


@dataclass(frozen=True, slots=True)
class MonitorRun:
    """The comparison of one text of a draft with one text in force; a change of either begins another run.

    `position_at`, `position_claim`: the decision judged last. `claims`, `lines`: decisions and lines judged; `differing`: lines
    on which the draft decides otherwise.
    """

    monitor_id: str
    run: int
    draft_hash: str
    in_force_hash: str
    begun_at: datetime
    position_at: datetime
    position_claim: str
    swept_at: datetime | None
    claims: int
    lines: int
    differing: int


@dataclass(frozen=True, slots=True)
class DecidedClaim:
    """A decision to judge: the claim, its version, when it was decided, and the member id by which claims are kept apart."""

    claim_id: ClaimId
    version: int
    decided_at: datetime
    member_id: str


@dataclass(frozen=True, slots=True)
class JudgedDecision:
    """The result of judging one decision. `lines`: those compared; `found`: those that differ or that a person decided."""

    claim_id: ClaimId
    version: int
    lines: int
    found: tuple[MonitoredLine, ...]

    @property
    def differing(self) -> int:
        """The lines on which the draft decides otherwise than the data in force."""
        return sum(each.impact is not None for each in self.found)


@dataclass(frozen=True, slots=True)
class MonitorFilter:
    """Which lines of a monitor to show; empty: any. `rule` is one of either version."""

    direction: str = ""
    rule: str = ""
    plan: str = ""
    provider: str = ""
    against: str = ""


@dataclass(frozen=True, slots=True)
class MonitorView:
    """A monitor for screens: its newest run with sums by direction, rule, plan, provider and person, and the lines chosen.

    `runs`: how many texts of the draft it judged.
    """

    monitor: Monitor
    run: MonitorRun | None
    runs: int
    directions: tuple[Row, ...] = ()
    rules: tuple[Row, ...] = ()
    plans: tuple[Row, ...] = ()
    providers: tuple[Row, ...] = ()
    people: tuple[Row, ...] = ()
    lines: tuple[Row, ...] = ()

    @property
    def agreement(self) -> Decimal | None:
        """The percentage of lines on which the draft and the data in force agree; None before the first."""
        if self.run is None or not self.run.lines:
            return None
        return (100 * Decimal(self.run.lines - self.run.differing) / self.run.lines).quantize(Decimal("0.01"))

    @property
    def net(self) -> Decimal:
        """The sum of the differences in US dollars."""
        return sum((row["amount"] for row in self.directions), Decimal(0))

    @property
    def evidence(self) -> str:
        """The figures in one sentence, for the reasons of a release."""
        claims, differing = (0, 0) if self.run is None else (self.run.claims, self.run.differing)
        sure = f"{self.agreement} % of lines agree, {differing} differ"
        return f"Monitor {self.monitor.monitor_id}: {claims} decisions, {sure}, net {self.net} US dollars."
