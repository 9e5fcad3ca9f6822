"""The JSON of one opened case: member data, findings, criteria trees, facts, history, and the facts that would help."""

from __future__ import annotations

from typing import Any

from console.worklist.models import ResponseModel, TaskResponse
from contracts.events.determinations import CitationV1, FindingV1
from contracts.scalars import Moment, PlainDecimal, PlausibleDate


class MemberResponse(ResponseModel):
    """The patient, as the claim names them."""

    member_id: str
    birth_date: PlausibleDate
    family_name: str
    given_name: str
    suffix: str | None = None
    relationship: str | None = None


class StatedResponse(ResponseModel):
    """Something else that the claim, or one of its lines, states; nothing is decided on it."""

    name: str
    value: str
    line: int | None = None


class FactResponse(ResponseModel):
    """One recorded fact. `asks` is the question it answers."""

    fact: str
    asks: str
    value: bool | PlausibleDate | PlainDecimal | str
    source: str
    recorded_on: PlausibleDate
    author: str | None
    document: str | None
    settles: bool
    legible: bool


class GapResponse(ResponseModel):
    """A fact that could not be used, and why."""

    fact: str
    why: str


class NodeResponse(ResponseModel):
    """One criterion: `answer` is met, not met or unknown; `needed` when its answer would still change the result.

    `stance`: the effect of the answer on the line: support, against or open; of a rule's scope, applies or does not apply.
    `tests` are the facts it asks about: one answered through another (a screen that found nothing) is not among `facts`.
    """

    node_id: str
    text: str
    how: str
    answer: str
    citations: tuple[CitationV1, ...]
    facts: tuple[str, ...]
    gaps: tuple[GapResponse, ...]
    document: str | None
    judgement: bool
    needed: bool
    exempt: bool
    stance: str = ""
    tests: tuple[str, ...] = ()
    children: tuple[NodeResponse, ...]


class RuleResponse(ResponseModel):
    """One rule of a policy with its parts."""

    rule_id: str
    kind: str
    title: str
    citations: tuple[CitationV1, ...]
    conflicts: tuple[str, ...]
    decides: bool
    applies: NodeResponse | None
    criteria: NodeResponse | None
    unless: NodeResponse | None


class NearMissResponse(ResponseModel):
    """A rule that applies and would cover the line, with its unmet criteria."""

    rule_id: str
    title: str
    criteria: tuple[NodeResponse, ...]


class LegResponse(ResponseModel):
    """The result of one benefit for a line, and its policy."""

    leg: str
    authority: str
    result: str
    policy: str | None
    version: str | None
    title: str | None
    why: str
    near_misses: tuple[NearMissResponse, ...] = ()
    rules: tuple[RuleResponse, ...]


class ChangeResponse(ResponseModel):
    """An open question: the documents or facts that would answer it, and the results by answer."""

    node_id: str
    text: str
    facts: tuple[str, ...]
    document: str | None
    document_label: str | None
    judgement: bool
    results: dict[str, dict[str, str]]


class DecidingResponse(ResponseModel):
    """A question that decides the line, in the order to ask them: the policy's demand and the value on record."""

    node_id: str
    text: str
    asks: str
    found: str
    facts: tuple[str, ...]
    open: bool


class ReviewResponse(ResponseModel):
    """The results of the policies for a line."""

    line: int
    code: str
    service_date: PlausibleDate
    decided_on: PlausibleDate
    pinned: bool
    note: str
    legs: tuple[LegResponse, ...]
    would_change: tuple[ChangeResponse, ...]
    deciding: tuple[DecidingResponse, ...] = ()


class DoneResponse(ResponseModel):
    """One action of the claim's history, with its content."""

    action_id: str
    action: str
    person_id: str
    role: str
    at: Moment
    content: dict[str, Any]


class ProposedResponse(ResponseModel):
    """One line of a decision that waits for its release; `people` settled something on it; empty: the rules decided."""

    line: int
    disposition: str
    payable: PlainDecimal
    reason: str
    people: tuple[str, ...]


class HoldResponse(ResponseModel):
    """A decision held before release. `about`: the value by which a reviewer who passes or returns it names what was checked."""

    code: str
    outcome: str
    about: str
    facts: dict[str, str]
    lines: tuple[ProposedResponse, ...]


class CaseResponse(ResponseModel):
    """Everything a reviewer needs to decide; opening it is recorded."""

    task: TaskResponse
    closed: bool
    member: MemberResponse
    diagnoses: tuple[str, ...]
    providers: dict[str, str]
    round: int | None
    policy_bundle: str | None
    findings: tuple[FindingV1, ...]
    reviews: tuple[ReviewResponse, ...]
    facts: tuple[FactResponse, ...]
    history: tuple[DoneResponse, ...]
    recommended_by: tuple[str, ...]
    opinion_wanted: str | None
    held: tuple[HoldResponse, ...] = ()
    also_stated: tuple[StatedResponse, ...] = ()
