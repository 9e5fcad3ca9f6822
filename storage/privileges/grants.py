"""The tables that each role may read and write. docs/tables.md shows the same, and a test compares both with PostgreSQL's catalog.

A table that is missing here stops the migration: decide first which process writes it. A table is append-only for a role
that may insert and not update; a column named in `update` is one that a statement of that process really changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from storage.privileges.roles import DatabaseRole

INTAKE, STREAMS, WORKER = DatabaseRole.INTAKE, DatabaseRole.STREAMS, DatabaseRole.WORKER
PUBLISHER, CONSOLE, STAFFING = DatabaseRole.PUBLISHER, DatabaseRole.CONSOLE, DatabaseRole.STAFFING
RECONCILER = DatabaseRole.RECONCILER
IDENTITY, READER = DatabaseRole.IDENTITY, DatabaseRole.READER


@dataclass(frozen=True, slots=True)
class May:
    """A role's rights on the rows of a table besides reading them. `insert`: all columns, or only those named."""

    insert: bool | tuple[str, ...] = False
    update: tuple[str, ...] = ()
    delete: bool = False


APPENDS: Final = May(insert=True)
LOCKS: Final = May(update=("row_lock",))
"""PostgreSQL lets a role lock a row only where it may update a column of it. This column can only be empty."""


def changes(*columns: str) -> May:
    """Return the permission to change these columns of rows that another role wrote."""
    return May(update=columns)


def keeps(*columns: str, delete: bool = False) -> May:
    """Return the permission to insert rows and to change these columns of them."""
    return May(insert=True, update=columns, delete=delete)


_ANSWER: Final = ("accepted", "answered_at", "refusal_code", "refusal_kind", "refusal_words")
# Without `incomplete_because`, by which a migration marked signatures of an earlier version.
_SIGNED: Final = (
    "action_id",
    "appeal_action_id",
    "claim_id",
    "license",
    "licence_number",
    "licence_state",
    "rationale",
    "reviewer_id",
    "role",
    "signature_id",
    "signed_at",
)
_PLACE: Final = ("closed", "due_at", "forum", "gap_under", "level", "version")

