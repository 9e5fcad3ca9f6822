"""Logs that cannot carry member data: only allow-listed fields survive, and exceptions lose their texts.

Temporal, Faust, aiokafka and PostgreSQL log through the standard library; their records pass the same filter.
An exception's text may quote a row or a payload, so only class names and code positions are kept.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

import structlog

ALLOWED_FIELDS: Final = frozenset(
    {
        "event", "level", "timestamp", "logger", "process", "service", "pid", "port", "address", "path",
        "claim_id", "batch_id", "batches", "claims", "workflow_id", "task_queue", "round", "step", "state",
        "outcome", "refusal", "topic", "partition", "partitions", "shards", "offset", "group",
        "count", "entries", "messages", "attempt",
        "seconds", "delay_seconds", "error", "error_id", "where", "version", "content_hash", "in_flight", "reason", "codes",
        "person", "session",
    }
)  # fmt: skip
MAX_TEXT: Final = 400
_OURS: Final = tuple(f"{Path(__file__).parents[1] / package}{os.sep}" for package in ("workflows", "activities"))
"""The folder of our own code that logs through the standard library, as workflows must: ids, codes and class names only."""


def configure_logging(process: str, level: str, form: str) -> None:
    """Send every log line of this process through the redaction filter to standard error."""
    structlog.contextvars.bind_contextvars(process=process)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[describe_exception, redact, renderer],
        use_get_message=False,  # the template only: arguments of other libraries may quote payloads
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(fill_in_our_own)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("aiokafka", "faust", "mode", "temporalio", "kafka", "httpx"):
        logging.getLogger(chatty).setLevel(max(logging.getLevelName(level), logging.WARNING))


def fill_in_our_own(record: logging.LogRecord) -> bool:
    """Format our own log lines with their arguments; leave out the arguments of other libraries."""
    if record.args and record.pathname.startswith(_OURS):
        record.msg, record.args = record.getMessage(), ()
    return True


def describe_exception(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its class names and where it was raised."""
    info = event.pop("exc_info", None)
    record = event.get("_record")
    if info is None and record is not None:
        info = record.exc_info
        record.exc_info = record.exc_text = record.stack_info = None
    if info is True:
        info = sys.exc_info()
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is not None:
        event["error"] = error_chain(error)
        frames = traceback.extract_tb(error.__traceback__)
        event["where"] = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(frames[-3:]))
    return event


def error_chain(error: BaseException) -> str:
    """Class names of an exception and its causes, outermost first."""
    names: list[str] = []
    current: BaseException | None = error
    while current is not None and len(names) < 5:
        names.append(type(current).__qualname__)
        current = current.__cause__ or current.__context__
    return " < ".join(names)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep allow-listed fields, bound their length, and count the others that were dropped."""
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    kept = {name: bounded(value) for name, value in event.items() if name in ALLOWED_FIELDS}
    dropped = len(event) - len(kept)
    if dropped:
        kept["redacted"] = dropped
    return kept


def bounded(value: object) -> object:
    """Cut long texts; leave numbers and booleans as they are."""
    if isinstance(value, int | float | bool) or value is None:
        return value
    text = str(value)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "..."
