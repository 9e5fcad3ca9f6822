"""A ledger of many claims for the console's benchmark: a few adjudicated by the product, then multiplied by SQL.

The copies have everything that a screen reads: lines, determinations with their events, pends, both kinds of trace,
requests for documents. Only ids, control numbers, members and times differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.load import coverage_events, straight_through_claims
from benchmarks.services import publication_step
from contracts.claim_intake.registration import BatchLimits, RegistrationRequest, Submission
from contracts.events.feeds import CoverageChanged
from contracts.ids import name_based
from contracts.workflow_messages.claims import ClaimBatch
from runtime import wiring
from runtime.settings import Settings
from storage.claims.registration import PostgresLedger
from storage.feeds.projections import PostgresFeeds
from streams.intake.decode import decode_submission
from streams.kafka.records import Record

TEMPLATES: Final = 40
WAITING_EVERY: Final = 20
"""One claim in this many is pended for people."""

_SPREAD: Final = """
    CREATE TEMPORARY TABLE copies AS
    SELECT t.claim_id AS source, gen_random_uuid() AS claim_id, n AS number,
           -- the last hour holds a tenth of all claims, the rest goes back thirty days
           now() - CASE WHEN n % 10 = 0 THEN interval '1 hour' * (n::float / :claims)
                        ELSE interval '30 days' * (n::float / :claims) END - t.received_at AS later
    FROM generate_series(1, :claims) AS n
    JOIN (SELECT claim_id, received_at, row_number() OVER (ORDER BY sequence) - 1 AS place FROM claims) t
      ON t.place = n % :templates;
    CREATE UNIQUE INDEX ON copies (claim_id);
