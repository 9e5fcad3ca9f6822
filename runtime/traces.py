"""Sends traces if a setting names a collector; otherwise OpenTelemetry's SDK is not imported."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from runtime.settings import Settings

if TYPE_CHECKING:
    from temporalio.client import Interceptor

_FLUSH_SECONDS: Final = 3.0


def temporal_interceptors(settings: Settings) -> Sequence[Interceptor]:
    """Return the interceptor that makes spans of workflows and activities and carries the span of their start; nothing where traces are off."""
    if settings.traces_endpoint is None:
        return ()
    from temporalio.contrib.opentelemetry import TracingInterceptor  # noqa: PLC0415 - needs the extra `tracing`

    return (TracingInterceptor(),)


def start_traces(settings: Settings, process: str) -> Callable[[], None]:
    """Send the spans of this process from now on; return a function that sends the last of them and ends it."""
    if settings.traces_endpoint is None:
        return lambda: None
    from opentelemetry.trace import set_tracer_provider  # noqa: PLC0415 - as above

    from runtime.trace_export import provider  # noqa: PLC0415

    made = provider(settings.traces_endpoint, settings.traces_ratio, process)
    set_tracer_provider(made)
    return made.shutdown


async def end_traces(end: Callable[[], None]) -> None:
    """Send the remaining spans, but do not wait long for an unavailable collector."""
    try:
        async with asyncio.timeout(_FLUSH_SECONDS):
            await asyncio.to_thread(end)
    except TimeoutError:
        return
