"""Campaigns as people see and change them: start, two approvals, pause, cancel; and the stored form of each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.people import Person, Refusal, invalid
from adjudication.readjudication.campaigns import (
    APPROVERS,
    PEOPLE,
    STARTERS,
    CampaignApproval,
    CampaignSelection,
    CampaignStage,
    Kind,
    acting_role,
    approve_refusal,
    change_refusal,
    start_refusal,
)
from adjudication.readjudication.rules import Ground
from contracts.records.campaigns import Campaign, CampaignView
from storage.audit.trail import Entry, append_locked

_COLUMNS: Final = """
    SELECT campaign_id::text AS campaign_id, kind, why, selection::text AS selection, per_second, takes_back, started_by,
           started_at, stage, policy_bundle, total, claims, lines, position, digest, judged_at, ended_at FROM campaigns"""
_ONE: Final = text(f"{_COLUMNS} WHERE campaign_id = CAST(:id AS uuid)")
LOCKED: Final = text(f"{_COLUMNS} WHERE campaign_id = CAST(:id AS uuid) FOR UPDATE")
_NEWEST: Final = text(f"{_COLUMNS} ORDER BY started_at DESC, campaign_id LIMIT :size")
_START: Final = text("""
    INSERT INTO campaigns (campaign_id, kind, why, selection, per_second, takes_back, started_by, started_at)
    VALUES (CAST(:id AS uuid), :kind, :why, CAST(:selection AS json), :per_second, :takes_back, :person, :at)
    ON CONFLICT DO NOTHING RETURNING 1
""")
_APPROVE: Final = text("""
    INSERT INTO campaign_approvals (campaign_id, person_id, roles, ground, rationale, digest, approved_at)
    VALUES (CAST(:id AS uuid), :person, CAST(:roles AS json), :ground, :rationale, :digest, :at)
""")
_APPROVALS: Final = text("""
    SELECT person_id, roles, ground, rationale, approved_at FROM campaign_approvals
    WHERE campaign_id = CAST(:id AS uuid) ORDER BY approved_at, person_id
""")
_STAGE: Final = text("""
    UPDATE campaigns SET stage = :stage, ended_at = :ended_at, moved_at = now() WHERE campaign_id = CAST(:id AS uuid)
""")
_TOTALS: Final = text("""
    SELECT i ->> 'plan' AS plan, i ->> 'direction' AS direction, i ->> 'after_reason' AS reason,
           i ->> 'confidence' AS confidence, coalesce(i ->> 'cause', 'unknown') AS cause,
           coalesce(i ->> 'sources', '') AS sources, count(*) AS lines,
           count(DISTINCT claim_id) AS claims, sum((i ->> 'amount')::numeric) AS amount,
           sum(coalesce(i ->> 'own_amount', '0')::numeric) AS own_amount
    FROM campaign_claims, json_array_elements(impacts) AS i WHERE campaign_id = CAST(:id AS uuid)
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY coalesce(i ->> 'cause', 'unknown') = 'other-changes', 1, 2, 3, 4, 5, 6
""")
_PROVIDERS: Final = text("""
    SELECT l.billing_npi AS provider, i ->> 'direction' AS direction, count(*) AS lines, count(DISTINCT k.claim_id) AS claims,
           sum((i ->> 'amount')::numeric) AS amount
    FROM campaign_claims k CROSS JOIN json_array_elements(k.impacts) AS i
    JOIN claim_lines l ON l.claim_id = k.claim_id AND l.line = (i ->> 'line')::integer
    WHERE k.campaign_id = CAST(:id AS uuid) AND k.result <> 'other-changes' GROUP BY 1, 2 ORDER BY abs(sum((i ->> 'amount')::numeric)) DESC, 1, 2 LIMIT :size
