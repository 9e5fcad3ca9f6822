"""Bring published determinations back into a restored ledger, byte for byte, so that a published decision stays the decision.

A clinical denial comes back only with its signature, which is not part of the event: without it a physician must sign again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.determination import CLINICAL_CARCS
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from contracts.events.determinations import ClaimDetermined, DeterminationV1, LineDeterminationV1
from contracts.events.outgoing import OutgoingMessage
from contracts.events.reopenings import Reason, Reopening
from contracts.records.recovery import PublishedEvent, Standing
from storage.decisions.reopenings import raise_reopenings
from storage.decisions.rows import EVENT, rows_of
from storage.decisions.statements import CLOSE_PENDS, INSERT_DETERMINATIONS, INSERT_LINES
from storage.outbox import queue
from storage.outbox.digests import pack

_CLAIM: Final = text("""
    SELECT c.member_id, (SELECT json_object_agg(l.line, json_build_array(l.service_date, l.units)) FROM claim_lines l
                         WHERE l.claim_id = c.claim_id)::text AS lines,
           (SELECT max(d.version) FROM determinations d WHERE d.claim_id = c.claim_id) AS newest,
           (SELECT d.event::text FROM determinations d WHERE d.claim_id = c.claim_id AND d.version = :version) AS event,
           EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id AND d.version = :version - 1
                   AND d.pending_lines IS NOT NULL) AS after_open
    FROM claims c WHERE c.claim_id = CAST(:claim AS uuid) FOR UPDATE
""")
_RECORD: Final = text("""
    INSERT INTO published_decisions (claim_id, version, event, standing)
    VALUES (CAST(:claim AS uuid), :version, :event, :standing)
    ON CONFLICT (claim_id, version) DO UPDATE SET standing = excluded.standing, event = excluded.event, recorded_at = now()
""")
_SUPERSEDED: Final = text("""
    INSERT INTO supersessions (claim_id, by_claim, version)
    VALUES (CAST(:claim AS uuid), CAST(:by AS uuid), :version)
    ON CONFLICT (claim_id) DO UPDATE SET by_claim = excluded.by_claim, version = excluded.version, recorded_at = now()
""")
_RETURN_UNITS: Final = text("""
    UPDATE authorization_uses SET released_at = now() WHERE claim_id = CAST(:claim AS uuid) AND released_at IS NULL
""")
# An authorization that another person has by now gives this claim no units: the ledger refuses them.
_USE: Final = text("""
    INSERT INTO authorization_uses (number, code, claim_id, line, units)
    SELECT :number, :code, CAST(:claim AS uuid), :line, :units WHERE EXISTS (
        SELECT 1 FROM authorizations a JOIN claims c USING (member_id) JOIN persons p USING (person_id)
        WHERE a.number = :number AND c.claim_id = CAST(:claim AS uuid)
          AND coalesce(a.patient ->> 'birth_date', p.birth_date) = p.birth_date)
    ON CONFLICT (number, code, claim_id, line) DO UPDATE SET released_at = NULL, units = excluded.units
""")
_DIGESTS: Final = text("""
    INSERT INTO outbox_digests (last_entry, digests)
    VALUES ((SELECT coalesce(max(entry_id), 0) FROM outbox), :digests)
