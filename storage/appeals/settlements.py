"""People's resolutions of overturned lines, read back as they were judged at the time: a signature then given is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.people import LicenseNeeded, StaffMember
from adjudication.review.settlements import Settlement
from contracts.actions.appeal_messages import SettleOverturnedV1
from contracts.records.decision_json import read_signature
from contracts.stored import read_stored
from storage.people.accounts import find_any_person

_SETTLED: Final = text("""
    SELECT a.person_id, a.content::text, a.answered_at, t.role AS acted_as, s.signature_id, s.reviewer_id, s.role AS signed_as,
           s.licence_number, s.licence_state, s.signed_at, s.rationale AS signed_rationale
    FROM appeal_actions a LEFT JOIN reviewer_signatures s USING (signature_id)
    LEFT JOIN audit_trail t ON t.action_id = a.action_id
    WHERE a.appeal_id = CAST(:appeal AS uuid) AND a.accepted AND a.content ->> 'action' = 'settle' ORDER BY a.answered_at
""")


async def read_settlements(
    connection: AsyncConnection, appeal_id: str, needed: LicenseNeeded
) -> tuple[Settlement, ...]:
    """Read the resolved pends, earliest first, including those of former staff."""
    rows = (await connection.execute(_SETTLED, {"appeal": appeal_id})).all()
    return tuple([await _settlement(connection, row, needed) for row in rows])


async def _settlement(connection: AsyncConnection, row: Any, needed: LicenseNeeded) -> Settlement:
    actor = await find_any_person(connection, row.person_id)
    sent = read_stored(SettleOverturnedV1, row.content)
    settled = sent.settlement(_as_accepted(actor), row.answered_at, needed)
    settled = replace(settled, role=row.acted_as or settled.role)
    signature = read_signature(row)
    return settled if signature is None else replace(settled, signature=signature)


def _as_accepted(actor: StaffMember) -> StaffMember:
    """Remove restrictions from licenses, because they have no date and did not exist when the settlement was accepted."""
    return replace(actor, licenses=tuple(replace(license, restricted=False) for license in actor.licenses))
