"""Opens reopenings of claims denied for a missing authorization that arrived later, or approved by one since withdrawn.

No decision changes: a person reopens the claim (docs/decisions/0035-retrospective-authorization.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.authorizations import Authorization, AuthorizedService, newly_approved
from adjudication.model.outcomes import LACKS_AUTHORIZATION
from adjudication.model.persons import Likeness, mutual_likeness
from adjudication.model.vocabulary import ClaimId
from contracts.claim_intake.mapping import member_to_core
from contracts.events.claims import MemberV1
from contracts.events.feeds import AuthorizationChangedV1
from contracts.events.reopenings import Reason, Reopening
from contracts.records.decisions import DecidedBy
from contracts.stored import read_stored
from storage.decisions.reopenings import WAITS_FOR_REASON, raise_reopenings
from storage.feeds.authorizations import COLUMNS, authorization_of
from storage.feeds.unseen import read_when, unseen
from storage.outbox import queue

_BEFORE: Final = text(f"""
    SELECT {COLUMNS}, version FROM authorizations
    WHERE number = ANY(:numbers) ORDER BY number FOR UPDATE
""")
_DENIED: Final = text(f"""
    SELECT DISTINCT l.claim_id::text AS claim, l.member_id, c.patient::text AS patient, d.code, d.service_date, now() AS at
    FROM claim_lines l JOIN claims c USING (claim_id)
    JOIN determination_lines d ON d.claim_id = l.claim_id AND d.line = l.line AND NOT d.superseded
        AND d.disposition = 'denied' AND d.reason = ANY(:reasons)
    WHERE l.member_id = ANY(:members) AND NOT {WAITS_FOR_REASON}
    ORDER BY 1, d.service_date, d.code
""")
_APPROVED_BY: Final = text("""
    SELECT DISTINCT u.number, u.claim_id::text AS claim, c.member_id, c.patient::text AS patient, d.code, d.service_date,
           now() AS at
    FROM authorization_uses u JOIN claims c USING (claim_id)
    JOIN determination_lines d ON d.claim_id = u.claim_id AND d.line = u.line AND NOT d.superseded
        AND d.disposition = 'approved'
    WHERE u.number = ANY(:numbers) AND u.released_at IS NULL ORDER BY 2, 1, 6, 5
""")
_MISSED: Final = text(f"""
    SELECT {COLUMNS}, version FROM authorizations WHERE number IN (
        SELECT a.number
        FROM json_to_recordset(CAST(:rows AS json)) AS w(member_id text, read_at timestamptz, snapshot text)
        JOIN authorizations a USING (member_id) WHERE {unseen("a", "changed_at", "w")})
    ORDER BY number
""")
_MISSED_CHANGES: Final = text(f"""
    SELECT {COLUMNS}, version FROM authorizations WHERE number IN (
        SELECT a.number
        FROM json_to_recordset(CAST(:rows AS json)) AS w(claim_id uuid, read_at timestamptz, snapshot text)
        JOIN authorization_uses u ON u.claim_id = w.claim_id AND u.released_at IS NULL
        JOIN authorizations a ON a.number = u.number WHERE {unseen("a", "changed_at", "w")})
    ORDER BY number
""")


async def stored_before(
    connection: AsyncConnection, changes: Sequence[AuthorizationChangedV1]
) -> dict[str, tuple[int, Authorization]]:
    """Return the stored version and state of the authorizations that changed, under lock."""
    rows = (await connection.execute(_BEFORE, {"numbers": [each.authorization_number for each in changes]})).all()
    return {row.number: (row.version, authorization_of(row)) for row in rows}


async def raise_answered(
    connection: AsyncConnection,
    changes: Sequence[AuthorizationChangedV1],
    before: Mapping[str, tuple[int, Authorization]],
) -> None:
    """Open reopenings of the denied claims that the changes cover, in the caller's transaction. `changes`: the newest of each authorization."""
    offers = _Offers({})
    for change, old in _news(changes, before):
        now = change.to_core()
        offers.add(now, change.version, old if old is not None and _of_the_same(old, now) else None)
    await _raise(connection, offers)


