"""Selects the pended claims of a bulk retry, with their charges and assignments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.review.bulk_retry import Selection
from adjudication.review.case import ASSIGNED_FOR, Case, fold
from contracts.records.bulk_retries import Chosen, DryRun, Share
from storage.review.actions import done_of, subject_of

SAMPLE: Final = 10
"""Claims shown by a dry run: the first due ones."""

REHEARSED: Final = 50
"""Maximum claims in a dry run of the adjudication steps."""

# A pend of the whole claim (line 0) matches by any line; a line's pend by that line only. Charges and plans
# are read for all chosen claims together, and each claim's findings are parsed once.
_CHOSEN: Final = text("""
    WITH chosen AS (
        SELECT p.claim_id, min(p.due_at) AS due_at, array_agg(DISTINCT p.code) AS codes
        FROM pends p
        WHERE p.closed_at IS NULL AND p.code = ANY(CAST(:codes AS text[]))
          AND (CAST(:only AS uuid[]) IS NULL OR p.claim_id = ANY(CAST(:only AS uuid[])))
          AND ((CAST(:served_from AS date) IS NULL AND CAST(:served_to AS date) IS NULL) OR EXISTS (
              SELECT 1 FROM claim_lines l WHERE l.claim_id = p.claim_id AND p.line IN (0, l.line)
              AND l.service_date BETWEEN coalesce(CAST(:served_from AS date), '-infinity')
                                     AND coalesce(CAST(:served_to AS date), 'infinity')))
          AND (CAST(:plan AS text) IS NULL OR EXISTS (
              SELECT 1 FROM traces t, json_array_elements(t.findings) f
              WHERE t.claim_id = p.claim_id
                AND t.round = (SELECT max(m.round) FROM traces m WHERE m.claim_id = p.claim_id)
                AND t.told ? CAST(:plan AS text)
                AND plan_of_finding(f::jsonb) = :plan
                AND (p.line = 0 OR f->>'line' IS NULL OR CAST(f->>'line' AS integer) = p.line)))
          AND (CAST(:policy AS text) IS NULL OR EXISTS (
              SELECT 1 FROM policy_traces t, json_array_elements(t.lines) l, json_array_elements(l->'legs') g
              WHERE t.claim_id = p.claim_id
                AND t.round = (SELECT max(m.round) FROM policy_traces m WHERE m.claim_id = p.claim_id)
                AND g->>'policy' = :policy AND (CAST(:version AS text) IS NULL OR g->>'version' = :version)
                AND p.line IN (0, CAST(l->>'line' AS integer))))
        GROUP BY p.claim_id
        HAVING CAST(:due_before AS timestamptz) IS NULL OR min(p.due_at) < CAST(:due_before AS timestamptz)
        ORDER BY 2, 1 LIMIT :most
    ),
    billed AS (SELECT l.claim_id, sum(l.charge) AS billed FROM chosen JOIN claim_lines l USING (claim_id) GROUP BY 1),
    last AS (SELECT t.claim_id, max(t.round) AS round FROM chosen JOIN traces t USING (claim_id) GROUP BY 1)
    SELECT h.claim_id::text, h.due_at, h.codes, c.received_at, coalesce(b.billed, 0) AS billed,
           ARRAY(SELECT plan_of_finding(f::jsonb) FROM json_array_elements(t.findings) f
                 WHERE plan_of_finding(f::jsonb) IS NOT NULL) AS plans
    FROM chosen h JOIN claims c USING (claim_id) LEFT JOIN billed b USING (claim_id)
    LEFT JOIN (last JOIN traces t USING (claim_id, round)) USING (claim_id)
    ORDER BY h.due_at, h.claim_id
""")
_IN_HANDS: Final = text("""
    SELECT substr(a.subject, 7) AS claim, a.content::text, a.person_id, a.role, a.at FROM audit_trail a
    WHERE a.subject IN (SELECT DISTINCT r.subject FROM audit_trail r
                        WHERE r.subject = ANY(CAST(:subjects AS text[])) AND r.at > :since)
    ORDER BY a.subject, a.number
""")


async def choose(
    connection: AsyncConnection,
    selection: Selection,
    at: datetime,
    most: int,
    only: Sequence[ClaimId] | None = None,
) -> list[Chosen]:
    """Return the claims that match a selection now, first due first, with assigned ones marked; at most `most` + 1.

    `only`: restricts the query to these claims.
    """
    values: dict[str, Any] = {
        "codes": sorted(selection.codes),
        "policy": selection.policy,
        "version": selection.version,
        "plan": selection.plan,
        "served_from": selection.served_from,
        "served_to": selection.served_to,
        "due_before": selection.due_before,
        "only": None if only is None else list(only),
        "most": most + 1,
    }
    rows = (await connection.execute(_CHOSEN, values)).all()
    held = await in_hands(connection, [ClaimId(row.claim_id) for row in rows], at)
    return [
        Chosen(
            claim_id=ClaimId(row.claim_id),
            billed=row.billed,
            received_at=row.received_at,
            due_at=row.due_at,
            codes=tuple(row.codes),
            plans=tuple(PlanId(plan) for plan in sorted(set(row.plans or ()))),
            held=row.claim_id in held,
        )
        for row in rows
    ]


async def in_hands(connection: AsyncConnection, claim_ids: Sequence[ClaimId], at: datetime) -> frozenset[ClaimId]:
    """Return the claims assigned to a reviewer; only actions younger than an assignment count."""
    if not claim_ids:
        return frozenset()
    values = {"subjects": [subject_of(claim) for claim in claim_ids], "since": at - ASSIGNED_FOR}
    cases: dict[ClaimId, Case] = {}
    for row in (await connection.execute(_IN_HANDS, values)).all():
        claim = ClaimId(row.claim)
        cases[claim] = fold(cases.get(claim, Case(())), [done_of(row)])
    return frozenset(c for c, case in cases.items() if case.assignment is not None and not case.assignment.over(at))


def without_held(chosen: Iterable[Chosen], selection: Selection) -> list[Chosen]:
    """Leave out assigned claims unless the selection includes them."""
    return [one for one in chosen if selection.held_too or not one.held]


def summed(chosen: Sequence[Chosen], selection: Selection) -> DryRun:
    """Count and sum the chosen claims."""
    kept = without_held(chosen, selection)
    return DryRun(
        claims=len(kept),
        billed=total(kept),
        held=sum(one.held for one in chosen),
        oldest_received_at=min((one.received_at for one in kept), default=None),
        first_due_at=min((one.due_at for one in kept), default=None),
        by_plan=_shares((plan, one) for one in kept for plan in one.plans or (PlanId(""),)),
        by_code=_shares((code, one) for one in kept for code in one.codes),
        sample=tuple(kept[:SAMPLE]),
        to_rehearse=tuple(one.claim_id for one in kept[:: max(1, -(-len(kept) // REHEARSED))]),
    )


def total(chosen: Iterable[Chosen]) -> Decimal:
    """Sum the claims' charges."""
    return sum((one.billed for one in chosen), Decimal(0))


def _shares(named: Iterable[tuple[str, Chosen]]) -> tuple[Share, ...]:
    counts: dict[str, tuple[int, Decimal]] = {}
    for name, one in named:
        claims, billed = counts.get(name, (0, Decimal(0)))
        counts[name] = claims + 1, billed + one.billed
    shares = (Share(name, claims, billed) for name, (claims, billed) in counts.items())
    return tuple(sorted(shares, key=lambda share: (-share.claims, share.name)))
