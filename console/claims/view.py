"""Everything about one claim as its page shows it: pure functions from what is stored to frozen values.

Until the member data are opened, the page names no member, no diagnosis, no free text and no health fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from adjudication.model.claim import Claim, Member, Stated
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import ClaimId, Frequency, PlanId
from console.claims.deadlines import ClaimDeadlineView, deadline_views
from console.claims.interest import InterestView, interest_views
from console.claims.lines import FindingView, LineRendering, LineView, decided_line, open_line, whole_claim
from console.claims.timeline import Moment, timeline
from console.dead_letters.view import LetterView, letter_view
from console.review.models import FactResponse
from console.worklist.task_view import masked
from contracts.events.determinations import DeterminationV1
from contracts.ids import adjudication_workflow_id, appeal_workflow_id, review_workflow_id
from contracts.records.claim_file import (
    BulkRetryOfClaim,
    ClaimFile,
    FamilyLine,
    FiledAppeal,
    Receipt,
    RelatedClaim,
    StoredDetermination,
    StoredDocument,
    UsedUnits,
)
from contracts.records.dead_letters import DeadLetter
from contracts.records.review_queries import WaitingClaim

_FREQUENCIES: Final = {
    Frequency.ORIGINAL: "original",
    Frequency.REPLACEMENT: "replacement",
    Frequency.VOID: "void",
}


@dataclass(frozen=True, slots=True)
class OpenedView:
    """The part of the page that shows opened member data."""

    member: Member
    diagnoses: tuple[str, ...]
    notes: tuple[str, ...]
    also_stated: tuple[Stated, ...]
    facts: tuple[FactResponse, ...]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthorizationView:
    """An authorization that the claim names or used: by which lines, and its status."""

    number: str
    named_by: str
    uses: tuple[UsedUnits, ...]


@dataclass(frozen=True, slots=True)
class DocumentRequestView:
    """A requested kind of document."""

    label: str
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceivedDocumentView:
    """A received or announced document; its note is hidden until the member data are opened."""

    label: str
    document: StoredDocument
    note: str | None


@dataclass(frozen=True, slots=True)
class ClaimView:
    """The page."""

    claim_id: str
    came: Receipt
    form: str
    frequency: str
    plans: tuple[str, ...]
    member: str
    providers: tuple[tuple[str, str], ...]
    contracts: Mapping[PlanId, bool]
    state: str
    kind: str
    headline: str
    charge: Decimal
    paid: Decimal | None
    due_at: datetime | None
    lines: tuple[LineView, ...]
    whole: tuple[FindingView, ...]
    timeline: tuple[Moment, ...]
    siblings: tuple[FamilyLine, ...]
    authorizations: tuple[AuthorizationView, ...]
    asked: tuple[DocumentRequestView, ...]
    documents: tuple[ReceivedDocumentView, ...]
    announced: tuple[str, ...]
    deadlines: tuple[ClaimDeadlineView, ...]
    determinations: tuple[StoredDetermination, ...]
    interest: tuple[InterestView, ...]
    related: tuple[RelatedClaim, ...]
    appeals: tuple[FiledAppeal, ...]
    releases: tuple[BulkRetryOfClaim, ...]
    letters: tuple[LetterView, ...]
    workflows: tuple[tuple[str, str], ...]
    policy_data: str
    opened: OpenedView | None


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored data of the page."""

    waiting: WaitingClaim
    file: ClaimFile
    letters: tuple[DeadLetter, ...]
    facts: tuple[FactResponse, ...]


def claim_view(stored: Stored, rendering: LineRendering, documents: Mapping[str, str], now: datetime) -> ClaimView:
    """Draw the page; `documents` are the names of kinds of documents."""
    waiting, file = stored.waiting, stored.file
    claim = waiting.claim
    newest = file.newest
    whole = newest is not None and not newest.pending_lines
    findings = () if whole or not file.rounds else file.rounds[-1].findings
    state, kind, headline = _standing(waiting, newest, findings, rendering)
    return ClaimView(
        claim_id=claim.claim_id,
        came=file.receipt,
        form=claim.form.value,
        frequency=_FREQUENCIES[claim.frequency],
        plans=() if file.times is None else tuple(file.times.plans),
        member=masked(claim.member.member_id),
        providers=tuple(claim.npis_by_role.items()),
        contracts=waiting.contracts,
        state=state,
        kind=kind,
        headline=headline,
        charge=sum((line.charge for line in claim.lines), Decimal(0)),
        paid=None if newest is None else newest.payable,
        due_at=waiting.due_at,
        lines=_lines(stored, newest, findings, rendering),
        whole=whole_claim(findings, rendering),
        timeline=timeline(waiting, file, stored.letters, rendering.reference, opened=rendering.opened),
        siblings=file.family_lines,
        authorizations=_authorizations(claim, file.used_units),
        asked=tuple(
            DocumentRequestView(documents.get(each.kind, each.kind), each.asked_at, each.due_at, each.answered_at)
            for each in waiting.asked
        ),
        documents=tuple(
            ReceivedDocumentView(documents.get(each.kind, each.kind), each, each.note if rendering.opened else None)
            for each in file.documents
        ),
        announced=tuple(each.control_number for each in claim.attachments),
        deadlines=deadline_views(file.times, rendering.reference, rendering.words, now),
        determinations=file.determinations,
        interest=interest_views(file.determinations, rendering.words),
        related=file.related,
        appeals=file.appeals,
        releases=file.bulk_retries,
        letters=tuple(letter_view(each, now) for each in stored.letters),
        workflows=named_workflows(claim.claim_id, file),
        policy_data=_policy_data(file),
        opened=_opened(stored) if rendering.opened else None,
    )


