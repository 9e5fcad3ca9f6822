"""Spans of requests, named by declared routes: because an address may hold any text. Without the extra `tracing` no spans are made.

A caller's span is linked and not the parent: any client could otherwise decide what is sampled.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, get_tracer
from starlette.types import Scope

from contracts.trace_context import TRACEPARENT, sender_span

_TRACER: Final = get_tracer("claimwright")
_HEADER: Final = TRACEPARENT.encode()


def answering(scope: Scope) -> AbstractContextManager[Span]:
    """Open a span for a request; workflow updates and outbox rows that it causes are child spans."""
    caller = sender_span(tuple((TRACEPARENT, value) for name, value in scope["headers"] if name == _HEADER))
    links = [] if caller is None else [Link(caller)]
    return _TRACER.start_as_current_span("request", kind=SpanKind.SERVER, links=links)


def answered(span: Span, method: str, route: str, status: int) -> None:
    """Name the span once the route is known; only our own errors mark it as failed."""
    span.update_name(f"{method} {route}")
    span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
