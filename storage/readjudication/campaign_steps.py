"""The worker's reads and writes of a campaign: pages of claims to judge, their results, and one correction at a time.

Each write is one transaction that locks the campaign first: a step that is repeated after a crash finds what the first one
wrote, and a campaign that was paused or canceled meanwhile corrects nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adjudication.model.claim import Claim
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from adjudication.people import Refusal
from adjudication.readjudication.campaigns import CampaignApproval, CampaignStage, Kind
from adjudication.review.claim_deadlines import CaseTimes
from contracts.events.reopenings import Reason, Reopening
from contracts.ids import name_based
from contracts.records.campaigns import Campaign, CampaignItem, DecidedBy, JudgedClaim, JudgedPage, Page
from contracts.records.readjudications import Agreed, CampaignJudge, Prepared, ReadjudicationFile
from storage.audit.trail import Entry, append_locked
from storage.decisions.reopenings import raise_reopenings
from storage.outbox import queue
from storage.people.accounts import find_acting
from storage.readjudication.campaigns import LOCKED, approvals_of, campaign_of, move
from storage.readjudication.reading import read_all_as_if_raised, read_as_if_raised, read_newest
from storage.readjudication.store import APPROVE
from storage.readjudication.take_up import TAKE_UP
from storage.readjudication.writing import SYSTEM, carry_out, lock_unchanged, trail, write_proposal
from storage.review.deadlines import times_of

REASONS: Final = {Kind.POLICY: Reason.POLICY_CORRECTED, Kind.RATE: Reason.RATE_CORRECTED}
"""The reason with which a campaign reopens a claim; every other kind: data that were corrected."""

# A claim reversed by a correction no longer counts as decided; one that is pended in part is judged after its decision.
_SELECTED = """
    FROM claims c WHERE EXISTS (SELECT 1 FROM determinations d WHERE d.claim_id = c.claim_id AND d.decides
                                  AND d.decided_at <= :until)
    AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.claim_id = c.claim_id AND s.version IS NOT NULL)
    AND EXISTS (SELECT 1 FROM claim_lines l WHERE l.claim_id = c.claim_id AND l.code = ANY(CAST(:codes AS text[]))
                AND (CAST(:first AS date) IS NULL OR l.service_date >= :first)
                AND (CAST(:last AS date) IS NULL OR l.service_date <= :last))"""
_TOTAL: Final = text(f"SELECT count(*) {_SELECTED}")
# A batch that is stuck for minutes has a separate alert, and does not delay campaigns.
_LIVE: Final = text("""
    SELECT coalesce((SELECT registered_at > now() - interval '10 seconds' FROM claims ORDER BY sequence DESC LIMIT 1), false)
        OR EXISTS (SELECT 1 FROM batches WHERE finished_at IS NULL AND registered_at > now() - interval '2 minutes')
""")
_PAGE: Final = text(
    f"SELECT c.claim_id::text AS claim_id, c.sequence {_SELECTED} AND c.sequence > :after ORDER BY c.sequence LIMIT :size"
)
_DECIDED_BY: Final = text("""
    SELECT claim_id::text AS claim_id, policy_bundle, decided_at,
           CASE WHEN version > 1 THEN event #>> '{data,repeated_lines}' END AS repeated FROM determinations
    WHERE claim_id = ANY(CAST(:claims AS uuid[])) ORDER BY claim_id, version DESC
""")
_BEGUN: Final = text("""
    UPDATE campaigns SET total = :total WHERE campaign_id = CAST(:id AS uuid) AND total IS NULL
""")
_JUDGED: Final = text("""
    UPDATE campaigns SET position = :position, claims = claims + :claims, lines = lines + :lines, moved_at = now(),
                         policy_bundle = coalesce(policy_bundle, :bundle)
    WHERE campaign_id = CAST(:id AS uuid)