""")
_SAMPLE: Final = text("""
    SELECT claim_id::text AS claim_id, result, done, because, i.* FROM campaign_claims, json_to_recordset(impacts) AS i(
        line integer, code text, plan text, direction text, amount numeric, confidence text, cause text, sources text, before text,
        before_paid text, before_reason text, after text, after_paid text, after_reason text)
    WHERE campaign_id = CAST(:id AS uuid)
    ORDER BY result = 'other-changes', abs(amount) DESC, claim_id, line LIMIT :size
""")
_DONE: Final = text("""
    SELECT coalesce(done, '') AS done, count(*) AS claims FROM campaign_claims
    WHERE campaign_id = CAST(:id AS uuid) AND result = 'corrects' GROUP BY 1
""")
_SAMPLED: Final = 50
_REUSED: Final = invalid("idempotency-key-reused", "this id was used for another campaign; send a new one")
_ACTIONS: Final = {
    CampaignStage.PAUSED: "paused",
    CampaignStage.RUNNING: "continued",
    CampaignStage.CANCELLED: "cancelled",
}


class Campaigns:
    """Stores campaigns."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use a pool."""
        self._engine = engine

    async def start(self, wanted: Campaign, person: Person) -> Campaign | Refusal:
        """Store a campaign, which the worker then judges; the same id and content again is the same campaign."""
        refusal = start_refusal(person, wanted.kind, wanted.selection, wanted.why, wanted.per_second)
        if refusal is not None:
            return refusal
        row = {
            "id": wanted.campaign_id,
            "kind": wanted.kind.value,
            "why": wanted.why,
            "selection": selection_json(wanted.selection),
            "per_second": wanted.per_second,
            "takes_back": wanted.takes_back,
            "person": person.person_id,
            "at": wanted.started_at,
        }
        async with self._engine.begin() as connection:
            new = (await connection.execute(_START, row)).first() is not None
            kept = campaign_of((await connection.execute(_ONE, {"id": wanted.campaign_id})).one())
            if new:
                content = {"action": "started", "kind": row["kind"], "why": wanted.why}
                await trail(connection, kept, person, acting_role(person, STARTERS), content, wanted.started_at)
        asked = (wanted.kind, wanted.why, wanted.selection, wanted.per_second, wanted.takes_back, person.person_id)
        same = (kept.kind, kept.why, kept.selection, kept.per_second, kept.takes_back, kept.started_by) == asked
        return kept if same else _REUSED

    async def approve(
        self, campaign_id: str, person: Person, approval: CampaignApproval, seen: bytes, at: datetime
    ) -> Campaign | Refusal | None:
        """Record an approval of the impact with the digest that the person saw; the second one starts the corrections."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(LOCKED, {"id": campaign_id})).first()
            if row is None:
                return None
            campaign = campaign_of(row)
            given = await approvals_of(connection, campaign_id)
            shown = (seen, campaign.digest or b"")
            refusal = approve_refusal(campaign.kind, campaign.stage, person, approval, shown, given)
            if refusal is not None:
                return refusal
            kept = {"id": campaign_id, "person": person.person_id, "roles": orjson.dumps(list(approval.roles)).decode()}
            kept |= {"ground": approval.ground.value, "rationale": approval.rationale}
            await connection.execute(_APPROVE, {**kept, "digest": campaign.digest, "at": at})
            content = {"action": "approved", "ground": approval.ground.value, "rationale": approval.rationale}
            content["impact"] = seen.hex()
            await trail(connection, campaign, person, acting_role(person, APPROVERS), content, at)
            if len(given) + 1 >= PEOPLE:
                await move(connection, campaign_id, CampaignStage.RUNNING, at)
            return campaign_of((await connection.execute(_ONE, {"id": campaign_id})).one())

    async def change(
        self, campaign_id: str, to: CampaignStage, person: Person, at: datetime
    ) -> Campaign | Refusal | None:
        """Pause, continue or cancel a campaign; corrected claims stay corrected."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(LOCKED, {"id": campaign_id})).first()
            if row is None:
                return None
            campaign = campaign_of(row)
            refusal = change_refusal(campaign.stage, to, person)
            if refusal is not None:
                return refusal
            await move(connection, campaign_id, to, at)
            role = acting_role(person, STARTERS | APPROVERS)
            await trail(connection, campaign, person, role, {"action": _ACTIONS[to]}, at)
            return campaign_of((await connection.execute(_ONE, {"id": campaign_id})).one())

    async def view(self, campaign_id: str) -> CampaignView | None:
        """Return a campaign with its impact and its progress; None when there is none."""
        key = {"id": campaign_id}
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ONE, key)).first()
            if row is None:
                return None
            totals = (await connection.execute(_TOTALS, key)).mappings().all()
            sample = (await connection.execute(_SAMPLE, {**key, "size": _SAMPLED})).mappings().all()
            providers = (await connection.execute(_PROVIDERS, {**key, "size": _SAMPLED})).mappings().all()
            approvals = (await connection.execute(_APPROVALS, key)).mappings().all()
            done = {each.done: each.claims for each in (await connection.execute(_DONE, key)).all()}
        left = done.pop("", 0)
        rows = [tuple(dict(each) for each in found) for found in (totals, sample, approvals, providers)]
        return CampaignView(campaign_of(row), rows[0], rows[1], rows[2], done, left, rows[3])

    async def newest(self, size: int = 50) -> tuple[Campaign, ...]:
        """Return the newest campaigns, newest first."""
        async with self._engine.connect() as connection:
            return tuple(campaign_of(row) for row in (await connection.execute(_NEWEST, {"size": size})).all())