""")


async def restore_decisions(
    engine: AsyncEngine, events: Sequence[PublishedEvent], reference: ReferenceData
) -> Counter[Standing]:
    """Bring determinations back in the order in which they were published; return the result for each.

    Decisions that the ledger has with the same bytes are not counted.
    """
    counts: Counter[Standing] = Counter()
    async with engine.begin() as connection:
        for event in events:
            standing = await _restore(connection, event, reference)
            if standing is not None:
                counts[standing] += 1
    return counts


async def _restore(connection: AsyncConnection, event: PublishedEvent, reference: ReferenceData) -> Standing | None:
    data = ClaimDetermined.model_validate_json(event.value).data
    key = {"claim": data.claim_id, "version": data.version}
    claim = (await connection.execute(_CLAIM, key)).first()
    if claim is not None and claim.event is not None and claim.event.encode() == event.value:
        return None
    standing = _standing(claim, data, reference)
    if standing is Standing.RESTORED:
        try:
            async with connection.begin_nested():
                await _write(connection, event, data, claim)
        except (IntegrityError, DataError):
            standing = Standing.REFUSED
    await connection.execute(_RECORD, {**key, "event": event.value.decode(), "standing": standing.value})
    return standing


def _standing(claim: Any, data: DeterminationV1, reference: ReferenceData) -> Standing:
    if claim is None:
        return Standing.UNKNOWN_CLAIM
    if claim.event is not None:
        return Standing.OTHER_DECISION
    if data.version != (claim.newest or 0) + 1:
        return Standing.REFUSED
    return Standing.UNSIGNED if any(_needs_signature(line, reference) for line in data.lines) else Standing.RESTORED


def _needs_signature(line: LineDeterminationV1, reference: ReferenceData) -> bool:
    """Return whether a line denies on clinical grounds; an outcome that is no longer known counts as clinical."""
    outcome = next((rule for code, rule in reference.outcomes.items() if code == line.reason), None)
    clinical = line.disposition == "denied" and (outcome is None or outcome.clinical)
    return clinical or any(adjustment.carc in CLINICAL_CARCS for adjustment in line.adjustments)


async def _write(connection: AsyncConnection, event: PublishedEvent, data: DeterminationV1, claim: Any) -> None:
    billed: Mapping[str, Any] = orjson.loads(claim.lines)
    row = {
        "claim_id": data.claim_id,
        "version": data.version,
        "decided_at": data.decided_at,
        "policy_bundle": data.policy_bundle,
        "charge": str(data.charge),
        "paid": str(data.payable),
        "event_id": event.event_id,
        EVENT: event.value,
        "pending_lines": data.pending_lines,
        # An appeal of a decided line changes it, and leaves the others open as they were.
        "follows_open": claim.after_open and (data.pending_lines is None or data.repeated_lines is not None),
    }
    await connection.execute(INSERT_DETERMINATIONS, rows_of([row], (EVENT,)))
    lines = [_line_row(data, line, claim.member_id, billed[str(line.line)][0]) for line in data.lines]
    await connection.execute(INSERT_LINES, rows_of(lines))
    if data.pending_lines is None:
        await connection.execute(CLOSE_PENDS, {"ids": [data.claim_id]})
    await _write_units(connection, data, billed)
    if data.superseded_by is not None:
        values = {"claim": data.claim_id, "by": data.superseded_by, "version": data.version}
        await connection.execute(_SUPERSEDED, values)
    if any(each.why for each in data.interest or ()):
        cause = Reopening(ClaimId(data.claim_id), Reason.INTEREST_UNSETTLED, event.event_id, data.decided_at)
        await queue.put(connection, await raise_reopenings(connection, [cause]))
    # It was published already: only its digest is added to the outbox, for `verify`.
    sent = OutgoingMessage(event.topic, data.claim_id, event.event_id, event.value)
    await connection.execute(_DIGESTS, {"digests": pack([sent])})


def _line_row(data: DeterminationV1, line: LineDeterminationV1, member_id: str, day: str) -> dict[str, Any]:
    taken_back = line.disposition not in ("approved", "denied")
    shown = next((a for a in line.adjustments if a.carc in CLINICAL_CARCS), next(iter(line.adjustments), None))
    shown = None if taken_back else shown
    return {
        "claim_id": data.claim_id,
        "version": data.version,
        "line": line.line,
        "member_id": member_id,
        "code": line.code,
        "service_date": day,
        "disposition": line.disposition,
        "reason": line.reason,
        "group_code": None if shown is None else shown.group,
        "carc": None if shown is None else shown.carc,
        "rarcs": " ".join(data.remarks or ()) if taken_back else " ".join(() if shown is None else shown.rarcs),
        "charge": str(line.charge),
        "paid": str(line.payable),
        "clinical": False,
        "signature_id": None,
    }


async def _write_units(connection: AsyncConnection, data: DeterminationV1, billed: Mapping[str, Any]) -> None:
    """Take the units of approved lines from the authorization that the event names; all others are returned."""
    await connection.execute(_RETURN_UNITS, {"claim": data.claim_id})
    for line in data.lines:
        if line.disposition == "approved" and line.authorization_number is not None:
            values = {"number": line.authorization_number, "code": line.code, "claim": data.claim_id, "line": line.line}
            await connection.execute(_USE, {**values, "units": Decimal(str(billed[str(line.line)][1]))})