""")
_CLAIMS: Final = text("""
    INSERT INTO campaign_claims (campaign_id, claim_id, place, base_version, digest, result, adds, takes, impacts)
    SELECT CAST(:id AS uuid), t.claim_id, t.place, t.base_version, decode(t.digest, 'hex'), t.result, t.adds, t.takes, t.impacts
    FROM json_to_recordset(CAST(:rows AS json)) AS t(
        claim_id uuid, place bigint, base_version integer, digest text, result text, adds numeric, takes numeric, impacts json)
""")
_IMPACT: Final = text("""
    SELECT claim_id::text AS claim, encode(digest, 'hex') AS digest, result, impacts::text AS impacts FROM campaign_claims
    WHERE campaign_id = CAST(:id AS uuid) ORDER BY place
""")
_READY: Final = text("""
    UPDATE campaigns SET stage = 'judged', digest = :digest, judged_at = :at, moved_at = now()
    WHERE campaign_id = CAST(:id AS uuid)
""")
_LEFT: Final = text("""
    SELECT claim_id::text AS claim_id, digest FROM campaign_claims
    WHERE campaign_id = CAST(:id AS uuid) AND done_at IS NULL AND result = 'corrects'
    ORDER BY overturns DESC, place LIMIT :size
""")
_OPEN: Final = text("""
    SELECT 1 FROM campaign_claims WHERE campaign_id = CAST(:id AS uuid) AND claim_id = CAST(:claim AS uuid)
      AND done_at IS NULL
""")
_DONE: Final = text("""
    UPDATE campaign_claims SET done = :done, because = :because, done_at = :at
    WHERE campaign_id = CAST(:id AS uuid) AND claim_id = CAST(:claim AS uuid)
""")
_ACT: Final = text("""
    INSERT INTO correction_actions (action_id, readjudication_id, person_id, content, roles, answered_at, accepted)
    VALUES (CAST(:action AS uuid), CAST(:id AS uuid), :person, CAST(:content AS json), CAST(:roles AS json), :at, true)
