"""Requests in traces: by their declared routes, next to the caller's span, and without anything that an address or a body may hold."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

from adjudication.model.vocabulary import ClaimId
from console.access import request_spans
from runtime.trace_export import WithoutTexts
from tests.builders.console.office import Office
from tests.builders.ledger.submissions import MEMBER

pytestmark = pytest.mark.servers
CALLER = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
"""The example of W3C Trace Context."""


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What leaves the process where traces are on."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(WithoutTexts(exporter)))
    monkeypatch.setattr(request_spans, "_TRACER", provider.get_tracer("claimwright"))
    return exporter


def described(spans: Sequence[ReadableSpan]) -> list[tuple[str, object]]:
    return [(span.name, (span.attributes or {})["http.response.status_code"]) for span in spans]


async def test_a_request_is_a_span_by_its_route_and_holds_nothing_of_its_address_or_headers(
    office: Office, study: ClaimId, kept: InMemorySpanExporter
) -> None:
    headers = {
        "traceparent": f"00-{CALLER[0]}-{CALLER[1]}-01",
        "baggage": f"member={MEMBER}",
        "tracestate": "a=Synthberg",
    }
    await office.call("GET", f"/api/tasks/{study}?member={MEMBER}", "NURSE", headers=headers)
    await office.call("GET", f"/members/{MEMBER}/Synthberg")
    await office.call("SYNTHBERG", "/api/tasks", "NURSE")
    spans = kept.get_finished_spans()
    assert described(spans) == [
        ("GET /api/tasks/{claim_id}", 200),
        ("GET (no route)", 404),
        ("other /api/tasks", 405),
    ]
    exported = "".join(span.to_json() for span in spans)
    assert [word for word in (str(study), MEMBER, "Synthberg", "SYNTHBERG") if word in exported] == []
    assert {span.kind for span in spans} == {SpanKind.SERVER}


async def test_a_caller_is_linked_and_does_not_decide_what_is_sampled(
    office: Office, kept: InMemorySpanExporter
) -> None:
    await office.call("GET", "/healthz", headers={"traceparent": f"00-{CALLER[0]}-{CALLER[1]}-01"})
    await office.call("GET", "/healthz", headers={"traceparent": "00-of-another-form"})
    linked, alone = kept.get_finished_spans()
    assert (linked.parent, alone.parent, alone.links) == (None, None, ())
    [link] = linked.links
    assert (format_trace_id(link.context.trace_id), format_span_id(link.context.span_id)) == CALLER
    assert linked.status.status_code is StatusCode.UNSET
