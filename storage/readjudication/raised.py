"""Raises reopenings that a person states, with the audit entry and the event, and reads the statement back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.appeals.superseding import Before
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.people import Refusal, Role, StaffMember, invalid
from adjudication.readjudication.raised import Authority, EffectDay, Order, Raised, effect_day, raise_refusal
from contracts.actions.raised_reopenings import RaiseReopeningV1
from contracts.event_builders.decisions import reopening_message
from contracts.events.reopenings import Reason, Reopening
from contracts.records.readjudications import RaisedRecord
from storage.appeals.appealed_claim import read_standing
from storage.audit.trail import Entry, append_locked
from storage.outbox import queue

_COLUMNS: Final = """
    SELECT claim_id::text AS claim_id, reason, cause, person_id, role, rationale, lines, allowed, authority, order_number, ordered_on,
           set_by_order, effect_by, source, locator FROM raised_reopenings"""
_ONE: Final = text(f"{_COLUMNS} WHERE cause = :cause")
_OF_CLAIMS: Final = text(f"{_COLUMNS} WHERE claim_id = ANY(CAST(:claims AS uuid[]))")
_REOPEN: Final = text("""
    INSERT INTO reopenings (claim_id, reason, cause, raised_at) VALUES (CAST(:claim AS uuid), :reason, :cause, :at)
""")
_STATE: Final = text("""
    INSERT INTO raised_reopenings (claim_id, reason, cause, person_id, role, rationale, lines, allowed, authority, order_number, ordered_on,
                                   set_by_order, effect_by, source, locator)
    VALUES (CAST(:claim AS uuid), :reason, :cause, :person, :role, :rationale, CAST(:lines AS integer[]), CAST(:allowed AS numeric[]), :authority, :number,
            :dated, :set_by_order, :effect_by, :source, :locator)
""")
_REUSED: Final = invalid("idempotency-key-reused", "this id was used for another reopening; send a new one")
_TWICE: Final = Refusal("order-known", "this order was raised on this claim already; open the list of reopenings")


class RaisedReopenings:
    """Raises reopenings for people."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        """Use a pool, and the rules that say who raises what."""
        self._engine, self._reference = engine, reference

    async def decided(self, claim_id: ClaimId) -> Before | None:
        """Return a claim as decided now; None where it is not decided, or was replaced or voided."""
        async with self._engine.connect() as connection:
            return (await read_standing(connection, [claim_id], self._reference)).get(claim_id)

    async def start(
        self, claim_id: ClaimId, key: str, sent: RaiseReopeningV1, person: StaffMember, at: datetime
    ) -> RaisedRecord | Refusal:
        """Raise a reopening under the caller's id; the same id and content again is the same reopening."""
        try:
            async with self._engine.begin() as connection:
                return await self._start(
                    connection, Reopening(claim_id, Reason(sent.reason.value), key, at), sent, person
                )
        except IntegrityError as error:
            if "order_once_per_claim" in str(error.orig):
                return _TWICE
            raise

    async def _start(
        self, connection: AsyncConnection, reopening: Reopening, sent: RaiseReopeningV1, person: StaffMember
    ) -> RaisedRecord | Refusal:
        raised = sent.raised(person.person_id)
        known = (await connection.execute(_ONE, {"cause": reopening.cause})).first()
        if known is not None:
            same = (known.claim_id, replace(raised, role=known.role), sent.rationale) == (
                reopening.claim_id,
                _raised(known),
                known.rationale,
            )
            return _record(known) if same else _REUSED
        standing = await read_standing(connection, [reopening.claim_id], self._reference)
        before = standing.get(reopening.claim_id)
        today = self._today(before, reopening.raised_at)
        role = raise_refusal(person, raised, before, self._reference.reopening.raising, today)
        if isinstance(role, Refusal):
            return role
        by_law = self._effect_day(raised, before, reopening.raised_at)
        await _write(connection, reopening, raised, (role, sent.rationale), by_law)
        return _record((await connection.execute(_ONE, {"cause": reopening.cause})).one())

    def _today(self, before: Before | None, at: datetime) -> Any:
        plan = None if before is None else next(iter(before.plans.values()), None)
        return self._reference.deadlines.legal_day(None if plan is None else plan.plan_id, at)

    def _effect_day(self, raised: Raised, before: Before | None, at: datetime) -> EffectDay | None:
        if raised.order is None or before is None:
            return None
        named = {plan.plan_id: plan for line, plan in before.plans.items() if not raised.lines or line in raised.lines}
        return effect_day(raised.order, named.values(), self._reference, at)