""")


class CampaignSteps:
    """Judges and corrects the claims of campaigns, a few at a time."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        """Use a pool, and the rules by which claims are read."""
        self._engine, self._reference = engine, reference

    async def campaign(self, campaign_id: str) -> Campaign | None:
        """Return a campaign as it is now; None when there is none."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(LOCKED, {"id": campaign_id})).first()
            return None if row is None else campaign_of(row)

    async def page(self, campaign: Campaign, size: int) -> Page:
        """Return the next claims to judge with their places; the first call counts all of them."""
        values = {"codes": list(campaign.selection.codes), "first": campaign.selection.first}
        values |= {"last": campaign.selection.last, "until": campaign.started_at}
        async with self._engine.begin() as connection:
            if campaign.total is None:
                total = await connection.scalar(_TOTAL, values)
                await connection.execute(_BEGUN, {"id": campaign.campaign_id, "total": total})
            asked = {**values, "after": campaign.position, "size": size}
            rows = (await connection.execute(_PAGE, asked)).all()
        return [(ClaimId(row.claim_id), row.sequence) for row in rows]

    async def as_if_raised(
        self, campaign: Campaign, claim_ids: Sequence[ClaimId], submitted: Mapping[ClaimId, Claim]
    ) -> Sequence[ReadjudicationFile]:
        """Read claims as the files of the reopenings that the campaign would raise, without the times of interest."""
        raised = [reopening_of(campaign, claim_id) for claim_id in claim_ids]
        async with self._engine.connect() as connection:
            return await read_all_as_if_raised(connection, raised, self._reference, submitted)

    async def times(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, CaseTimes]:
        """Return the times from which interest on claims is computed."""
        async with self._engine.connect() as connection:
            return await times_of(connection, claim_ids)

    async def decided_by(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, Sequence[DecidedBy]]:
        """Return when and by which policy data each claim was decided; a version names only lines that it did not repeat."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_DECIDED_BY, {"claims": list(claim_ids)})).all()
        found: dict[ClaimId, list[DecidedBy]] = {}
        left: dict[ClaimId, frozenset[int]] = {}
        for row in rows:
            claim_id = ClaimId(row.claim_id)
            lines = left.get(claim_id)
            if lines is not None and not lines:
                continue
            repeated = frozenset(() if row.repeated is None else orjson.loads(row.repeated))
            left[claim_id] = repeated if lines is None else lines & repeated
            # The lines of the newest version are whatever it does not repeat.
            named = None if lines is None else lines - repeated
            found.setdefault(claim_id, []).append(DecidedBy(row.policy_bundle, row.decided_at, named))
        return found

    async def live(self) -> bool:
        """Return whether live claims were received within the last seconds, or a recent batch is in flight."""
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(_LIVE))

    async def keep(self, campaign: Campaign, page: Page, judged: JudgedPage) -> None:
        """Store the results of a page of claims; a page that another try stored already is dropped."""
        async with self._engine.begin() as connection:
            now = campaign_of((await connection.execute(LOCKED, {"id": campaign.campaign_id})).one())
            if now.stage is not CampaignStage.JUDGING or now.position != campaign.position:
                return
            if judged.claims:
                rows = orjson.dumps([_row(each) for each in judged.claims]).decode()
                await connection.execute(_CLAIMS, {"id": campaign.campaign_id, "rows": rows})
            moved = {"id": campaign.campaign_id, "position": page[-1][1], "claims": len(page)}
            await connection.execute(_JUDGED, moved | {"lines": judged.lines, "bundle": judged.bundle})

    async def judged(self, campaign: Campaign, at: datetime) -> None:
        """Close the judging: from here on the impact is what people see and approve, by its digest."""
        async with self._engine.begin() as connection:
            now = campaign_of((await connection.execute(LOCKED, {"id": campaign.campaign_id})).one())
            if now.stage is not CampaignStage.JUDGING:
                return
            digest = sha256()
            for row in (await connection.execute(_IMPACT, {"id": campaign.campaign_id})).all():
                digest.update(orjson.dumps([row.claim, row.digest, row.result, row.impacts]))
            await connection.execute(_READY, {"id": campaign.campaign_id, "digest": digest.digest(), "at": at})

    async def abandon(self, campaign: Campaign, at: datetime) -> None:
        """Cancel a campaign because the policy data changed while it was judged: its impact would mix two sets of data."""
        async with self._engine.begin() as connection:
            now = campaign_of((await connection.execute(LOCKED, {"id": campaign.campaign_id})).one())
            if now.stage is not CampaignStage.JUDGING:
                return
            await move(connection, campaign.campaign_id, CampaignStage.CANCELLED, at)
            content = orjson.dumps({"action": "cancelled", "because": "the policy data changed meanwhile"}).decode()
            subject = f"campaign/{campaign.campaign_id}"
            await append_locked(connection, Entry(subject, at, SYSTEM, SYSTEM, None, content))

    async def next(self, campaign: Campaign, size: int) -> Sequence[CampaignItem]:
        """Return the next claims to correct, as they are now."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_LEFT, {"id": campaign.campaign_id, "size": size})).all()
            given = await approvals_of(connection, campaign.campaign_id)
            items = []
            for row in rows:
                reopening = reopening_of(campaign, ClaimId(row.claim_id))
                file = await read_as_if_raised(connection, reopening, self._reference)
                items.append(CampaignItem(campaign, bytes(row.digest), file, reopening.raised_at, given))
        return items

    async def finish(self, campaign: Campaign, at: datetime) -> None:
        """End a campaign whose claims are all done."""
        async with self._engine.begin() as connection:
            now = campaign_of((await connection.execute(LOCKED, {"id": campaign.campaign_id})).one())
            if now.stage is CampaignStage.RUNNING:
                await move(connection, campaign.campaign_id, CampaignStage.FINISHED, at)

    async def correct(self, item: CampaignItem, prepared: Prepared | None, judge: CampaignJudge, at: datetime) -> None:
        """Raise the reopening and carry out its correction under the two approvals, or leave it open to people: one transaction.

        Nothing happens if the campaign no longer runs, or the claim was done already.
        """
        campaign, file = item.campaign, item.file
        key = {"id": campaign.campaign_id, "claim": file.claim_id}
        async with self._engine.begin() as connection:
            now = campaign_of((await connection.execute(LOCKED, {"id": campaign.campaign_id})).one())
            if now.stage is not CampaignStage.RUNNING or (await connection.execute(_OPEN, key)).first() is None:
                return
            because = await self._correct(connection, item, prepared, judge, at)
            done = "corrected" if because is None else "left-to-people"
            await connection.execute(_DONE, {**key, "done": done, "because": because, "at": at})

    async def _correct(
        self,
        connection: AsyncConnection,
        item: CampaignItem,
        prepared: Prepared | None,
        judge: CampaignJudge,
        at: datetime,
    ) -> str | None:
        """Return None where the claim is corrected, else why people decide."""
        file = item.file
        await lock_unchanged(connection, file, prepared)
        if prepared is None:
            return "claim-replaced"
        reopening = reopening_of(item.campaign, ClaimId(file.claim_id))
        await queue.put(connection, await raise_reopenings(connection, [reopening]))
        taken = {"readjudication_id": file.readjudication_id, "claim_id": file.claim_id}
        taken |= {"reason": file.reason, "cause": file.cause}
        await connection.execute(TAKE_UP, {"rows": orjson.dumps([taken]).decode(), "at": at})
        newest = await read_newest(connection, file.readjudication_id)
        number = 0 if newest is None else newest.number
        if newest is None or bytes(newest.digest) != prepared.digest:
            number += 1
            await write_proposal(connection, file, prepared, number, at)
        if prepared.digest != item.digest:
            return "changed-meanwhile"
        people = [await find_acting(connection, each.person_id, each.roles) for each in item.approvals]
        agreed = judge(people)
        if isinstance(agreed, Refusal):
            return agreed.code
        for approval, each in zip(item.approvals, agreed, strict=True):
            await _approve(connection, item, (approval, each), number, at)
        await carry_out(connection, file, prepared, number, at, automatic=False)
        return None


