"""The results of a run of feed events."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Applied:
    """`changed` rows. `conflicts`: places, within the run, of events whose version was stored before with other content."""

    changed: int
    conflicts: frozenset[int] = frozenset()
