"""Kafka topics and their partitions. Created by `claimwright up`, never by a consumer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CLAIMS_SUBMITTED: Final = "claims.submitted"
COVERAGE_CHANGED: Final = "coverage.changed"
AUTHORIZATIONS_CHANGED: Final = "authorizations.changed"
PROVIDERS_CHANGED: Final = "providers.changed"
CLAIMS_STATUS: Final = "claims.status"
DETERMINATIONS: Final = "determinations"
REVIEW_TASKS: Final = "review-tasks"
DEAD_LETTER: Final = "claims.dead-letter"
DOCUMENTS_RECEIVED: Final = "documents.received"
DOCUMENT_REQUESTS: Final = "document-requests"
APPEALS_FILED: Final = "appeals.filed"
APPEAL_TASKS: Final = "appeal-tasks"
AUDIT_HEADS: Final = "audit-heads"
LETTERS_READY: Final = "letters.ready"
LETTERS_SENT: Final = "letters.sent"
CLAIMS_X12: Final = "claims.x12"
CLAIMS_FHIR: Final = "claims.fhir"


LARGEST_INCOMING: Final = 1_048_576
"""The most bytes of one record that upstream may send, measured as its compressed batch."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its name, its partitions, the meaning of its key and its content. `forever`: its records are never removed."""

    name: str
    partitions: int
    key: str
    purpose: str
    incoming: bool
    forever: bool = False


TOPICS: Final = (
    Topic(CLAIMS_SUBMITTED, 6, "member reference", "claims from upstream claims systems", incoming=True),
    Topic(COVERAGE_CHANGED, 3, "member reference", "enrolment feed: a member's coverage spans", incoming=True),
    Topic(AUTHORIZATIONS_CHANGED, 3, "member reference", "prior-authorization feed", incoming=True),
    Topic(PROVIDERS_CHANGED, 3, "provider (NPI)", "roster feed: contracts and open investigations", incoming=True),
    Topic(DOCUMENTS_RECEIVED, 3, "claim control number", "documents and the facts read out of them", incoming=True),
    Topic(APPEALS_FILED, 3, "payer claim number or claim control number", "appeals of determinations", incoming=True),
    Topic(LETTERS_SENT, 3, "letter id", "proof of mailing of letters, or why one was not mailed", incoming=True),
    Topic(CLAIMS_STATUS, 6, "claim id", "one event per state change of a claim", incoming=False),
    Topic(DETERMINATIONS, 6, "claim id", "final decisions with reason codes and citations", incoming=False),
    Topic(REVIEW_TASKS, 3, "claim id", "claims that wait for a person or an event", incoming=False),
    Topic(APPEAL_TASKS, 3, "claim id", "appeals that wait for people", incoming=False),
    Topic(DOCUMENT_REQUESTS, 3, "claim id", "requests for named documents", incoming=False),
    Topic(LETTERS_READY, 3, "letter id", "letters to print and mail, by id and hash", incoming=False),
    Topic(AUDIT_HEADS, 1, "chain id", "where each chain of the audit trail ended", incoming=False, forever=True),
    Topic(DEAD_LETTER, 3, "source position", "events refused, with reason, original bytes and headers", incoming=False),
)
"""Topics that carry events today."""

RESERVED_TOPICS: Final = (
    Topic(CLAIMS_X12, 3, "submitter", "raw 837 interchanges", incoming=True),
    Topic(CLAIMS_FHIR, 3, "submitter", "raw FHIR claims", incoming=True),
)
"""Names that are taken and created, so that upstream can be wired before they carry events."""
