"""Identifies a submission: a new claim, one that was accepted before, or another that uses the same claim control number.

A submitter's number may come again (docs/decisions: "A claim control number may come again"): on a replacement or void, and
for another visit. A resend is recognized by its content. The first claim under a number takes its id from the number, a
later one also from its content. An original that bills the same member and a same day again with other content is a
conflict for operations: it is a correction without the frequency code of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.persons import Likeness, Person, mutual_likeness
from adjudication.model.vocabulary import ClaimId, Frequency
from contracts.claim_intake.mapping import member_to_core
from contracts.claim_intake.registration import Registration, Submission
from contracts.events.claims import MemberV1
from contracts.ids import repeated_claim_id
from contracts.stored import read_stored

_KNOWN: Final = text("""
    SELECT c.claim_id::text, c.submitter, c.control_number, c.revision, c.payload_hash, c.position, c.received_at, c.member_id,
           c.patient::text, c.batch_id, b.started_at IS NOT NULL AS started
    FROM claims c JOIN batches b USING (batch_id) WHERE c.claim_id = ANY(CAST(:ids AS uuid[]))
""")
# Only needed if a number was used again with other content.
_UNDER_NUMBER: Final = text("""
    SELECT c.claim_id::text, c.submitter, c.control_number, c.revision, c.payload_hash, c.position, c.received_at, c.member_id,
           c.patient::text, c.batch_id, b.started_at IS NOT NULL AS started,
           coalesce(c.payload ->> 'frequency', '1') = '1' AS original,
           ARRAY(SELECT l.service_date FROM claim_lines l WHERE l.claim_id = c.claim_id) AS days
    FROM json_to_recordset(CAST(:keys AS json)) AS k(submitter text, control_number text, revision integer)
    JOIN claims c USING (submitter, control_number, revision) JOIN batches b USING (batch_id)
    ORDER BY c.sequence
