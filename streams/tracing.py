"""Spans of the Kafka edge: records that are taken together, and rows of the outbox that are sent. Without the extra `tracing` no spans are made.

A workflow adjudicates many claims, so the span that takes records belongs to no sender's trace: it links to the span that
each sender named. Names and attributes hold topics, positions and our own ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, get_tracer
from opentelemetry.util.types import AttributeValue

from adjudication.model.vocabulary import ClaimId
from contracts.claim_intake.registration import Batch
from contracts.records.decisions import OutboxEntry
from contracts.trace_context import below, sender_span, span_named, traceparent_of
from streams.kafka.records import Record

_TRACER: Final = get_tracer("claimwright")
_KAFKA: Final[dict[str, AttributeValue]] = {"messaging.system": "kafka"}


def taking(topic: str) -> AbstractContextManager[Span]:
    """Open a span for the work on records of a topic that are taken together."""
    attributes: dict[str, AttributeValue] = {
        **_KAFKA,
        "messaging.destination.name": topic,
        "messaging.operation.type": "process",
    }
    return _TRACER.start_as_current_span(f"process {topic}", kind=SpanKind.CONSUMER, attributes=attributes)


def link_senders(
    span: Span, records: Sequence[Record], claims: Iterable[tuple[str, ClaimId]] = (), batches: Iterable[Batch] = ()
) -> None:
    """Link to the span that each sender named, with the position of the record, its claim and the batch of the claim.

    `claims`: positions of records, each with the id of its claim.
    """
    if not span.is_recording():
        return
    span.set_attribute("messaging.batch.message_count", len(records))
    claim_at = dict(claims)
    batch_of = {claim: batch.batch_id for batch in batches for claim in batch.claim_ids}
    for record in records:
        sender = sender_span(record.headers)
        if sender is None:
            continue
        found = claim_at.get(record.position)
        attributes: dict[str, AttributeValue] = {
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
        }
        if found is not None:
            attributes["claimwright.claim_id"] = found
        if found in batch_of:
            attributes["claimwright.batch_id"] = batch_of[found]
        span.add_link(sender, attributes)


@contextmanager
def publishing(entries: Sequence[OutboxEntry]) -> Iterator[Mapping[str, str]]:
    """Open a span per sent row below the span that committed it; yield the header of each traced event by its id.

    If this process makes no spans, consumers receive the span that committed the row.
    """
    spans: list[Span] = []
    headers: dict[str, str] = {}
    for entry in entries:
        parent = span_named(entry.traceparent)
        if parent is None:
            continue
        span = _TRACER.start_span("publish events", below(parent), SpanKind.PRODUCER, _KAFKA)
        span.set_attribute("messaging.batch.message_count", len(entry.messages))
        spans.append(span)
        header = traceparent_of(span.get_span_context())
        if header is not None:
            headers |= dict.fromkeys((message.event_id for message in entry.messages), header)
    try:
        yield headers
    except BaseException:
        for span in spans:
            span.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        for span in spans:
            span.end()
