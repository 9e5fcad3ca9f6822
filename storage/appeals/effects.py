"""The rows that an appeal writes besides its trail: rulings with their signature, the determination that replaces the old one,
the pends of overturned lines, and the appeal's state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.appeals.deadlines import deadlines, gaps
from adjudication.appeals.events import Decided
from adjudication.appeals.state import AppealState
from adjudication.appeals.waiting import WaitingLine
from adjudication.model.claim import Claim
from adjudication.model.vocabulary import LineNumber, OutcomeCode, PendCode
from contracts.records.appeals import AppealJudged
from contracts.records.decisions import Publication, StoredClaim
from storage.decisions import rows as decision_rows
from storage.decisions.rows import EVENT, rows_of
from storage.decisions.signatures import sign, sign_settled
from storage.decisions.statements import INSERT_DETERMINATIONS, INSERT_LINES, RELEASE_UNITS

_DECIDE: Final = text("""
    INSERT INTO appeal_decisions (appeal_id, claim_id, clinical, level, action_id, person_id, consulted, rulings,
                                  rationale, decided_at, signature_id)
    VALUES (CAST(:appeal AS uuid), CAST(:claim AS uuid), :clinical, :level, CAST(:action AS uuid), :person, :consulted,
            CAST(:rulings AS json), :rationale, :at, CAST(:signature AS uuid))
""")
_TOOK_PART: Final = text("""
    INSERT INTO appeal_involved (appeal_id, person_id, part) VALUES (CAST(:appeal AS uuid), :person, :part)
    ON CONFLICT DO NOTHING
""")


_PLACE: Final = text("""
    UPDATE appeals SET level = :level, forum = :forum, due_at = :due_at, closed = :closed, gap_under = :gap
    WHERE appeal_id = CAST(:appeal AS uuid)
""")
_PUBLISHED: Final = text("""
    INSERT INTO appeal_determinations (appeal_id, level, claim_id, version)
    SELECT CAST(:appeal AS uuid), level, CAST(:claim AS uuid), :version FROM unnest(CAST(:levels AS text[])) AS t(level)
""")
_CLOSE_PENDS: Final = text("""
    UPDATE appeal_pends SET closed_at = :at WHERE appeal_id = CAST(:appeal AS uuid) AND closed_at IS NULL
""")
_PENDS: Final = text("""
    INSERT INTO appeal_pends (appeal_id, number, line, code, outcome, owner, priority, due_at, opened_at)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t(
        appeal_id uuid, number integer, line integer, code text, outcome text, owner text, priority integer,
        due_at timestamptz, opened_at timestamptz)
""")
_OPEN_PENDS: Final = text("""
    SELECT appeal_id::text, line, code, outcome, owner, priority, due_at FROM appeal_pends
    WHERE appeal_id = ANY(CAST(:appeals AS uuid[])) AND closed_at IS NULL ORDER BY priority, code, line