""")

ONE_CLAIM: Final = """NOT EXISTS (
    SELECT 1 FROM claims n1 JOIN claims n2 USING (submitter, control_number, revision)
    WHERE n1.submitter = {0}.submitter AND n1.control_number = {0}.control_number AND n1.claim_id < n2.claim_id
      AND NOT EXISTS (SELECT 1 FROM claim_chain n3 WHERE n3.claim_id IN (n1.claim_id, n2.claim_id)))"""
"""A claim control number that at most one original claim of its submitter has: only then it identifies the claim.
A replacement or void belongs to its original. `format` it with what has the number.
"""

DOCUMENT_MEANS: Final = f"""({ONE_CLAIM.format("{document}")}
    OR EXISTS (SELECT 1 FROM document_requests m WHERE m.claim_id = {{claim}} AND m.control_number = {{document}}.attachment_number))"""
"""A document with a claim's control number means this claim: no other has the number, or it brings back the number of our
own request about the claim. `format` it with the document and the SQL of the claim id.
"""

ANNOUNCES: Final = """strpos({0}.payload::text, '"attachments"') > 0"""
"""A claim that announces documents. Its index has the same condition: a search for text takes each new claim a thirtieth of
the time that parsing it takes. `format` it with the claim.
"""

_Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Identified:
    """The identity of each submission, under its claim id, and the batches of known claims whose workflow is not known to run."""

    submissions: tuple[Submission, ...]
    outcomes: tuple[Registration, ...]
    unstarted: tuple[str, ...]

    @property
    def new(self) -> list[Submission]:
        """The claims to register, in order."""
        return [s for s, o in zip(self.submissions, self.outcomes, strict=True) if o is Registration.NEW]


@dataclass(frozen=True, slots=True)
class _Claim:
    claim_id: ClaimId
    content: bytes
    position: str
    received_at: datetime
    member_id: str
    patient: Person
    original: bool
    days: frozenset[date]

    def is_delivery_of(self, other: _Claim) -> bool:
        """Return whether it is the same delivery; another record is at its position once a topic was created again."""
        mine, theirs = ((each.position, each.received_at, each.content) for each in (self, other))
        return mine == theirs

    def is_visit_of(self, other: _Claim) -> bool:
        same_member = self.original and other.original and self.member_id == other.member_id
        if not same_member or mutual_likeness(self.patient, other.patient) is Likeness.OTHER:
            return False
        return bool(self.days & other.days)


async def identify(connection: AsyncConnection, submissions: Sequence[Submission]) -> Identified:
    """Identify each submission. Within one request an earlier submission counts as known."""
    if not submissions:
        return Identified((), (), ())
    ids = [submission.claim_id for submission in submissions]
    rows = (await connection.execute(_KNOWN, {"ids": ids})).all()
    repeated = _repeated(submissions, rows)
    if repeated:
        found = (await connection.execute(_UNDER_NUMBER, {"keys": orjson.dumps(repeated).decode()})).all()
        named = {_key_of(row) for row in found}
        rows = [*(row for row in rows if _key_of(row) not in named), *found]
    known: dict[_Key, list[_Claim]] = {}
    for row in rows:
        known.setdefault(_key_of(row), []).append(_stored(row))
    resolved: list[Submission] = []
    outcomes: list[Registration] = []
    for submission in submissions:
        claims = known.setdefault(_key(submission), [])
        outcome, identity = _outcome(submission, claims)
        if outcome is Registration.NEW:
            claims.append(replace(_sent(submission), claim_id=identity))
        resolved.append(submission if identity == submission.claim_id else replace(submission, claim_id=identity))
        outcomes.append(outcome)
    unstarted = sorted({row.batch_id for row in rows if not row.started})
    return Identified(tuple(resolved), tuple(outcomes), tuple(unstarted))


def _outcome(submission: Submission, claims: Sequence[_Claim]) -> tuple[Registration, ClaimId]:
    if not claims:
        return Registration.NEW, submission.claim_id
    sent = _sent(submission)
    for claim in claims:
        if claim.is_delivery_of(sent):
            return Registration.REPEATED, claim.claim_id
    for claim in claims:
        if claim.content == submission.payload_hash:
            return Registration.DUPLICATE, claim.claim_id
    for claim in claims:
        if claim.is_visit_of(sent):
            return Registration.CONFLICT, claim.claim_id
    return Registration.NEW, repeated_claim_id(*_key(submission), submission.payload_hash)


def _repeated(submissions: Iterable[Submission], rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Return the numbers whose content differs from that known under their first id, or that are twice in the request."""
    known = {row.claim_id: bytes(row.payload_hash) for row in rows}
    found: dict[_Key, None] = {}
    for submission in submissions:
        if known.setdefault(submission.claim_id, submission.payload_hash) != submission.payload_hash:
            found[_key(submission)] = None
    return [dict(zip(("submitter", "control_number", "revision"), key, strict=True)) for key in found]


def _key(submission: Submission) -> _Key:
    claim = submission.claim
    return claim.submitter, claim.claim_control_number, claim.revision


def _key_of(row: Row[Any]) -> _Key:
    return row.submitter, row.control_number, row.revision


def _stored(row: Row[Any]) -> _Claim:
    asked = "days" in row._fields
    return _Claim(
        ClaimId(row.claim_id),
        bytes(row.payload_hash),
        row.position,
        row.received_at,
        row.member_id,
        member_to_core(read_stored(MemberV1, row.patient)).person,
        row.original if asked else True,
        frozenset(row.days) if asked else frozenset(),
    )


def _sent(submission: Submission) -> _Claim:
    claim = submission.claim
    return _Claim(
        submission.claim_id,
        submission.payload_hash,
        submission.position,
        submission.received_at,
        claim.member.member_id,
        member_to_core(claim.member).person,
        claim.frequency is Frequency.ORIGINAL,
        frozenset(line.service_date for line in claim.lines),
    )
