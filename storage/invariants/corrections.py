"""Invariants of replacements and voids, each a query that returns what breaks it; storage/invariants/ledger.py runs them.

Of a claim and its corrections one decision stands at most, and what was taken back pays and holds nothing.
"""

from __future__ import annotations

from typing import Final

CHAIN_QUERIES: Final = {
    "a superseded claim's last determination takes it back": """
        SELECT s.claim_id::text FROM supersessions s JOIN determination_lines l USING (claim_id)
        WHERE s.version IS NOT NULL
        AND l.version = (SELECT max(version) FROM determinations d WHERE d.claim_id = s.claim_id)
        AND l.disposition NOT IN ('reversed', 'withdrawn')""",
    "only a superseded claim or a void is taken back": """
        SELECT l.claim_id::text FROM determination_lines l
        LEFT JOIN supersessions s ON s.claim_id = l.claim_id AND s.version = l.version
        LEFT JOIN claim_chain k ON k.claim_id = l.claim_id AND k.frequency = '8'
        WHERE s.claim_id IS NULL AND (l.disposition = 'reversed' OR (l.disposition = 'withdrawn' AND k.claim_id IS NULL))""",
    "a reversal negates the version before it": """
        SELECT r.claim_id::text FROM determination_lines r
        LEFT JOIN determination_lines l ON l.claim_id = r.claim_id AND l.line = r.line AND l.version = r.version - 1
        WHERE r.disposition = 'reversed' AND (l.charge, l.paid) IS DISTINCT FROM (-r.charge, -r.paid)""",
    "a replacement is paid only when it took its original back": """
        SELECT l.claim_id::text FROM determination_lines l JOIN claim_chain k USING (claim_id)
        WHERE l.disposition = 'approved'
        AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.by_claim = l.claim_id AND s.version IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM supersessions s WHERE s.claim_id = l.claim_id AND s.version IS NOT NULL)""",
    "the lines of an earlier version are superseded": """
        SELECT l.claim_id::text FROM determination_lines l
        WHERE NOT l.superseded AND l.version < (SELECT max(version) FROM determinations d WHERE d.claim_id = l.claim_id)""",
    "a superseded claim holds no units": """
        SELECT s.claim_id::text FROM supersessions s JOIN authorization_uses u USING (claim_id)
        WHERE s.version IS NOT NULL AND u.released_at IS NULL""",
    "nothing is reserved by a claim that is decided": """
        SELECT s.claim_id::text FROM supersessions s JOIN determinations d ON d.claim_id = s.by_claim
        WHERE s.version IS NULL""",
}
