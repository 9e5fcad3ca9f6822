"""The JSON of appeals. Amounts are decimal strings in US dollars, times ISO 8601 in UTC."""

from __future__ import annotations

from pydantic import Field

from console.review.models import MemberResponse
from console.worklist.models import ResponseModel
from contracts.events.determinations import CitationV1
from contracts.scalars import Moment, PlainDecimal, PlausibleDate


class AppealDeadlineResponse(ResponseModel):
    """One owed action: its due time, the computation, and the rule."""

    what: str
    due_at: Moment
    hours_left: float
    arithmetic: str
    citation: CitationV1
    counted: bool = Field(description="No: a year of holidays is not loaded, and `due_at` is the earliest it can be.")


class WaitingLineResponse(ResponseModel):
    """A pend of an overturned line (without `line`: of all of them), its owner and its due time."""

    code: str
    label: str
    line: int | None
    outcome: str
    owner: str
    due_at: Moment


class AppealResponse(ResponseModel):
    """One row of the list. `member` is masked: nothing in a row names the member."""

    appeal_id: str
    reference: str
    submitter: str
    claim_id: str
    payer_claim_number: str
    member: str
    plans: tuple[str, ...]
    path: str | None = Field(
        description="The law or contract that opens it; none: no rule is loaded, a person decides."
    )
    level: str | None
    forum: str | None
    appellant: str
    subject: str
    clinical: bool
    expedited: bool
    urgency_open: bool = Field(description="A clinician must still decide whether it is expedited.")
    lines: tuple[int, ...]
    received_at: Moment
    due_at: Moment | None
    due_for: str | None
    hours_left: float | None = Field(description="Hours until the first thing is due; below zero: overdue.")
    waits_for: tuple[str, ...] = Field(description="What holds it up, in words.")
    pends: tuple[WaitingLineResponse, ...]
    decider: str | None = Field(description="Who has it.")
    barred: tuple[str, ...] = Field(description="Who took part in what is appealed and may not decide.")
    you_are_barred: str | None = Field(description="Why you may not decide it; none: nothing stands against you.")
    result: str | None = Field(description="The result of the present level.")
    ended: str | None
    closed: bool
    claim_replaced_by: str | None
    roles: tuple[str, ...] = Field(description="Your roles that work on it.")


class AppealPage(ResponseModel):
    """One page of the list; `next` is the cursor of the following one, absent on the last."""

    appeals: tuple[AppealResponse, ...]
    next: str | None


class RulingResponse(ResponseModel):
    """The ruling of one level on one line."""

    level: str
    line: int
    ruling: str
    units: PlainDecimal | None


class LevelResponse(ResponseModel):
    """One level of the path. `stage`: past, now, next (may be asked for now) or later."""

    level: str
    forum: str
    stage: str
    window: tuple[str, ...] = Field(
        description="How long it may be asked for, with the arithmetic where days are known."
    )
    last_day: PlausibleDate | None
    decision: str | None = Field(description="How long the plan has for it.")
    judge: str | None = Field(description="The role that must judge a clinical appeal.")
    missed: str | None = Field(description="What the law makes of a decision that does not come in time.")
    forwards_to: str | None
    result: str | None
    decided_at: Moment | None
    decided_by: str | None
    rationale: str | None
    version: int | None = Field(description="The version of the determination that publishes its ruling.")
    citation: CitationV1


class DeciderResponse(ResponseModel):
    """A person considered as decider, and why they may not be one; none: they may."""

    person_id: str
    roles: tuple[str, ...]
    why_not: str | None


class BarredResponse(ResponseModel):
    """A person who took part before, and how."""

    person_id: str
    parts: tuple[str, ...]


class AdjustmentResponse(ResponseModel):
    """One adjustment, in the codes of the remittance."""

    group: str
    carc: str
    amount: PlainDecimal
    rarcs: tuple[str, ...]


class DecidedResponse(ResponseModel):
    """The decision on a line in one version of the determination."""

    version: int
    decided_at: Moment
    disposition: str
    payable: PlainDecimal
    reason: str
    label: str
    adjustments: tuple[AdjustmentResponse, ...]
    would_also_fail: tuple[str, ...]
    citations: tuple[CitationV1, ...]
    signed_by: str | None
    rationale: str | None


class AppealLineResponse(ResponseModel):
    """One line of the claim: as it was denied, what each level ruled, and as it is now."""

    line: int
    code: str
    units: PlainDecimal
    charge: PlainDecimal
    service_date: PlausibleDate
    label: str = Field("", description="Our own short label of the code.")
    appealed: bool
    first: DecidedResponse | None
    rulings: tuple[RulingResponse, ...]
    newest: DecidedResponse | None = Field(description="As it is now; absent while there is no other version.")


class ProofResponse(ResponseModel):
    """A proof that this appellant needs."""

    proof: str
    here: bool
    document: str | None


class StandingResponse(ResponseModel):
    """Why the appellant may appeal, and what they must send first."""

    appellant: str
    proofs: tuple[ProofResponse, ...]
    awaited_until: PlausibleDate | None
    waits_for_proof: bool
    citation: CitationV1 | None


class FilingResponse(ResponseModel):
    """One version of the filing."""

    version: int
    received_at: Moment
    channel: str
    postmarked_on: PlausibleDate | None
    level: str | None
    documents: tuple[str, ...]
    statement: str | None
    good_cause: str | None
    withdrawn: bool


class EntryResponse(ResponseModel):
    """One entry of the trail."""

    at: Moment
    person_id: str
    role: str
    action: str
    happened: tuple[str, ...]


class OfferResponse(ResponseModel):
    """One action that the appeal's state permits, and why you may not do it (none: you may)."""

    action: str
    why_not: str | None


class AppealCaseResponse(ResponseModel):
    """One opened appeal, member data included."""

    appeal: AppealResponse
    member: MemberResponse
    diagnoses: tuple[str, ...]
    disposal: str
    words: str
    standing: StandingResponse | None
    levels: tuple[LevelResponse, ...]
    deadlines: tuple[AppealDeadlineResponse, ...]
    barred: tuple[BarredResponse, ...]
    deciders: tuple[DeciderResponse, ...]
    lines: tuple[AppealLineResponse, ...]
    filings: tuple[FilingResponse, ...]
    history: tuple[EntryResponse, ...]
    documents: tuple[str, ...]
    next_levels: tuple[str, ...]
    dismissal_ground: str | None
    time_zone: str | None = Field(description="Legal days of the appeal are days in this time zone, the plan's.")
    offers: tuple[OfferResponse, ...]
