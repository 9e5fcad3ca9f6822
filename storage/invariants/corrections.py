"""The invariants of decided claims that were adjudicated again; `claimwright verify` checks them with the others."""

from __future__ import annotations

from typing import Final

READJUDICATED: Final = {
    "a correction pays what its proposal said": """
        SELECT c.claim_id::text FROM reopening_determinations c JOIN correction_proposals p USING (readjudication_id, number)
        JOIN determinations d ON (d.claim_id, d.version) = (c.claim_id, c.version)
        JOIN determinations b ON (b.claim_id, b.version) = (c.claim_id, c.version - 1)
        WHERE d.paid - b.paid <> p.adds - p.takes""",
    "a correction is approved by the people it needs": """
        SELECT c.claim_id::text FROM reopening_determinations c JOIN correction_proposals p USING (readjudication_id, number)
        WHERE CASE WHEN c.automatic THEN p.takes > 0 OR p.people > 1
                   ELSE p.people > (SELECT count(DISTINCT a.person_id) FROM correction_approvals a
                                    WHERE (a.readjudication_id, a.number) = (c.readjudication_id, c.number)) END""",
    "money is taken back by two people and stated as owed": """
        SELECT c.claim_id::text FROM reopening_determinations c JOIN correction_proposals p USING (readjudication_id, number)
        LEFT JOIN receivables r USING (readjudication_id)
        WHERE (p.takes > 0 AND p.people < 2) OR p.takes <> coalesce(r.amount, 0)""",
    "a reopening that led to a determination is closed as corrected": """
        SELECT coalesce(j.claim_id, x.claim_id)::text
        FROM reopening_determinations c JOIN readjudications j USING (readjudication_id)
        FULL JOIN (SELECT * FROM reopenings_closed WHERE outcome = 'corrected') x
            ON (x.claim_id, x.reason, x.cause) = (j.claim_id, j.reason, j.cause)
        WHERE j.claim_id IS NULL OR x.claim_id IS NULL""",
    "an approved correction is by an accepted action": """
        SELECT a.action_id::text FROM correction_approvals a JOIN correction_actions c USING (action_id)
        WHERE c.accepted IS NOT TRUE""",
}