async def _approve(
    connection: AsyncConnection, item: CampaignItem, given: tuple[CampaignApproval, Agreed], number: int, at: datetime
) -> None:
    """Enter the approval of the campaign as the person's action on this proposal."""
    approval, agreed = given
    file, campaign = item.file, item.campaign.campaign_id
    action = name_based(f"campaign-approval:{campaign}:{file.claim_id}:{approval.person_id}")
    content: dict[str, Any] = {"action": "approve", "number": number, "ground": approval.ground.value}
    content |= {"rationale": approval.rationale, "campaign": campaign}
    row = {"id": file.readjudication_id, "person": approval.person_id, "action": action, "at": at}
    roles = orjson.dumps(list(approval.roles)).decode()
    await connection.execute(_ACT, {**row, "content": orjson.dumps(content).decode(), "roles": roles})
    by = (approval.person_id, agreed.role)
    await trail(connection, file, by, action, {"asked": content, "number": number}, at)
    row |= {"number": number, "role": agreed.role, "ground": approval.ground.value, "rationale": approval.rationale}
    await connection.execute(APPROVE, row)


def reopening_of(campaign: Campaign, claim_id: ClaimId) -> Reopening:
    """Return the reopening that a campaign raises on a claim."""
    reason = REASONS.get(campaign.kind, Reason.DATA_CORRECTED)
    return Reopening(claim_id, reason, str(UUID(campaign.campaign_id)), campaign.started_at)


def _row(each: JudgedClaim) -> dict[str, Any]:
    return {
        "claim_id": each.claim_id,
        "place": each.place,
        "base_version": each.base_version,
        "digest": None if each.digest is None else each.digest.hex(),
        "result": each.result,
        "adds": str(each.adds),
        "takes": str(each.takes),
        "impacts": [dict(impact) for impact in each.impacts],
    }
