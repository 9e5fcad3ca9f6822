"""Which `traceparent` is taken, by W3C Trace Context (level 1): https://www.w3.org/TR/trace-context/."""

from __future__ import annotations

import pytest

from contracts.trace_context import current_traceparent, sender_span, span_named, traceparent_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize("value", [SAMPLED, f"00-{TRACE}-{SPAN}-00"])
def test_what_is_read_is_written_as_it_came(value: str) -> None:
    span = span_named(value)
    assert span is not None
    assert traceparent_of(span) == value


def test_a_later_version_is_read_as_the_first() -> None:
    span = span_named(f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like")
    assert span is not None
    assert traceparent_of(span) == SAMPLED


@pytest.mark.parametrize(
    "value",
    [
        "",
        "00",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01\n",
        f"cc-{TRACE}-{SPAN}-01{'-x' * 200}",
    ],
)
def test_anything_else_names_no_span(value: str) -> None:
    assert span_named(value) is None


def test_a_record_names_a_span_by_one_header_of_that_name() -> None:
    named = ("traceparent", SAMPLED.encode())
    assert sender_span((("ce_id", b"1"), named)) == span_named(SAMPLED)
    assert sender_span((named, named)) is None
    assert sender_span((("traceparent", None),)) is None
    assert sender_span((("traceparent", b"\xff\xfe"),)) is None


def test_outside_of_a_trace_there_is_nothing_to_send_along() -> None:
    assert current_traceparent() is None