async def _write(
    connection: AsyncConnection, reopening: Reopening, raised: Raised, by: tuple[Role, str], last: EffectDay | None
) -> None:
    role, rationale = by
    allowed = dict(raised.allowed)
    key = {"claim": reopening.claim_id, "reason": reopening.reason.value, "cause": reopening.cause}
    order, law = raised.order, None if last is None else last.citation
    row = {
        **key,
        "person": raised.person_id,
        "role": role.value,
        "rationale": rationale,
        "lines": sorted(raised.lines),
        "allowed": [allowed.get(line) for line in sorted(raised.lines)],
        "authority": None if order is None else order.authority.value,
        "number": None if order is None else order.number,
        "dated": None if order is None else order.dated,
        "set_by_order": None if order is None else order.effect_by,
        "effect_by": None if last is None else last.day,
        "source": None if law is None else law.source,
        "locator": None if law is None else law.locator,
    }
    await connection.execute(_REOPEN, {**key, "at": reopening.raised_at})
    await connection.execute(_STATE, row)
    shown = ("reason", "cause", "lines", "rationale", "authority", "number", "dated", "effect_by")
    content: dict[str, Any] = {"action": "raise-reopening"} | {
        name: row[name] for name in shown if row[name] is not None
    }
    content["allowed"] = {str(line): str(amount) for line, amount in raised.allowed}
    subject, at = f"reopening/{reopening.claim_id}", reopening.raised_at
    await append_locked(
        connection, Entry(subject, at, raised.person_id, role.value, None, orjson.dumps(content).decode())
    )
    await queue.put(connection, (reopening_message(reopening),))


async def read_raised(connection: AsyncConnection, reopening: Reopening) -> Raised | None:
    """Return what a person stated about a reopening; None where an event or a campaign raised it."""
    row = (await connection.execute(_ONE, {"cause": reopening.cause})).first()
    return None if row is None or row.claim_id != reopening.claim_id else _raised(row)


async def raised_of(connection: AsyncConnection, claim_ids: Sequence[str]) -> dict[tuple[str, str, str], RaisedRecord]:
    """Return what people stated about the reopenings of claims, by claim, reason and cause."""
    rows = (await connection.execute(_OF_CLAIMS, {"claims": list(claim_ids)})).all()
    return {(row.claim_id, row.reason, row.cause): _record(row) for row in rows}


def _raised(row: Any) -> Raised:
    order = None
    if row.authority is not None:
        order = Order(Authority(row.authority), row.order_number, row.ordered_on, row.set_by_order)
    named = [(LineNumber(line), allowed) for line, allowed in zip(row.lines, row.allowed, strict=True)]
    allowed = tuple((line, each) for line, each in named if each is not None)
    return Raised(row.reason, row.person_id, frozenset(line for line, _ in named), order, row.role, allowed)


def _record(row: Any) -> RaisedRecord:
    return RaisedRecord(
        row.claim_id,
        row.reason,
        row.cause,
        row.person_id,
        row.role,
        row.rationale,
        tuple(row.lines),
        tuple(None if each is None else f"{each:.2f}" for each in row.allowed),
        row.authority,
        row.order_number,
        row.ordered_on,
        row.effect_by,
        row.source,
        row.locator,
    )
