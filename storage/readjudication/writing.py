"""Writes the results of adjudicating again: proposals, approvals, and the one determination that corrects a claim.

Everything that a correction causes is one transaction: the next version with its lines, units taken and returned, the
receivable, the closed reopening, who took part, the trail and the events.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.authorizations import AuthorizationUse
from adjudication.model.determination import Disposition
from adjudication.readjudication.proposal import Case
from contracts.records.decisions import Publication, StoredClaim, SupersededClaim
from contracts.records.readjudications import Prepared, ReadjudicationFile
from storage.audit.trail import Entry, append_locked
from storage.decisions import rows as decision_rows
from storage.decisions.comparisons import note_reading
from storage.decisions.reopenings import left_alone, raise_reopenings, unsettled_interest
from storage.decisions.rows import EVENT, rows_of
from storage.decisions.statements import INSERT_DETERMINATIONS, INSERT_LINES, RELEASE_UNITS
from storage.feeds.authorizations import lock_ledger, record_uses
from storage.outbox import queue

_LOCK: Final = text("SELECT 1 FROM claims WHERE claim_id = CAST(:claim AS uuid) FOR UPDATE")
_VERSION: Final = text("SELECT max(version) FROM determinations WHERE claim_id = CAST(:claim AS uuid)")
_PROPOSE: Final = text("""
    INSERT INTO correction_proposals (readjudication_id, number, base_version, result, adds, takes, people, under_appeal,
                                      digest, content, made_at)
    VALUES (CAST(:id AS uuid), :number, :base, :result, :adds, :takes, :people, CAST(:appealed AS integer[]), :digest,
            CAST(:content AS json), :at)
""")
_CORRECTED: Final = text("""
    INSERT INTO reopening_determinations (readjudication_id, claim_id, version, number, automatic)
    VALUES (CAST(:id AS uuid), CAST(:claim AS uuid), :version, :number, :automatic)
""")
_OWED: Final = text("""
    INSERT INTO receivables (readjudication_id, claim_id, version, amount, stated_at, recover_after, dispute_until,
                             source, locator)
    VALUES (CAST(:id AS uuid), CAST(:claim AS uuid), :version, :amount, :at, :after, :until, :source, :locator)
""")
_CLOSE: Final = text("""
    INSERT INTO reopenings_closed (claim_id, reason, cause, outcome, rationale, closed_by, closed_at)
    VALUES (CAST(:claim AS uuid), :reason, :cause, :outcome, :rationale, :by, :at)
""")
_TOOK_PART: Final = text("""
    INSERT INTO appeal_involved (appeal_id, person_id, part)
    SELECT a.appeal_id, p.person_id, 'correction approve'
    FROM appeals a CROSS JOIN correction_approvals p
    WHERE a.claim_id = CAST(:claim AS uuid) AND p.readjudication_id = CAST(:id AS uuid)
    ON CONFLICT DO NOTHING
""")
SYSTEM: Final = "system"


class ChangedSinceReadError(RuntimeError):
    """The claim got another decision, or another claim took its units, since it was adjudicated again; look again."""


async def lock_unchanged(connection: AsyncConnection, file: ReadjudicationFile, prepared: Prepared | None) -> None:
    """Lock the member's authorizations, then the claim, and check that the prepared result is still true."""
    ledger = await lock_ledger(connection, [file.member_id])
    await connection.execute(_LOCK, {"claim": file.claim_id})
    if prepared is None:
        return
    version = await connection.scalar(_VERSION, {"claim": file.claim_id})
    if version != prepared.case.before.version:
        msg = f"claim {file.claim_id} has a determination {version} by now"
        raise ChangedSinceReadError(msg)
    if prepared.choose is not None:
        uses = [use for use in prepared.choose(ledger) if use.line in prepared.changed]
        if _keys(uses) != _keys(prepared.uses):
            msg = f"units that claim {file.claim_id} would take are taken or changed by now"
            raise ChangedSinceReadError(msg)


def _keys(uses: Sequence[AuthorizationUse]) -> set[tuple[Any, ...]]:
    return {(use.number, use.code, use.line, use.units) for use in uses}


async def write_proposal(
    connection: AsyncConnection, file: ReadjudicationFile, prepared: Prepared, number: int, now: datetime
) -> None:
    """Store a proposal under its number."""
    row = {
        "id": file.readjudication_id,
        "number": number,
        "base": prepared.case.before.version,
        "result": prepared.proposal.result.value,
        "adds": prepared.proposal.adds,
        "takes": prepared.proposal.takes,
        "people": prepared.terms.people,
        "appealed": sorted(prepared.case.appealed),
        "digest": prepared.digest,
        "content": orjson.dumps(prepared.content).decode(),
        "at": now,
    }
    await connection.execute(_PROPOSE, row)


