"""The JSON of the worklist and of a case. Amounts are decimal strings in US dollars, times ISO 8601 in UTC."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from contracts.events.determinations import CitationV1
from contracts.scalars import Moment, PlainDecimal, PlausibleDate


class ResponseModel(BaseModel):
    """Base of all responses."""

    model_config = ConfigDict(frozen=True)


class PendResponse(ResponseModel):
    """One pend of the claim. `line` is absent for the whole claim; priority 1 is the most urgent."""

    code: str
    label: str
    outcome: str
    line: int | None
    owner: str
    priority: int
    due_at: Moment
    about: str = Field("", description="For a pre-release hold: the amount to approve, or the decision to check.")


class LineResponse(ResponseModel):
    """One service line as billed."""

    number: int
    code: str
    modifiers: tuple[str, ...]
    units: PlainDecimal
    charge: PlainDecimal
    service_date: PlausibleDate
    label: str = Field("", description="Our own short label of the code.")


class HolderResponse(ResponseModel):
    """The reviewer to whom the claim is assigned, and until when."""

    person_id: str
    until: Moment


class RequestedDocumentResponse(ResponseModel):
    """A requested kind of document."""

    kind: str
    label: str
    asked_at: Moment
    due_at: Moment
    answered_at: Moment | None


class ArrivedDocumentResponse(ResponseModel):
    """A received document."""

    document_id: str
    kind: str
    label: str
    received_at: Moment


class DeadlineResponse(ResponseModel):
    """The first due date: of a legal deadline with its rule, or of a pend.

    `tolled`: the deadline is tolled, and `due_at` is the latest it can become.
    """

    due_at: Moment
    hours_left: float
    name: str
    rule: str
    legal: bool
    citation: CitationV1
    tolled: bool


class TaskResponse(ResponseModel):
    """One row of the worklist. `member` is masked: no row identifies the member."""

    claim_id: str
    control_number: str
    payer_claim_number: str
    member: str = Field(description="The last characters of the member id.")
    plans: tuple[str, ...]
    received_at: Moment
    due_at: Moment | None
    hours_left: float | None = Field(
        description="Hours until the first legal deadline or thing it waits for is due; below zero: overdue."
    )
    clock: DeadlineResponse | None = Field(description="The first due date with its rule; rows are sorted by it.")
    pends: tuple[PendResponse, ...]
    lines: tuple[LineResponse, ...]
    held_by: HolderResponse | None
    queue: str | None = Field(
        description="The role the claim was handed over to; none while it is with the owners of its pends."
    )
    asked: tuple[RequestedDocumentResponse, ...]
    arrived: tuple[ArrivedDocumentResponse, ...]
    roles: tuple[str, ...] = Field(description="Your roles that work on it.")
    contracts: dict[str, bool] = Field(
        description="Per plan, whether the billing provider has a contract. A plan without roster data is absent."
    )


class ReopeningResponse(ResponseModel):
    """A reopened claim: the reason, and the document or claim that caused it.

    `readjudication_id`, `result`, `adds` and `takes`: the changes of adjudicating it again; absent until that is done.
    """

    claim_id: str
    reason: str
    cause: str
    words: str
    raised_at: Moment
    readjudication_id: str | None = None
    result: str | None = None
    adds: str | None = None
    takes: str | None = None


class TaskPage(ResponseModel):
    """One page of the worklist; `next` is the cursor of the following one, absent on the last."""

    tasks: tuple[TaskResponse, ...]
    next: str | None
