"""Sends spans by OTLP over HTTP, with the attributes that are listed here and no others.

Of an exception only the fact of an error is sent: its text, such as a database driver's, may hold member data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import AttributeValue

from runtime.version import version_of_package

_MOST_LINKS: Final = 1024
"""The most records that are taken together: four batches of at most 256 claims."""
ATTRIBUTES: Final = frozenset(
    {
        "messaging.system",
        "messaging.destination.name",
        "messaging.destination.partition.id",
        "messaging.operation.type",
        "messaging.batch.message_count",
        "messaging.kafka.offset",
        "claimwright.claim_id",
        "claimwright.batch_id",
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "temporalWorkflowID",
        "temporalRunID",
        "temporalActivityID",
        "temporalActivityType",
        "temporalUpdateID",
    }
)


class WithoutTexts(SpanExporter):
    """Leaves out attributes that are not listed, events, and the text of an error."""

    def __init__(self, exporter: SpanExporter) -> None:
        """Take the exporter that sends the remaining data."""
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans."""
        return self._exporter.export([_bare(span) for span in spans])

    def shutdown(self) -> None:
        """End."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send the remaining spans."""
        return self._exporter.force_flush(timeout_millis)


def provider(endpoint: str, ratio: float, process: str) -> TracerProvider:
    """Return the span processor of a process; a span of a trace begun elsewhere is sent when that trace is."""
    made = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        resource=Resource.create({"service.name": f"claimwright-{process}", "service.version": version_of_package()}),
        span_limits=SpanLimits(max_links=_MOST_LINKS),
    )
    made.add_span_processor(BatchSpanProcessor(WithoutTexts(OTLPSpanExporter(endpoint))))
    return made


def _bare(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_listed(span.attributes),
        links=[Link(link.context, _listed(link.attributes)) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _listed(attributes: Mapping[str, AttributeValue] | None) -> dict[str, AttributeValue]:
    return {name: value for name, value in (attributes or {}).items() if name in ATTRIBUTES}
