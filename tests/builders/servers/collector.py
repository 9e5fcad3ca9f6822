"""A collector of traces: takes OTLP over HTTP in the test's own process, and keeps the spans."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Seen:
    """A span as it came; ids in hexadecimal, `links`: trace and span that each names, with its attributes."""

    service: str
    name: str
    trace: str
    span: str
    parent: str
    attributes: dict[str, str]
    links: tuple[tuple[str, str, dict[str, str]], ...]
    events: int
    failed: bool
    error: str


class Collector:
    """What came so far."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.spans: list[Seen] = []
        self.raw = b""

    def of_trace(self, trace: str) -> list[Seen]:
        return [span for span in self.spans if span.trace == trace]

    def take(self, body: bytes) -> None:
        """Keep what one request carried."""
        self.raw += body
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            service = _texts(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.spans += [_seen(service, span) for span in scope.spans]


@contextmanager
def running_collector() -> Iterator[Collector]:
    """Listen on loopback until the block ends."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.endpoint = f"http://127.0.0.1:{server.server_port}/v1/traces"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()


def _seen(service: str, span: Span) -> Seen:
    links = tuple((link.trace_id.hex(), link.span_id.hex(), _texts(link.attributes)) for link in span.links)
    return Seen(
        service,
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        _texts(span.attributes),
        links,
        len(span.events),
        span.status.code == span.status.STATUS_CODE_ERROR,
        span.status.message,
    )


def _texts(attributes: Iterable[KeyValue]) -> dict[str, str]:
    return {each.key: each.value.string_value or str(each.value.int_value) for each in attributes}