""")


class StaleVersionError(RuntimeError):
    """The claim got another determination meanwhile; the transaction is tried again on the new one."""


async def write_ruling(
    connection: AsyncConnection, state: AppealState, decided: Decided, rationale: str, action_id: str
) -> None:
    """Write the decider of a level, which the database refuses for people who took part, then the signature of the decision."""
    case = state.case
    signature = decided.signature
    row = {
        "appeal": case.appeal_id,
        "claim": case.claim_id,
        "clinical": case.clinical,
        "level": decided.level,
        "action": action_id,
        "person": decided.by,
        "consulted": decided.consulted,
        "rulings": orjson.dumps([_ruling(r.line, r.ruling.value, r.units) for r in decided.rulings]).decode(),
        "rationale": rationale,
        "at": decided.at,
        "signature": None if signature is None else decision_rows.signature_id(case.claim_id, signature),
    }
    await connection.execute(_DECIDE, row)
    await sign(connection, case.claim_id, signature, appeal_action=action_id)
    parts = [(decided.by, f"decided {decided.level}")]
    if decided.consulted is not None:
        parts.append((decided.consulted, f"consulted at {decided.level}"))
    for person, part in parts:
        await connection.execute(_TOOK_PART, {"appeal": case.appeal_id, "person": person, "part": part})


async def write_place(
    connection: AsyncConnection, state: AppealState, pends: Sequence[WaitingLine], *, closed: bool, bundle: str
) -> None:
    """Write an appeal's state and its next due date, for the worklist; its trail has the same in full.

    `bundle`: the hash of the policy data; if a rule or calendar was missing in them, the dates are computed again with others.
    """
    due = [each.due_at for each in deadlines(state)] + [each.due_at for each in pends]
    due += [gap.act_by for gap in gaps(state)]
    row = {
        "appeal": state.case.appeal_id,
        "level": state.level.name,
        "forum": state.level.forum.value,
        "due_at": min(due, default=None),
        "closed": closed,
        "gap": bundle if gaps(state) else None,
    }
    await connection.execute(_PLACE, row)


async def write_pends(
    connection: AsyncConnection, appeal_id: str, number: int, pends: Sequence[WaitingLine], at: datetime
) -> None:
    """Replace the pends of overturned lines; `number`: entry of the trail."""
    await connection.execute(_CLOSE_PENDS, {"appeal": appeal_id, "at": at})
    rows = [
        {
            "appeal_id": appeal_id,
            "number": number,
            "line": each.line or 0,
            "code": each.code,
            "outcome": each.outcome,
            "owner": each.owner,
            "priority": each.priority,
            "due_at": each.due_at,
            "opened_at": at,
        }
        for each in pends
    ]
    if rows:
        await connection.execute(_PENDS, rows_of(rows))


async def read_pends(connection: AsyncConnection, appeals: Sequence[str]) -> dict[str, tuple[WaitingLine, ...]]:
    """Return the pends of overturned lines of appeals; appeals without any are absent."""
    found: dict[str, tuple[WaitingLine, ...]] = {}
    for row in (await connection.execute(_OPEN_PENDS, {"appeals": list(appeals)})).all():
        line = LineNumber(row.line) if row.line else None
        waiting = WaitingLine(line, PendCode(row.code), OutcomeCode(row.outcome), row.owner, row.priority, row.due_at)
        found[row.appeal_id] = (*found.get(row.appeal_id, ()), waiting)
    return found


def _ruling(line: int, ruling: str, units: object) -> dict[str, object]:
    return {"line": line, "ruling": ruling, "units": None if units is None else str(units)}


async def write_determination(connection: AsyncConnection, appeal_id: str, claim: Claim, judged: AppealJudged) -> None:
    """Write the next version of a claim's determination and which levels it publishes; the caller holds the claim's lock.

    Raises StaleVersionError where the version is there already.
    """
    if judged.determination is None:
        return
    publication = Publication(StoredClaim(claim, 0, determined=True), judged.determination, 0, judged.messages)
    pairs = [(publication, judged.determination)]
    rows = decision_rows.determination_rows(pairs)
    written = (await connection.scalars(INSERT_DETERMINATIONS, rows_of(rows, (EVENT,)))).all()
    if not written:
        msg = f"claim {claim.claim_id} has a determination {judged.version} already; try again"
        raise StaleVersionError(msg)
    await sign_settled(connection, appeal_id, decision_rows.signature_rows(pairs))
    await connection.execute(INSERT_LINES, rows_of(decision_rows.line_rows(pairs)))
    denied = decision_rows.denied_lines(pairs)
    if denied["line"]:
        await connection.execute(RELEASE_UNITS, denied)
    row = {
        "appeal": appeal_id,
        "claim": claim.claim_id,
        "version": judged.version,
        "levels": list(judged.published_levels),
    }
    await connection.execute(_PUBLISHED, row)