async def raise_withdrawn(
    connection: AsyncConnection,
    changes: Sequence[AuthorizationChangedV1],
    before: Mapping[str, tuple[int, Authorization]],
) -> None:
    """Open reopenings of the claims paid by an approval that no longer covers them, in the caller's transaction."""
    withdrawn = {
        change.authorization_number: (change, gone)
        for change, old in _news(changes, before)
        if old is not None
        and (gone := newly_approved(change.to_core() if _of_the_same(old, change.to_core()) else None, old))
    }
    if not withdrawn:
        return
    found: dict[str, Reopening] = {}
    for row in (await connection.execute(_APPROVED_BY, {"numbers": sorted(withdrawn)})).all():
        change, gone = withdrawn[row.number]
        now = change.to_core()
        still = newly_approved(None, now) if _may_be_for(now, row) else ()
        if _covered(row, gone) and not _covered(row, still):
            cause = f"{row.number}/{change.version}"
            found.setdefault(row.claim, Reopening(ClaimId(row.claim), Reason.AUTHORIZATION_WITHDRAWN, cause, row.at))
    await queue.put(connection, await raise_reopenings(connection, found.values()))


def _news(
    changes: Iterable[AuthorizationChangedV1], before: Mapping[str, tuple[int, Authorization]]
) -> Iterator[tuple[AuthorizationChangedV1, Authorization | None]]:
    """Yield the changes that are newer than the stored version, each with the stored authorization."""
    for change in changes:
        version, old = before.get(change.authorization_number, (0, None))
        if version < change.version:
            yield change, old


def _of_the_same(old: Authorization, now: Authorization) -> bool:
    """Return whether an authorization still has the same patient and member."""
    if old.patient is None or now.patient is None:
        same = old.patient is now.patient
    else:
        same = mutual_likeness(old.patient, now.patient) is Likeness.SAME
    return same and old.member_id == now.member_id


def _may_be_for(authorization: Authorization, row: Row[Any]) -> bool:
    """Return whether an authorization may be for a claim's patient: not certainly for another person."""
    if authorization.member_id != row.member_id:
        return False
    if authorization.patient is None:
        return True
    patient = member_to_core(read_stored(MemberV1, row.patient)).person
    return mutual_likeness(patient, authorization.patient) is not Likeness.OTHER


def _covered(row: Row[Any], services: Iterable[AuthorizedService]) -> bool:
    return any(service.covers(row.code) and row.service_date in service.dates for service in services)


async def raise_missed(connection: AsyncConnection, denied: Sequence[DecidedBy]) -> None:
    """Raise claims denied without an authorization that was committed after they were read, in the caller's transaction.

    Call it after the denials are committed: a feed that commits later finds them itself.
    """
    offers = _Offers({})
    for row in (await connection.execute(_MISSED, read_when(denied))).all():
        offers.add(authorization_of(row), row.version, None)
    await _raise(connection, offers)


async def raise_missed_withdrawals(connection: AsyncConnection, authorized: Sequence[DecidedBy]) -> None:
    """Raise claims paid by an authorization whose withdrawal was committed after they were read, in the caller's transaction.

    Call it after the decisions are committed: a feed that commits later finds them itself.
    """
    changed = {row.number: row for row in (await connection.execute(_MISSED_CHANGES, read_when(authorized))).all()}
    claims = {each.claim_id for each in authorized}
    found: dict[str, Reopening] = {}
    for row in (await connection.execute(_APPROVED_BY, {"numbers": sorted(changed)})).all() if changed else ():
        now = authorization_of(changed[row.number])
        if row.claim in claims and not _covered(row, newly_approved(None, now) if _may_be_for(now, row) else ()):
            cause = f"{row.number}/{changed[row.number].version}"
            found.setdefault(row.claim, Reopening(ClaimId(row.claim), Reason.AUTHORIZATION_WITHDRAWN, cause, row.at))
    await queue.put(connection, await raise_reopenings(connection, found.values()))


@dataclass(frozen=True, slots=True)
class _Offers:
    """The services that were approved, by member, each with its authorization and its cause."""

    by_member: dict[str, list[tuple[Authorization, AuthorizedService, str]]]

    def add(self, now: Authorization, version: int, before: Authorization | None) -> None:
        for service in newly_approved(before, now):
            self.by_member.setdefault(now.member_id, []).append((now, service, f"{now.number}/{version}"))


async def _raise(connection: AsyncConnection, offers: _Offers) -> None:
    """Open one reopening per claim, for the first authorization that covers one of its denied lines."""
    if not offers.by_member:
        return
    reasons, raised = sorted(LACKS_AUTHORIZATION), Reason.LATE_AUTHORIZATION
    keys = {"members": sorted(offers.by_member), "reasons": reasons, "raised": raised.value}
    found: dict[str, Reopening] = {}
    for row in (await connection.execute(_DENIED, keys)).all():
        for now, service, cause in offers.by_member[row.member_id]:
            if _covered(row, (service,)) and _may_be_for(now, row):
                found.setdefault(row.claim, Reopening(ClaimId(row.claim), raised, cause, row.at))
    await queue.put(connection, await raise_reopenings(connection, found.values()))
