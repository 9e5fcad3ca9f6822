"""Everything that happened to a claim, in order: every event, decision and person. Free text is hidden until opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, PendCode
from console.claims.masking import content_shown
from contracts.actions.review import REVIEW_ACTIONS
from contracts.ids import event_id
from contracts.records.claim_file import ClaimFile, TrailEntry
from contracts.records.dead_letters import DeadLetter
from contracts.records.review_queries import WaitingClaim

_SYSTEM: Final = "Claimwright"
_DONE: Final = {entry.name: entry.history for entry in REVIEW_ACTIONS.values()} | {
    "viewed": "opened the member data",
    "close-reopening": "closed a reopening",
    "raise-reopening": "raised a reopening",
    "approve": "approved a correction",
    "leave": "left the decision as it is",
    "again": "had the claim adjudicated again",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry: its time, text, person, and the id of the event that published it."""

    at: datetime
    what: str
    who: str
    details: tuple[tuple[str, str | datetime], ...] = ()
    event: str = ""
    kind: str = "plain"


def timeline(
    waiting: WaitingClaim, file: ClaimFile, letters: Iterable[DeadLetter], reference: ReferenceData, *, opened: bool
) -> tuple[Moment, ...]:
    """Return all entries, oldest first."""
    claim_id = waiting.claim.claim_id
    moments = (
        *_came(file, claim_id),
        *_tried(file, claim_id, reference),
        *_decided(file),
        *_documents(waiting, file),
        *_clocks(file),
        *_appealed(file),
        *_refused(file, letters),
        *(_acted(entry, opened=opened) for entry in file.trail),
    )
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _came(file: ClaimFile, claim_id: ClaimId) -> Iterator[Moment]:
    came = file.receipt
    place = (("record", came.position), ("their event", came.event_id))
    yield Moment(came.received_at, "Received", came.submitter, place, event_id(claim_id, "status:received"))
    batch = (("batch", came.batch_id),)
    yield Moment(came.registered_at, "Accepted", _SYSTEM, batch, event_id(claim_id, "status:accepted"))
    if came.started_at is not None:
        yield Moment(came.started_at, "Adjudication started", _SYSTEM)
    if came.finished_at is not None:
        yield Moment(came.finished_at, "Its batch was committed", _SYSTEM)


def _tried(file: ClaimFile, claim_id: ClaimId, reference: ReferenceData) -> Iterator[Moment]:
    for found in file.rounds:
        pends = [pend for pend in file.pends if pend.round == found.round]
        details = tuple(
            (
                f"line {pend.line}" if pend.line else "claim",
                f"{pend.code}, {_label(pend.code, reference)}, {pend.owner}",
            )
            for pend in pends
        )
        nth = "Waits" if found.round == 0 else f"Tried again (round {found.round}), waits"
        opened = event_id(claim_id, "review-task.opened", found.round)
        yield Moment(found.recorded_at, nth, _SYSTEM, details, opened, "warn")


def _label(code: str, reference: ReferenceData) -> str:
    rule = reference.pends.get(PendCode(code))
    return code if rule is None else rule.label


def _decided(file: ClaimFile) -> Iterator[Moment]:
    for each in file.determinations:
        details = (("charge", f"${each.charge:,.2f}"), ("payable", f"${each.paid:,.2f}"))
        version = "" if each.version == 1 else f", version {each.version}"
        what = "Determined in part" if each.content.pending_lines else "Determined"
        yield Moment(each.decided_at, f"{what}{version}", _SYSTEM, details, each.event_id, "ok")
    for line_signature in file.signatures:
        signed = line_signature.signature
        license = (("license", f"{signed.license_number}, {signed.license_state}"), ("line", str(line_signature.line)))
        yield Moment(signed.signed_at, "Signed", f"{signed.reviewer_id} ({signed.role})", license)
    for related in file.related:
        if related.recorded_at is not None:
            claim = (("claim", related.claim_id or related.payer_claim_number),)
            yield Moment(related.recorded_at, related.relation.capitalize(), _SYSTEM, claim)


def _documents(waiting: WaitingClaim, file: ClaimFile) -> Iterator[Moment]:
    for asked in waiting.asked:
        due = (("kind", asked.kind), ("by", asked.due_at))
        yield Moment(asked.asked_at, "Document asked for", _SYSTEM, due)
        if asked.answered_at is not None:
            yield Moment(asked.answered_at, "Request answered", "provider", (("kind", asked.kind),))
    for document in file.documents:
        details = (("kind", document.kind), ("document", document.document_id))
        yield Moment(document.received_at, "Document received", "provider", details)


def _clocks(file: ClaimFile) -> Iterator[Moment]:
    for notice in file.deadline_notices:
        kind = "bad" if notice.kind in ("expired", "gap-reached") else "warn"
        what = f"Deadline: {notice.kind.replace('-', ' ')}"
        yield Moment(notice.sent_at, what, _SYSTEM, (("deadline", notice.deadline),), "", kind)


def _appealed(file: ClaimFile) -> Iterator[Moment]:
    seen: set[str] = set()
    for appeal in file.appeals:
        name = (("appeal", appeal.appeal_reference),)
        if appeal.appeal_id not in seen:
            seen.add(appeal.appeal_id)
            yield Moment(appeal.filed_at, "Appeal filed", "appellant", name, "", "info")
        if appeal.decided_at is not None:
            level = (*name, ("level", appeal.level or ""))
            yield Moment(appeal.decided_at, "Appeal decided", appeal.person_id or "", level, "", "info")


def _refused(file: ClaimFile, letters: Iterable[DeadLetter]) -> Iterator[Moment]:
    for conflict in file.conflicts:
        place = (("record", conflict.position), ("their event", conflict.event_id))
        yield Moment(conflict.seen_at, "Sent again with other content; refused", "sender", place, "", "bad")
    for letter in letters:
        details = (("record", letter.position), ("dead letter", letter.letter_id))
        yield Moment(letter.kept_at, f"A submission was refused: {letter.refusal}", _SYSTEM, details, "", "bad")


def _acted(entry: TrailEntry, *, opened: bool) -> Moment:
    content: dict[str, Any] = orjson.loads(entry.content)
    asked = content.get("asked")
    sent = asked if isinstance(asked, dict) else content
    action = str(sent.get("action", "acted"))
    about = "on the appeal: " if entry.subject.startswith("appeal/") else ""
    what = about + _DONE.get(action, action.replace("-", " "))
    who = f"{entry.person_id} ({entry.role})"
    return Moment(entry.at, what.capitalize(), who, content_shown(sent, opened=opened), "", "info")
