"""The AsyncAPI 3 document, generated from contracts/ so that it cannot disagree with the code.

`python -m tools.asyncapi` writes docs/asyncapi.json; `--check` fails when the committed file has drifted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

import orjson
from pydantic.json_schema import models_json_schema

from contracts.events import topics
from contracts.events.appeal_changes import AppealTaskChanged
from contracts.events.appeals import AppealFiled, AppealTaskOpened
from contracts.events.audit_heads import AuditHeadPublished
from contracts.events.claims import ClaimSubmitted
from contracts.events.dead_letters import DeadLettered
from contracts.events.deadline_notices import DeadlineNoticed
from contracts.events.determinations import ClaimDetermined
from contracts.events.document_requests import DocumentsRequested
from contracts.events.documents import DocumentReceived
from contracts.events.envelope import CloudEvent
from contracts.events.feeds import AuthorizationChanged, CoverageChanged, ProviderChanged
from contracts.events.letters import LetterReady, LetterSent
from contracts.events.reopenings import ReopeningRaised
from contracts.events.review_tasks import PolicyReviewDue, ReviewTaskOpened
from contracts.events.status import ClaimStatus
from runtime.settings import REPOSITORY

DOCUMENT: Final = REPOSITORY / "docs" / "asyncapi.json"
EVENTS: Final[dict[str, tuple[type[CloudEvent], ...]]] = {
    topics.CLAIMS_SUBMITTED: (ClaimSubmitted,),
    topics.COVERAGE_CHANGED: (CoverageChanged,),
    topics.AUTHORIZATIONS_CHANGED: (AuthorizationChanged,),
    topics.PROVIDERS_CHANGED: (ProviderChanged,),
    topics.DOCUMENTS_RECEIVED: (DocumentReceived,),
    topics.APPEALS_FILED: (AppealFiled,),
    topics.LETTERS_SENT: (LetterSent,),
    topics.CLAIMS_STATUS: (ClaimStatus,),
    topics.DETERMINATIONS: (ClaimDetermined,),
    topics.REVIEW_TASKS: (ReviewTaskOpened, PolicyReviewDue, DeadlineNoticed, ReopeningRaised),
    topics.APPEAL_TASKS: (AppealTaskOpened, AppealTaskChanged),
    topics.DOCUMENT_REQUESTS: (DocumentsRequested,),
    topics.LETTERS_READY: (LetterReady,),
    topics.AUDIT_HEADS: (AuditHeadPublished,),
    topics.DEAD_LETTER: (DeadLettered,),
}


def generate() -> bytes:
    """Build the document from the models and the topic list."""
    _, definitions = models_json_schema(
        [(model, "validation") for model in _models()], ref_template="#/components/schemas/{model}"
    )
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Claimwright events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in structured JSON mode. Every event type ends in its version; "
            "a new shape is a new version. Deliveries are at least once; ids are deterministic, so deduplicate by id. "
            "The header `traceparent` (W3C Trace Context) of a record is read, and sent where traces are on; no other header is needed. "
            "Dates are ISO 8601 calendar dates (2025-11-03). Times are RFC 3339 with an offset from -12:00 to +14:00, "
            "1990-2200, without leap seconds. Numbers are plain decimals in ASCII digits: no exponent, separator, blank, "
            "sign of plus, leading zero or minus zero. Identifiers and codes are ASCII. Anything else is dead-lettered.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {_name(topic.name): _channel(topic) for topic in topics.TOPICS},
        "operations": {_name(topic.name): _operation(topic) for topic in topics.TOPICS},
        "components": {
            "messages": {model.__name__: _message(model) for model in _models()},
            "schemas": definitions["$defs"],
        },
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def _models() -> Iterator[type[CloudEvent]]:
    for models in EVENTS.values():
        yield from models


def _name(topic: str) -> str:
    return topic.replace(".", "-")


def _channel(topic: topics.Topic) -> dict[str, Any]:
    names = [model.__name__ for model in EVENTS[topic.name]]
    return {
        "address": topic.name,
        "description": f"{topic.purpose}; key: {topic.key}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": {"partitions": topic.partitions, "key": {"type": "string"}}},
    }


def _operation(topic: topics.Topic) -> dict[str, Any]:
    return {
        "action": "receive" if topic.incoming else "send",
        "channel": {"$ref": f"#/channels/{_name(topic.name)}"},
    }


def _message(model: type[CloudEvent]) -> dict[str, Any]:
    return {
        "name": model.model_fields["type"].default,
        "summary": (model.__doc__ or "").strip(),
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
    }


def main(arguments: list[str]) -> int:
    """Write the document, or with `--check` compare it."""
    wanted = generate()
    if "--check" not in arguments:
        DOCUMENT.write_bytes(wanted)
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_bytes() == wanted:
        return 0
    sys.stderr.write("docs/asyncapi.json differs from contracts/; run `make fix` and commit the result\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