WRITES: Final[Mapping[str, Mapping[DatabaseRole, May]]] = {
    "absences": {CONSOLE: keeps("withdrawn_at", "withdrawn_by")},
    "alembic_version": {},
    "appeal_actions": {CONSOLE: APPENDS, WORKER: changes(*_ANSWER, "signature_id")},
    "appeal_continuations": {STREAMS: APPENDS, WORKER: keeps("taken")},
    "appeal_decisions": {WORKER: APPENDS},
    "appeal_determinations": {WORKER: APPENDS},
    "appeal_filings": {STREAMS: APPENDS},
    "appeal_involved": {STREAMS: APPENDS, WORKER: APPENDS},
    "appeal_pends": {WORKER: keeps("closed_at")},
    "appeals": {
        STREAMS: keeps(*_PLACE),
        WORKER: changes(*_PLACE, "clinical", "lines", "opening", "path"),
    },
    "audit_heads": {
        role: keeps("hash", "number") for role in (CONSOLE, PUBLISHER, RECONCILER, STAFFING, STREAMS, WORKER)
    },
    "audit_heads_published": {PUBLISHER: keeps("number")},
    "audit_trail": dict.fromkeys((CONSOLE, PUBLISHER, RECONCILER, STAFFING, STREAMS, WORKER), APPENDS),
    "authorization_uses": {WORKER: keeps("chain", "part", "released_at", "service_date", "units")},
    "authorizations": {
        STREAMS: keeps("changed_at", "issued_on", "member_id", "patient", "plan_id", "services", "status", "version"),
        WORKER: LOCKS,
    },
    "batches": {INTAKE: keeps("started_at"), WORKER: changes("finished_at")},
    "broken_glass": {CONSOLE: keeps("acknowledged_at", "acknowledged_by")},
    "bulk_release_claims": {CONSOLE: APPENDS, WORKER: changes("asked_at", "result", "round", "skipped", "tried_at")},
    "bulk_releases": {
        CONSOLE: keeps("approved_at", "approved_by", "ended_at", "ended_by", "moved_at", "paused_because", "stage"),
        WORKER: changes("ended_at", "paused_because", "stage"),
    },
    "campaign_approvals": {CONSOLE: APPENDS},
    "campaign_claims": {WORKER: keeps("because", "done", "done_at")},
    "campaigns": {
        CONSOLE: keeps("ended_at", "moved_at", "stage"),
        WORKER: keeps(
            "claims",
            "digest",
            "ended_at",
            "judged_at",
            "lines",
            "moved_at",
            "policy_bundle",
            "position",
            "stage",
            "total",
        ),
    },
    "claim_comments": {CONSOLE: APPENDS},
    "claim_chain": {INTAKE: APPENDS},
    "claim_lines": {INTAKE: APPENDS},
    "claims": {INTAKE: APPENDS, STREAMS: LOCKS, WORKER: LOCKS},
    "clock_notices": {WORKER: APPENDS},
    "comment_mentions": {CONSOLE: keeps("read_at")},
    "conflicts": {INTAKE: APPENDS},
    "console_sessions": {CONSOLE: keeps("ended_at", "ended_why", "seen_at")},
    "correction_actions": {CONSOLE: APPENDS, WORKER: keeps(*_ANSWER)},
    "correction_approvals": {WORKER: APPENDS},
    "correction_proposals": {WORKER: APPENDS},
    "corrections": {WORKER: APPENDS},
    "coverage": {
        STREAMS: keeps(
            "birth_date",
            "changed_at",
            "determined_on",
            "ends",
            "member_id",
            "other_coverage",
            "patient",
            "plan_id",
            "reported_on",
            "starts",
            "version",
            "voided",
        )
    },
    "dead_letter_bulk_members": {CONSOLE: APPENDS, PUBLISHER: changes("taken_at")},
    "dead_letter_bulks": {
        CONSOLE: keeps("approved", "decided_as", "decided_at", "decided_by", "stopped_at"),
        PUBLISHER: LOCKS,
    },
    "dead_letter_replays": {CONSOLE: APPENDS, PUBLISHER: keeps("position", "sent_at")},
    "dead_letters": {
        INTAKE: APPENDS,
        STREAMS: APPENDS,
        CONSOLE: changes("closed_at", "closed_because", "closed_by", "closed_with", "replayed_at"),
        PUBLISHER: changes(
            "closed_at",
            "closed_because",
            "closed_by",
            "closed_with",
            "headers",
            "key",
            "removed_at",
            "replayed_at",
            "value",
        ),
    },
    "decisions_to_compare": {RECONCILER: May(delete=True), WORKER: May(insert=True, delete=True)},
    "determination_lines": {WORKER: APPENDS},
    "determinations": {WORKER: APPENDS},
    "document_requests": {WORKER: APPENDS, STREAMS: changes("answered_at")},
    "document_files": {CONSOLE: APPENDS},
    "documents": {STREAMS: APPENDS},
    "documents_closed": {CONSOLE: APPENDS},
    "earlier_feed_records": {STREAMS: APPENDS},
    "issued_letters": {CONSOLE: APPENDS, RECONCILER: APPENDS},
    "letter_mailings": {CONSOLE: keeps("latest"), RECONCILER: APPENDS, STREAMS: changes("open", "result")},
    "letter_prints": {CONSOLE: APPENDS},
    "letter_proofs": {STREAMS: APPENDS},
    "monitor_claims": {RECONCILER: APPENDS},
    "monitor_lines": {RECONCILER: APPENDS},
    "monitor_runs": {RECONCILER: keeps("claims", "differing", "lines", "position_at", "position_claim", "swept_at")},
    "monitor_stops": {CONSOLE: APPENDS},
    "monitors": {CONSOLE: APPENDS, RECONCILER: changes("looked_at", "trouble")},
    "notices_due": {
        RECONCILER: keeps("due_at", "issued_at", "letters", "rule", "sent_at", "stuck", "superseded", "tried_at")
    },
    "operations_minutes": {CONSOLE: keeps("count", delete=True)},
    "outbox": {
        INTAKE: APPENDS,
        STREAMS: APPENDS,
        WORKER: APPENDS,
        CONSOLE: APPENDS,
        RECONCILER: APPENDS,
        PUBLISHER: keeps("published_at", delete=True),
    },
    "outbox_digests": {PUBLISHER: APPENDS},
    "pends": {WORKER: keeps("closed_at", "read_at")},
    "people": {},
    "persons": {INTAKE: APPENDS},
    "policy_bundles": {WORKER: APPENDS},
    "policy_releases": {STAFFING: APPENDS},
    "policy_data_compared": {WORKER: APPENDS},
    "policy_reviews": {WORKER: APPENDS},
    "policy_traces": {WORKER: APPENDS},
    "process_reports": {
        role: keeps("paused", "ready", "retries", "says", "seen_at", "started_at", "version", delete=True)
        for role in (CONSOLE, INTAKE, PUBLISHER, RECONCILER, STREAMS, WORKER)
    },
    "providers": {STREAMS: keeps("address", "changed_at", "contracts", "investigations", "taxonomy", "version")},
    "published_before": {},
    "published_decisions": {},
    "published_rounds": {},
    "raised_reopenings": {CONSOLE: APPENDS},
    "readjudications": {WORKER: APPENDS},
    "receivables": {WORKER: APPENDS},
    "reconciliations": {RECONCILER: keeps("looked_at", "missing", "open", "since", "started", "started_ever")},
    "reopenings": {CONSOLE: APPENDS, RECONCILER: APPENDS, STREAMS: APPENDS, WORKER: APPENDS},
    "reopening_determinations": {WORKER: APPENDS},
    "reopenings_closed": {CONSOLE: APPENDS, WORKER: APPENDS},
    "review_actions": {CONSOLE: APPENDS, WORKER: changes(*_ANSWER)},
    "review_due": {
        WORKER: keeps(
            "codes",
            "due_at",
            "legal",
            "locator",
            "named",
            "owners",
            "rule",
            "source",
            "statutory_at",
            "statutory_rule",
            "statutory_stopped",
            "tolled",
            delete=True,
        )
    },
    "reviewer_facts": {WORKER: APPENDS},
    "reviewer_signatures": {WORKER: May(insert=_SIGNED)},
    "saved_views": {CONSOLE: keeps("query", "saved_at", "shared", delete=True)},
    "sent_back": {WORKER: APPENDS},
    "settlements": {WORKER: APPENDS},
    "sign_ins_pending": {CONSOLE: keeps("row_lock", delete=True)},
    "staff_change_rulings": {CONSOLE: APPENDS},
    "staff_changes": {CONSOLE: APPENDS},
    "supersessions": {WORKER: keeps("by_claim", "recorded_at", "version", delete=True)},
    "team_members": {CONSOLE: May(insert=True, delete=True)},
    "topic_identities": {role: keeps("recorded_at", "topic_id") for role in (INTAKE, STREAMS)},
    "topic_witnesses": {
        role: keeps("at", "at_offset", "digest", "recorded_at", delete=True) for role in (INTAKE, STREAMS)
    },
    "traces": {WORKER: APPENDS},
    "withheld_events": {PUBLISHER: APPENDS},
}
"""The roles that may change each table."""

