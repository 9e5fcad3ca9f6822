"""Makes an event fit the record size of its topic by leaving out findings; findings that decide a line are left out last.

Only a claim of many hundred lines with many findings needs this; the event states how many findings it lacks. An
event that did not fit could never be sent, and would block the entries after it in the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from contracts.events.codec import canonical

LARGEST_EVENT: Final = 4_000_000
"""Bytes of an event; the topics take a little more, since a record has a key and headers."""

_Json = dict[str, Any]
_Keep = Callable[[Sequence[_Json]], list[_Json]]
_ADVERSE: Final = ("denies", "pends")


def fitted(event: _Json, largest: int = LARGEST_EVENT) -> bytes:
    """Return the event as bytes, with as many findings as fit."""
    value = canonical(event)
    for keep in (_adverse, _deciding):
        if len(value) <= largest:
            return value
        value = canonical({**event, "data": _with_fewer(event["data"], keep)})
    return value


def _with_fewer(data: _Json, keep: _Keep) -> _Json:
    before = _count(data)
    fewer = dict(data)
    if "findings" in data:
        fewer["findings"] = keep(data["findings"])
    if "lines" in data:
        fewer["lines"] = [{**line, "findings": keep(line["findings"])} for line in data["lines"]]
    return {**fewer, "findings_left_out": before - _count(fewer)}


def _count(data: _Json) -> int:
    return len(data.get("findings", ())) + sum(len(line["findings"]) for line in data.get("lines", ()))


def _adverse(findings: Sequence[_Json]) -> list[_Json]:
    """Keep the findings that deny or pend."""
    return [finding for finding in findings if finding["verdict"] in _ADVERSE]


def _deciding(findings: Sequence[_Json]) -> list[_Json]:
    """Keep the first adverse finding per line and pend code."""
    first: dict[tuple[Any, Any], _Json] = {}
    for finding in _adverse(findings):
        first.setdefault((finding.get("line"), finding.get("pend")), finding)
    return list(first.values())
