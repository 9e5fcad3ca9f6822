"""The committed histories, read only."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HISTORIES = Path(__file__).parents[2] / "replay" / "histories"
PATHS = sorted(HISTORIES.glob("*/*.json"))
IDS = [f"{path.parent.name}-{path.stem}" for path in PATHS]

CLOSED = {
    "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED",
    "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
    "EVENT_TYPE_WORKFLOW_EXECUTION_FAILED",
    "EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED",
    "EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT",
    "EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED",
}


def events(path: Path) -> list[dict[str, Any]]:
    """Return a history's events."""
    found: list[dict[str, Any]] = json.loads(path.read_text())["events"]
    return found


def is_open(path: Path) -> bool:
    """Return whether the execution was still running when it was captured."""
    return events(path)[-1]["eventType"] not in CLOSED


def payloads(value: Any) -> Iterator[Any]:
    """Yield every payload of a history, decoded."""
    if isinstance(value, dict):
        if "metadata" in value and "data" in value:
            yield json.loads(base64.b64decode(value["data"]))
        else:
            for inner in value.values():
                yield from payloads(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from payloads(inner)


def keys(value: Any) -> Iterator[str]:
    """Yield every key of a decoded payload, nested ones included."""
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)