"""
_COPIES: Final = (
    """INSERT INTO batches (batch_id, size, registered_at, started_at, finished_at)
       SELECT 'copy-' || number / 128, count(*), now(), now(), now() FROM copies GROUP BY number / 128""",
    """INSERT INTO persons (member_id, birth_date, first_name)
       SELECT 'SYN-C-' || k.number, p.birth_date, p.first_name
       FROM copies k JOIN claims c ON c.claim_id = k.source JOIN persons p USING (person_id)""",
    """INSERT INTO claims (claim_id, submitter, control_number, revision, payer_claim_number, payload_hash, payload,
                           member_id, event_id, position, received_at, batch_id, registered_at, person_id,
                           patient)
       SELECT k.claim_id, submitter, 'C-' || k.number, revision, 'P' || k.number, payload_hash, jsonb_set(
              jsonb_set(payload::jsonb, '{claim_control_number}', to_jsonb('C-' || k.number)),
              '{member,member_id}', to_jsonb('SYN-C-' || k.number))::json,
              'SYN-C-' || k.number, event_id, position, received_at + later, 'copy-' || k.number / 128, received_at + later, p.person_id,
              jsonb_set(patient::jsonb, '{member_id}', to_jsonb('SYN-C-' || k.number))::json
       FROM copies k JOIN claims c ON c.claim_id = k.source JOIN persons p ON p.member_id = 'SYN-C-' || k.number ORDER BY received_at + later""",
    """INSERT INTO claim_lines SELECT k.claim_id, line, 'SYN-C-' || number, form, billing_npi, code, modifiers, units,
              charge, service_date FROM copies k JOIN claim_lines l ON l.claim_id = k.source""",
    """INSERT INTO determinations (claim_id, version, decided_at, policy_bundle, charge, paid, event_id, event)
       SELECT k.claim_id, version, decided_at + later, policy_bundle, charge, paid, event_id || '-' || number, event
       FROM copies k JOIN determinations d ON d.claim_id = k.source ORDER BY decided_at + later""",
    """INSERT INTO determination_lines (claim_id, version, line, member_id, code, service_date, disposition, reason,
              group_code, carc, rarcs, charge, paid, clinical, person_id)
       SELECT k.claim_id, version, line, 'SYN-C-' || number, code, service_date, disposition, reason, group_code, carc,
              rarcs, charge, paid, clinical, (SELECT person_id FROM claims c WHERE c.claim_id = k.claim_id)
       FROM copies k JOIN determination_lines l ON l.claim_id = k.source""",
    """INSERT INTO pends (claim_id, round, code, line, outcome, owner, priority, due_at, opened_at)
       SELECT k.claim_id, round, code, line, outcome, owner, priority, due_at + later, opened_at + later
       FROM copies k JOIN pends p ON p.claim_id = k.source ORDER BY opened_at + later""",
    """INSERT INTO review_due (claim_id, due_at, rule, legal, tolled, statutory_at, statutory_rule, received_at, billed,
                               served_from, served_to, codes, owners, named, words)
       SELECT k.claim_id, r.due_at + later, rule, legal, tolled, r.statutory_at + later, statutory_rule,
              r.received_at + later, billed + k.number % 1000, served_from, served_to, codes, owners, named,
              'c-' || k.number || ' p' || k.number || ' ' || words
       FROM copies k JOIN review_due r ON r.claim_id = k.source""",
    """INSERT INTO traces SELECT k.claim_id, round, policy_bundle, findings, recorded_at + later
       FROM copies k JOIN traces t ON t.claim_id = k.source""",
    """INSERT INTO policy_traces SELECT k.claim_id, round, policy_bundle, lines, evidence
       FROM copies k JOIN policy_traces t ON t.claim_id = k.source""",
    """INSERT INTO document_requests (claim_id, kind, asked_at, due_at)
       SELECT k.claim_id, kind, asked_at + later, due_at + later
       FROM copies k JOIN document_requests r ON r.claim_id = k.source""",
    """INSERT INTO letter_mailings (letter_id, attempt, claim_id, kind, audience, step, digest, batch, queued_at, queued_by,
              open, result)
       SELECT k.claim_id, 1, k.claim_id, 'administrative-denial', 'member', 'version 1', sha256(k.claim_id::text::bytea),
              to_char(now() + later, 'YYYY-MM-DD') || '-member', now() - interval '1 day' * (k.number % 30), 'claimwright',
              {open}, CASE WHEN NOT {open} THEN 'sent' WHEN k.number % 7 = 0 THEN 'failed' END
       FROM copies k""",
    """INSERT INTO letter_proofs (letter_id, version, digest, result, at, carrier, reference, reason)
       SELECT letter_id, 1, digest, result, queued_at, 'Synthetic Carrier', 'SYN', CASE result WHEN 'failed' THEN 'no such place' END
       FROM letter_mailings WHERE result IS NOT NULL""",
    """INSERT INTO notices_due (claim_id, version, decided_at, due_at, rule, issued_at, letters, sent_at)
       SELECT k.claim_id, d.version, d.decided_at, d.decided_at + interval '30 days', 'synthetic', d.decided_at, ARRAY[k.claim_id],
              CASE WHEN NOT {open} THEN d.decided_at END
       FROM copies k JOIN determinations d ON d.claim_id = k.claim_id AND d.version = 1""",
)
"""Statements that multiply the templates; {open} becomes the condition of a letter that the mail house has not confirmed."""


async def fill(engine: AsyncEngine, settings: Settings, claims: int, open_letters_every: int = 50) -> None:
    """Fill an empty ledger with so many claims, each with a letter; one in WAITING_EVERY waits, one letter in so many is open."""
    await _adjudicate_templates(engine, settings)
    async with engine.begin() as connection:
        create, index = (part for part in _SPREAD.split(";") if part.strip())
        await connection.execute(text(create), {"claims": claims, "templates": TEMPLATES})
        await connection.execute(text(index))
        for statement in _COPIES:
            await connection.execute(text(statement.replace("{open}", f"(k.number % {open_letters_every} = 0)")))
    async with engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("VACUUM ANALYZE"))


async def _adjudicate_templates(engine: AsyncEngine, settings: Settings) -> None:
    """Have the product's own steps decide a few claims, so that the copies equal its own rows."""
    spans = [CoverageChanged.model_validate_json(value).data for _, value in coverage_events(TEMPLATES)]
    await PostgresFeeds(engine).apply_coverage(spans)
    request = RegistrationRequest(tuple(_submissions()), ())
    registered = await PostgresLedger(engine).register(request, BatchLimits(claims=TEMPLATES))
    step = publication_step(engine, settings)
    for batch in registered.batches:
        await step.publish(ClaimBatch(batch.batch_id, list(batch.claim_ids)))


def _submissions() -> Iterator[Submission]:
    for number, (key, value) in enumerate(straight_through_claims(TEMPLATES, 1, TEMPLATES)):
        waits = number % WAITING_EVERY == WAITING_EVERY - 1
        sent = _without_its_record(value) if waits else value
        decoded = decode_submission(Record("bench", 0, number, wiring.now(), key.encode(), sent))
        if not isinstance(decoded, Submission):
            raise TypeError(f"a claim of the benchmark was refused: {decoded.refusal}")
        yield decoded


def _without_its_record(value: bytes) -> bytes:
    """The same claim without the facts of the visit: it pends for documents."""
    event = orjson.loads(value)
    del event["data"]["supporting_information"]
    event["id"] = name_based(event["id"])
    return orjson.dumps(event)
