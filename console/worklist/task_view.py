"""Turns a waiting claim into a row of the worklist. The member stays masked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from adjudication.model.claim import ClaimLine
from adjudication.model.determination import Pend
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import PendCode
from adjudication.people import Role
from adjudication.review.case import Assignment
from adjudication.review.first_due import FirstDue
from console.ports import Console
from console.web.labels import label_of
from console.worklist.models import (
    ArrivedDocumentResponse,
    DeadlineResponse,
    HolderResponse,
    LineResponse,
    PendResponse,
    RequestedDocumentResponse,
    TaskResponse,
)
from contracts.events.determinations import CitationV1
from contracts.records.review_queries import WaitingClaim

_SEEN_OF_MEMBER = 3


def task_shown(console: Console, waiting: WaitingClaim, roles: Iterable[Role], now: datetime) -> TaskResponse:
    """Show one claim with its unsettled pends."""
    claim, case, clock = waiting.claim, waiting.case, _clock(waiting.due, console, now)
    labels = console.words.documents
    return TaskResponse(
        claim_id=claim.claim_id,
        control_number=claim.control_number,
        payer_claim_number=waiting.payer_claim_number,
        member=masked(claim.member.member_id),
        plans=waiting.plans,
        received_at=claim.received_at,
        due_at=None if clock is None else clock.due_at,
        hours_left=None if clock is None else clock.hours_left,
        clock=clock,
        pends=tuple(_pend(pend, console) for pend in case.pends),
        lines=tuple(_line(line, console.reference) for line in claim.lines),
        held_by=_holder(case.assignment, now),
        queue=None if case.queue is None else case.queue.value,
        asked=tuple(
            RequestedDocumentResponse(
                kind=each.kind,
                label=labels.get(each.kind, each.kind),
                asked_at=each.asked_at,
                due_at=each.due_at,
                answered_at=each.answered_at,
            )
            for each in waiting.asked
        ),
        arrived=tuple(
            ArrivedDocumentResponse(
                document_id=each.document_id,
                kind=each.kind,
                label=labels.get(each.kind, each.kind),
                received_at=each.received_at,
            )
            for each in waiting.arrived
        ),
        roles=tuple(sorted(role.value for role in roles)),
        contracts={str(plan): has for plan, has in waiting.contracts.items()},
    )


def masked(member_id: str) -> str:
    """Keep the last characters, which distinguish rows but do not identify a member."""
    return "•••" + member_id[-_SEEN_OF_MEMBER:] if len(member_id) > 2 * _SEEN_OF_MEMBER else "•••"


def _clock(due: FirstDue | None, console: Console, now: datetime) -> DeadlineResponse | None:
    """Show the first due date; if its rule is no longer loaded, its id."""
    if due is None:
        return None
    name, cited = due.rule, due.citation
    if due.legal:
        name = next((rule.label for rule in console.reference.deadlines.rules if rule.rule_id == due.rule), name)
    elif (pend := console.reference.pends.get(PendCode(due.rule))) is not None:
        name, cited = pend.label, pend.citation
    return DeadlineResponse(
        due_at=due.due_at,
        hours_left=round((due.due_at - now).total_seconds() / 3600, 1),
        name=name,
        rule=due.rule,
        legal=due.legal,
        citation=CitationV1(source=cited.source if cited else "", locator=cited.locator if cited else ""),
        tolled=due.tolled,
    )


def _pend(pend: Pend, console: Console) -> PendResponse:
    rule = console.reference.pends.get(pend.code)
    return PendResponse(
        code=pend.code,
        label=pend.code if rule is None else rule.label,
        outcome=pend.outcome,
        line=pend.line,
        owner=pend.owner,
        priority=pend.priority,
        due_at=pend.due_at,
        about=pend.about,
    )


def _line(line: ClaimLine, reference: ReferenceData) -> LineResponse:
    return LineResponse(
        number=line.number,
        code=line.code,
        modifiers=line.modifiers,
        units=line.units,
        charge=line.charge,
        service_date=line.service_date,
        label=label_of(line.code, line.service_date, reference),
    )


def _holder(assignment: Assignment | None, now: datetime) -> HolderResponse | None:
    if assignment is None or assignment.over(now):
        return None
    return HolderResponse(person_id=assignment.person_id, until=assignment.until)