async def move(connection: AsyncConnection, campaign_id: str, to: CampaignStage, at: datetime) -> None:
    """Move a locked campaign to a stage; the database refuses to run one that two people did not approve."""
    ended = at if to in (CampaignStage.FINISHED, CampaignStage.CANCELLED) else None
    await connection.execute(_STAGE, {"id": campaign_id, "stage": to.value, "ended_at": ended})


async def approvals_of(connection: AsyncConnection, campaign_id: str) -> tuple[CampaignApproval, ...]:
    """Return the approvals that a campaign has, in their order."""
    rows = (await connection.execute(_APPROVALS, {"id": campaign_id})).all()
    return tuple(CampaignApproval(row.person_id, tuple(row.roles), Ground(row.ground), row.rationale) for row in rows)


async def trail(
    connection: AsyncConnection, campaign: Campaign, person: Person, role: str, content: dict[str, Any], at: datetime
) -> None:
    """Append an entry to the audit trail of a campaign."""
    words = orjson.dumps(content).decode()
    await append_locked(connection, Entry(f"campaign/{campaign.campaign_id}", at, person.person_id, role, None, words))


def selection_json(selection: CampaignSelection) -> str:
    """Return a selection as it is kept."""
    days = {
        name: None if day is None else day.isoformat()
        for name, day in (("first", selection.first), ("last", selection.last))
    }
    kept = {"codes": list(selection.codes), "plans": list(selection.plans), **days}
    return orjson.dumps(kept | {"policy": selection.policy, "old": selection.old, "new": selection.new}).decode()


def campaign_of(row: Any) -> Campaign:
    """Return a campaign from its stored row."""
    kept = orjson.loads(row.selection)
    first, last = (None if kept[name] is None else date.fromisoformat(kept[name]) for name in ("first", "last"))
    selection = CampaignSelection(
        tuple(kept["codes"]), tuple(kept["plans"]), first, last, kept["policy"], kept["old"], kept["new"]
    )
    return Campaign(
        row.campaign_id,
        Kind(row.kind),
        row.why,
        selection,
        row.per_second,
        row.takes_back,
        row.started_by,
        row.started_at,
        CampaignStage(row.stage),
        row.policy_bundle,
        row.total,
        row.claims,
        row.lines,
        row.position,
        None if row.digest is None else bytes(row.digest),
        row.judged_at,
        row.ended_at,
    )
