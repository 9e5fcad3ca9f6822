"""A finding: the conclusion of one adjudication step about a line or a claim, with its citation.

Later steps, letters and document requests read the typed `detail` of a finding. Its `evidence` is for display only, so
the names and the order of evidence may change without changing any decision.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from adjudication.model.other_payers import PriorPayment
from adjudication.model.outcomes import AUTHORIZATION_APPROVED
from adjudication.model.vocabulary import (
    AuthorizationNumber,
    LineNumber,
    OutcomeCode,
    PendCode,
    PlanId,
    Step,
    Verdict,
)
from adjudication.quick_values import quick


@quick
@dataclass(frozen=True, slots=True)
class Citation:
    """The origin of a rule: source id of policies/sources.yaml and the place in it."""

    source: str
    locator: str


@quick
@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact a step relied on, for display; `value` is a code, date, number or opaque id, never member data."""

    name: str
    value: str


@quick
@dataclass(frozen=True, slots=True)
class LegRecord:
    """The ruling of one policy on a line, with one answer per criterion node: 0 not met, 1 met, 2 unknown.

    A plan may apply several policies in order; each is one leg of the ruling. The policy version is named by its id and
    content hash.
    """

    leg: str
    authority: str
    result: str
    code: str
    decided_on: date
    policy: str | None = None
    version: str | None = None
    content_hash: str | None = None
    rule: str | None = None
    answers: str = ""
    evaluator: str = ""


@quick
@dataclass(frozen=True, slots=True)
class PlanDetail:
    """The plan that a finding concerns."""

    plan_id: PlanId


@dataclass(frozen=True, slots=True)
class AuthorizationDetail:
    """The authorization that covers a line, or that does not cover it."""

    number: AuthorizationNumber


@dataclass(frozen=True, slots=True)
class DocumentNeed:
    """A kind of document that could answer open criteria, and the facts it would state.

    `received`: such a document is on file, but no fact could be read from it.
    """

    kind: str
    facts: tuple[str, ...] = ()
    received: bool = False


@quick
@dataclass(frozen=True, slots=True)
class PolicyDetail:
    """The medical policy that ruled on a line, and the documents that could answer its open criteria.

    `version` is None where no version of the policy is in force.
    """

    policy: str
    version: str | None
    documents: tuple[DocumentNeed, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """One line of a decision that waits for its release; `people` resolved something on it (empty: none did)."""

    line: int
    disposition: str
    paid: Decimal
    reason: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProposalDetail:
    """The decision that a pre-release hold asks a person to check.

    At `held_until` a claim sampled for quality is released without the check; None: the hold never expires.
    """

    lines: tuple[ProposedLine, ...]
    held_until: datetime | None = None


Detail = PlanDetail | AuthorizationDetail | PriorPayment | PolicyDetail | ProposalDetail


@quick
@dataclass(frozen=True, slots=True)
class Finding:
    """The conclusion of one step about one line, or about the whole claim where `line` is None.

    A finding that pends carries the pend code, which names the owner. A finding denies only for administrative reasons:
    adverse clinical outcomes pend for a licensed reviewer (adjudication/model/determination.py). `legs` hold the policy
    rulings under a medical necessity finding. `detail`: the values that later steps need.
    """

    step: Step
    outcome: OutcomeCode
    verdict: Verdict
    citation: Citation
    line: LineNumber | None = None
    evidence: tuple[Evidence, ...] = ()
    pend: PendCode | None = None
    legs: tuple[LegRecord, ...] = ()
    detail: Detail | None = None

    def __post_init__(self) -> None:
        """Refuse a pend without a pend code, and a pend code without a pend."""
        if (self.verdict is Verdict.PENDS) != (self.pend is not None):
            msg = f"finding {self.outcome}: verdict {self.verdict} does not go with pend code {self.pend}"
            raise ValueError(msg)


def authorization_number(findings: Iterable[Finding]) -> AuthorizationNumber | None:
    """Return the authorization by which a line is approved: that of its first finding with one; None without any."""
    for finding in findings:
        if finding.outcome == AUTHORIZATION_APPROVED and isinstance(finding.detail, AuthorizationDetail):
            return finding.detail.number
    return None