def named_workflows(claim_id: ClaimId, file: ClaimFile) -> tuple[tuple[str, str], ...]:
    """Name the workflows that carry a claim: its batch's, its review's if it ever waited, its appeals'."""
    review = (("review", review_workflow_id(claim_id)),) if file.pends else ()
    appeals = dict.fromkeys(appeal.appeal_id for appeal in file.appeals)
    return (
        ("adjudication of its batch", adjudication_workflow_id(file.receipt.batch_id)),
        *review,
        *((f"appeal {number}", appeal_workflow_id(each)) for number, each in enumerate(appeals, start=1)),
    )


def _standing(
    waiting: WaitingClaim, newest: DeterminationV1 | None, findings: Sequence[Finding], rendering: LineRendering
) -> tuple[str, str, str]:
    """Return the claim's state in a word, the badge's kind, and in a sentence."""
    if newest is not None:
        return _decided(waiting, newest, rendering)
    if waiting.pends:
        return "waiting", "warn", _waits(waiting, rendering)
    if findings:
        return "in process", "info", "It is being tried again."
    return "in process", "info", "Its batch is not committed yet; load the page again in a moment."


def _decided(waiting: WaitingClaim, newest: DeterminationV1, rendering: LineRendering) -> tuple[str, str, str]:
    denied = sum(line.disposition == "denied" for line in newest.lines)
    whole = sum(line.disposition != "not-adjudicated" for line in newest.lines)
    if newest.superseded_by is not None:
        return "taken back", "plain", "A later claim took it back."
    if newest.pending_lines:
        return "determined in part", "warn", _in_part(waiting, newest, rendering)
    if denied == 0:
        return (
            "determined",
            "ok",
            f"Payable ${newest.payable:,.2f} of ${newest.charge:,.2f} before cost share; no line is denied.",
        )
    words = (
        f"{denied} of {whole} lines denied; payable ${newest.payable:,.2f} of ${newest.charge:,.2f} before cost share."
    )
    return "determined", "bad" if denied == whole else "warn", words


def _waits(waiting: WaitingClaim, rendering: LineRendering) -> str:
    first = rendering.reference.pends.get(waiting.pends[0].code)
    label = waiting.pends[0].code if first is None else first.label
    return f"Waits for {waiting.pends[0].owner}: {label}."


def _in_part(waiting: WaitingClaim, newest: DeterminationV1, rendering: LineRendering) -> str:
    open_lines = newest.pending_lines or ()
    lines = f"line{'s' if len(open_lines) > 1 else ''} {', '.join(map(str, open_lines))}"
    paid = f"Payable ${newest.payable:,.2f} on the lines without a question; not decided yet: {lines}."
    return f"{paid} {_waits(waiting, rendering)}" if waiting.pends else paid


def _lines(
    stored: Stored, newest: DeterminationV1 | None, findings: Sequence[Finding], rendering: LineRendering
) -> tuple[LineView, ...]:
    claim, pends = stored.waiting.claim, stored.waiting.pends
    if newest is None:
        return tuple(open_line(line, pends, findings, rendering) for line in claim.lines)
    decided = {line.line: line for line in newest.lines}
    signed = {each.line: each.signature for each in stored.file.signatures if each.version == newest.version}
    return tuple(
        decided_line(line, decided[line.number], signed.get(line.number), rendering)
        if line.number in decided
        else open_line(line, pends, findings, rendering)
        for line in claim.lines
        if line.number in decided or line.number in (newest.pending_lines or ())
    )


def _authorizations(claim: Claim, uses: Sequence[UsedUnits]) -> tuple[AuthorizationView, ...]:
    named: dict[str, list[str]] = {}
    if claim.authorization_number is not None:
        named.setdefault(claim.authorization_number, []).append("the claim")
    for line in claim.lines:
        if line.authorization_number is not None:
            named.setdefault(line.authorization_number, []).append(f"line {line.number}")
    numbers = dict.fromkeys((*named, *(use.number for use in uses)))
    return tuple(
        AuthorizationView(
            number,
            ", ".join(named.get(number, ())) or "not named; found for the member",
            tuple(use for use in uses if use.number == number),
        )
        for number in numbers
    )


def _policy_data(file: ClaimFile) -> str:
    if file.determinations:
        return file.determinations[-1].policy_bundle
    return file.rounds[-1].policy_bundle if file.rounds else ""


def _opened(stored: Stored) -> OpenedView:
    claim = stored.waiting.claim
    return OpenedView(
        member=claim.member,
        diagnoses=claim.diagnoses,
        notes=claim.notes,
        also_stated=claim.also_stated,
        facts=stored.facts,
        events=tuple(_pretty(each.event) for each in stored.file.determinations),
    )


def _pretty(event: str) -> str:
    content: Any = orjson.loads(event)
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()
