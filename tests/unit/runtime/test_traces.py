"""What a span may say outside of this process, and what is asked of whoever turns traces on."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from opentelemetry.util.types import AttributeValue
from pydantic import ValidationError

from runtime import settings_checks
from runtime.settings import Settings
from runtime.trace_export import WithoutTexts
from runtime.traces import temporal_interceptors


def test_neither_texts_of_errors_nor_attributes_that_are_not_listed_are_sent() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(WithoutTexts(kept)))
    attributes: dict[str, AttributeValue] = {"messaging.kafka.offset": 7, "db.statement": "SYN-SECRET"}
    with (
        pytest.raises(ValueError, match="SYN-SECRET"),
        provider.get_tracer("test").start_as_current_span("one", attributes=attributes),
    ):
        raise ValueError("Key (member_id)=(SYN-SECRET) exists")
    (span,) = kept.get_finished_spans()
    assert "SYN-SECRET" not in span.to_json()
    assert (span.status.status_code, dict(span.attributes or {})) == (StatusCode.ERROR, {"messaging.kafka.offset": 7})


def test_without_an_endpoint_nothing_is_intercepted() -> None:
    assert temporal_interceptors(Settings(_env_file=None)) == ()


def test_traces_without_the_extra_are_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_checks, "find_spec", lambda _name: None)
    with pytest.raises(ValidationError, match=r"install claimwright\[tracing\]"):
        Settings(_env_file=None, traces_endpoint="http://collector.example:4318/v1/traces")