async def close(
    connection: AsyncConnection,
    file: ReadjudicationFile,
    outcome: str,
    rationale: str,
    by: tuple[str, str] | None,
    now: datetime,
) -> None:
    """Close the reopening and record it in the trail; `by`: person and role, None for a closing without judgment."""
    row = {"claim": file.claim_id, "reason": file.reason, "cause": file.cause, "outcome": outcome}
    person, role = (None, SYSTEM) if by is None else by
    await connection.execute(_CLOSE, {**row, "rationale": rationale, "by": person, "at": now})
    content = {"action": "close-reopening", **row, "rationale": rationale}
    del content["claim"]
    await trail(connection, file, (person or SYSTEM, role), None, content, now)


async def note_prepared(connection: AsyncConnection, file: ReadjudicationFile, prepared: Prepared) -> None:
    """Note when the claim of a reopening that ends was read. A feed raised nothing for the same reason while it was open."""
    if prepared.read_at is not None:
        key = file.readjudication_id
        await note_reading(connection, key, [file.claim_id], prepared.read_at, prepared.snapshot)


async def trail(
    connection: AsyncConnection,
    file: ReadjudicationFile,
    by: tuple[str, str],
    action_id: str | None,
    content: dict[str, Any],
    now: datetime,
) -> None:
    """Append to the trail of the reopenings of a claim."""
    text_of = orjson.dumps(content).decode()
    await append_locked(connection, Entry(f"reopening/{file.claim_id}", now, by[0], by[1], action_id, text_of))


async def carry_out(
    connection: AsyncConnection,
    file: ReadjudicationFile,
    prepared: Prepared,
    number: int,
    now: datetime,
    *,
    automatic: bool,
) -> None:
    """Write the next version of the claim with everything that follows from it; the caller holds the locks."""
    await note_prepared(connection, file, prepared)
    decision = prepared.determination
    if decision is None:
        msg = f"proposal {number} of {file.readjudication_id} corrects nothing, so nothing can be carried out"
        raise LookupError(msg)
    claim, case = prepared.case.before.claim, prepared.case
    pairs = [(Publication(StoredClaim(claim, 0, determined=True), decision, 0, prepared.messages), decision)]
    if not (
        await connection.scalars(INSERT_DETERMINATIONS, rows_of(decision_rows.determination_rows(pairs), (EVENT,)))
    ).all():
        msg = f"claim {file.claim_id} has a determination {decision.version} already"
        raise ChangedSinceReadError(msg)
    await connection.execute(INSERT_LINES, rows_of(decision_rows.line_rows(pairs)))
    lines = sorted(prepared.changed)
    await connection.execute(RELEASE_UNITS, {"claim_id": [file.claim_id] * len(lines), "line": lines})
    approved = {line.line for line in decision.lines if line.disposition is Disposition.APPROVED}
    await record_uses(connection, [use for use in prepared.uses if use.line in approved])
    made = {"id": file.readjudication_id, "claim": file.claim_id, "version": decision.version, "number": number}
    await connection.execute(_CORRECTED, {**made, "automatic": automatic})
    await _state_owed(connection, file, prepared, decision.version, now)
    await connection.execute(_TOOK_PART, made)
    by = "The rule pays more without a person." if automatic else f"Approved by {prepared.terms.people} as proposed."
    await close(connection, file, "corrected", f"{by} Determination {decision.version}.", None, now)
    raised = [*unsettled_interest((decision,)), *await left_alone(connection, _taken(case, prepared))]
    await queue.put(connection, [*prepared.messages, *await raise_reopenings(connection, raised)])


async def _state_owed(
    connection: AsyncConnection, file: ReadjudicationFile, prepared: Prepared, version: int, now: datetime
) -> None:
    owed = prepared.receivable
    if owed is None:
        return
    row = {
        "id": file.readjudication_id,
        "claim": file.claim_id,
        "version": version,
        "amount": prepared.proposal.takes,
        "at": now,
        "after": owed.not_before,
        "until": owed.dispute_until,
        "source": owed.citation.source,
        "locator": owed.citation.locator,
    }
    await connection.execute(_OWED, row)


def _taken(case: Case, prepared: Prepared) -> list[SupersededClaim]:
    before, acquired = case.before, prepared.acquired
    return (
        []
        if acquired is None
        else [SupersededClaim(before.claim, before.version, prepared.determination, (), acquired)]
    )
