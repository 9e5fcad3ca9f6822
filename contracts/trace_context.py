"""Reads and writes the W3C header `traceparent`, which is kept in headers of records and in rows of the outbox.

Two ids and a flag cannot hold member data. The sender's `tracestate` and `baggage` could, so neither is read or passed on.
"""

from __future__ import annotations

import re
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    format_span_id,
    format_trace_id,
    get_current_span,
    set_span_in_context,
)

from contracts.events.headers import Headers

TRACEPARENT: Final = "traceparent"
_FORM: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_LONGEST: Final = 256


def current_traceparent() -> str | None:
    """Return the header for requests sent from here; None outside of a trace, as always where traces are off."""
    return traceparent_of(get_current_span().get_span_context())


def traceparent_of(span: SpanContext) -> str | None:
    """Return the header that names a span; None for the span of no trace."""
    if not span.is_valid:
        return None
    return f"00-{format_trace_id(span.trace_id)}-{format_span_id(span.span_id)}-{span.trace_flags:02x}"


def span_named(traceparent: str | None) -> SpanContext | None:
    """Return the span that a header names; None where there is no header or it is not as W3C Trace Context describes it."""
    if traceparent is None or len(traceparent) > _LONGEST:
        return None
    found = _FORM.fullmatch(traceparent)
    if found is None or traceparent.startswith("ff") or (traceparent.startswith("00") and found[4] is not None):
        return None
    span = SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True, trace_flags=TraceFlags(int(found[3], 16)))
    return span if span.is_valid else None


def sender_span(headers: Headers) -> SpanContext | None:
    """Return the span that a record's sender named; None where none is named, or two are."""
    named = [value for name, value in headers if name == TRACEPARENT and value is not None]
    return span_named(named[0].decode("ascii", "replace")) if len(named) == 1 else None


def below(span: SpanContext | None) -> Context | None:
    """Return the context in which a span is the parent; None for the current context."""
    return None if span is None else set_span_in_context(NonRecordingSpan(span), Context())