_OF_THE_CONSOLE: Final = frozenset({"console_sessions", "sign_ins_pending"})
"""Read by the console alone: a reader of these rows could act as another person."""

EVERYTHING: Final = frozenset(WRITES) - _OF_THE_CONSOLE - {"alembic_version"}

READS: Final[Mapping[DatabaseRole, frozenset[str]]] = {
    INTAKE: frozenset(
        {
            "batches",
            "claim_chain",
            "claim_lines",
            "claims",
            "conflicts",
            "dead_letters",
            "outbox",
            "persons",
            "process_reports",
            "topic_identities",
            "topic_witnesses",
        }
    ),
    PUBLISHER: frozenset(
        {
            "audit_heads",
            "audit_heads_published",
            "audit_trail",
            "dead_letter_bulk_members",
            "dead_letter_bulks",
            "dead_letter_replays",
            "dead_letters",
            "outbox",
            "outbox_digests",
            "process_reports",
            "published_before",
            "published_decisions",
            "published_rounds",
            "withheld_events",
        }
    ),
    STREAMS: EVERYTHING,
    WORKER: EVERYTHING,
    RECONCILER: EVERYTHING,
    CONSOLE: EVERYTHING | _OF_THE_CONSOLE,
    READER: EVERYTHING,
    IDENTITY: frozenset({"people"}),
    STAFFING: frozenset({"audit_heads", "audit_trail", "people", "policy_releases"}),
}
"""The tables each role may read."""

RUNS: Final[Mapping[str, frozenset[DatabaseRole]]] = {
    "change_people": frozenset({STAFFING}),
    "apply_staff_change": frozenset({CONSOLE}),
    "suspend_person": frozenset({CONSOLE}),
}
"""The roles that may run the functions that act with the owner's rights."""
