"""Reads when the notices of decisions and of requests for documents were sent: by the valid proofs of mailing of their letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.letters.letter import Audience
from adjudication.letters.mailing import DecidedVersion, MailedLetter, notice_sent_at
from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.review.claim_deadlines import MailedNotice

RECORDED: Final = "first.decided_at >= mailing_recorded_since()"
"""SQL: the claim was decided after the product began to record mailings (always, in a ledger created by this version)."""

# The version that decided the whole claim and later ones; earlier versions decided some lines only.
_VERSIONS: Final = text(f"""
    SELECT d.claim_id::text AS claim, d.version, d.decided_at,
           EXISTS (SELECT 1 FROM determination_lines l WHERE l.claim_id = d.claim_id AND l.version = d.version
                   AND l.disposition = 'denied') AS denies,
           ARRAY(SELECT DISTINCT plan_of_finding(f::jsonb)
                 FROM json_array_elements(d.event -> 'data' -> 'lines') l, json_array_elements(l -> 'findings') f
                 WHERE plan_of_finding(f::jsonb) IS NOT NULL) AS plans
    FROM determinations d
    JOIN determinations first ON first.claim_id = d.claim_id AND first.decides AND first.version <= d.version
    WHERE d.claim_id = ANY(CAST(:ids AS uuid[])) AND {RECORDED}
    ORDER BY d.claim_id, d.version
""")
# A failed mailing does not count. A returned letter counts as sent.
STANDING_PROOF: Final = """
    SELECT p.at FROM letter_proofs p WHERE p.letter_id = {letter} AND p.result = 'sent'
        AND NOT EXISTS (SELECT 1 FROM letter_proofs f WHERE f.letter_id = p.letter_id AND f.result = 'failed'
                        AND f.version > p.version)
    ORDER BY p.version DESC LIMIT 1"""
_LETTERS: Final = text(f"""
    SELECT m.claim_id::text AS claim, m.audience, m.step, ({STANDING_PROOF.format(letter="m.letter_id")}) AS sent_at
    FROM letter_mailings m
    WHERE m.claim_id = ANY(CAST(:ids AS uuid[])) AND m.appeal_id IS NULL AND m.attempt = 1
""")

# A request made before letters were issued automatically has no stored letters: it counts as sent when it was published.
_REQUESTS: Final = text(f"""
    SELECT r.claim_id::text AS claim, r.asked_at AS at FROM document_requests r
    WHERE r.claim_id = ANY(CAST(:ids AS uuid[])) AND r.asked_at < letters_issued_since()
    UNION
    SELECT n.claim_id::text, max(s.at) FROM notices_due n CROSS JOIN unnest(n.letters) AS l(letter_id)
    LEFT JOIN LATERAL ({STANDING_PROOF.format(letter="l.letter_id")}) s ON true
    WHERE n.claim_id = ANY(CAST(:ids AS uuid[])) AND n.about = 'request'
    GROUP BY n.claim_id, n.version, n.decided_at HAVING count(*) = count(s.at)
    ORDER BY 2
""")


@dataclass(slots=True)
class NoticeOf:
    """The recorded notice of one claim: versions decided, plans that decided them, letters mailed."""

    versions: list[DecidedVersion] = field(default_factory=list)
    plans: dict[PlanId, None] = field(default_factory=dict)
    letters: list[MailedLetter] = field(default_factory=list)

    @property
    def sent_at(self) -> datetime | None:
        """Return when the decision was first notified."""
        return notice_sent_at(self.versions, tuple(self.plans), self.letters)


async def notices_of(connection: AsyncConnection, claim_ids: Sequence[ClaimId]) -> dict[ClaimId, NoticeOf]:
    """Return the recorded notices of decided claims; one decided before mailings were recorded is absent."""
    found: dict[ClaimId, NoticeOf] = {}
    ids = {"ids": list(claim_ids)}
    for row in (await connection.execute(_VERSIONS, ids)).all():
        notice = found.setdefault(ClaimId(row.claim), NoticeOf())
        notice.versions.append(DecidedVersion(row.version, row.decided_at, row.denies))
        notice.plans |= dict.fromkeys(PlanId(plan) for plan in row.plans)
    for row in (await connection.execute(_LETTERS, ids)).all() if found else ():
        if row.claim in found:
            found[ClaimId(row.claim)].letters.append(MailedLetter(Audience(row.audience), row.step, row.sent_at))
    return found


async def mailed_notices(connection: AsyncConnection, claim_ids: Sequence[ClaimId]) -> dict[ClaimId, MailedNotice]:
    """Return when the notice of each decided claim was sent."""
    found = await notices_of(connection, claim_ids)
    return {claim: MailedNotice(notice.sent_at) for claim, notice in found.items()}


async def requests_mailed(
    connection: AsyncConnection, claim_ids: Sequence[ClaimId]
) -> dict[ClaimId, tuple[datetime, ...]]:
    """Return when the notices of requests for documents were mailed, in order; a claim without any is absent.

    A notice is mailed when the last of its letters is.
    """
    found: dict[ClaimId, tuple[datetime, ...]] = {}
    for row in (await connection.execute(_REQUESTS, {"ids": list(claim_ids)})).all():
        found[ClaimId(row.claim)] = (*found.get(ClaimId(row.claim), ()), row.at)
    return found
