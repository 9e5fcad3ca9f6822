"""What a person may ask of a waiting claim, as values. Whether it is allowed is adjudication/review/case.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from adjudication.model.claim import SupportingFact
from adjudication.model.other_payers import PayerAdjudication
from adjudication.model.vocabulary import LineNumber, OutcomeCode
from adjudication.prerelease_holds.returns import ErrorClass
from adjudication.review.settlements import Resolution


@dataclass(frozen=True, slots=True)
class Take:
    """Take the claim for a while; taking again renews."""


@dataclass(frozen=True, slots=True)
class Release:
    """Give the claim back to its queue."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give the claim to another queue, or to somebody by id."""

    to_role: str
    to_person: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RequestDocuments:
    """Ask the provider for these kinds of documents, once; `lines` are the lines they concern."""

    kinds: tuple[str, ...]
    lines: tuple[LineNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """State facts read out of documents or judged; `settles` resolves a conflict."""

    facts: tuple[SupportingFact, ...]


@dataclass(frozen=True, slots=True)
class RecordAdjudication:
    """State what another payer did with the claim, read off its explanation of benefits; our amount follows from it."""

    adjudication: PayerAdjudication


@dataclass(frozen=True, slots=True)
class Recommend:
    """Propose how a waiting line should be settled, for somebody who may decide it."""

    line: LineNumber | None
    outcome: OutcomeCode
    resolution: Resolution
    rationale: str


@dataclass(frozen=True, slots=True)
class Decide:
    """Settle one waiting line. `evidence` are ids of documents seen, `criteria` the policy criteria answered.

    A denial names the outcome it is told as. `allowed` is an amount in US dollars a unit (pricing only). `about` is what
    was looked at before release: the amount approved, the decision passed.
    """

    line: LineNumber | None
    outcome: OutcomeCode
    resolution: Resolution
    rationale: str
    denies_as: OutcomeCode | None = None
    evidence: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    allowed: Decimal | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class SendBack:
    """Do not release what waits before release: have it decided anew, one line or (None) all of it.

    `outcome` and `about` name what was looked at, `error` what was wrong with it.
    """

    outcome: OutcomeCode
    about: str
    error: ErrorClass
    reason: str
    line: LineNumber | None = None


@dataclass(frozen=True, slots=True)
class RequestSecondOpinion:
    """Ask another clinician with an expertise to look before deciding; the claim goes back to the queue.

    About one line, or (None) every line that waits.
    """

    expertise: str
    question: str
    line: LineNumber | None = None


@dataclass(frozen=True, slots=True)
class WithdrawSecondOpinion:
    """Take back what one asked a colleague, about one line or (None) everything."""

    line: LineNumber | None = None


@dataclass(frozen=True, slots=True)
class SchedulePeerToPeer:
    """Agree on a call with the ordering provider; the clock keeps running."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RecordPeerToPeer:
    """Record that the call was held, or that nobody was reached."""

    held: bool
    note: str


@dataclass(frozen=True, slots=True)
class Correct:
    """Correct a clerical field of the claim and adjudicate again; clinical content is never corrected this way."""

    field: str
    value: str
    line: LineNumber | None = None


Action = (
    Take
    | Release
    | HandOver
    | RequestDocuments
    | RecordFacts
    | RecordAdjudication
    | Recommend
    | Decide
    | SendBack
    | RequestSecondOpinion
    | WithdrawSecondOpinion
    | SchedulePeerToPeer
    | RecordPeerToPeer
    | Correct
)
