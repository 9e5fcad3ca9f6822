"""The three designs under measurement: which processes each needs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Design:
    """A design: its processes with their command lines, and how many claims it adjudicates."""

    name: str
    label: str
    processes: dict[str, tuple[str, ...]]
    claims: int


def _product(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "cli.main", name)


def _baseline(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "benchmarks.services", name)


def designs(claims: int) -> tuple[Design, ...]:
    """Return the product and its baselines; the slow baseline gets fewer claims of the same kind."""
    publisher = {"publisher": _product("publisher")}
    return (
        Design(
            "claimwright",
            "Claimwright: group commit, local activities",
            {"worker": _product("worker"), **publisher, "intake": _product("intake")},
            claims,
        ),
        Design(
            "per-claim",
            "(a) one workflow per claim, four regular activities",
            {
                "per-claim-worker": _baseline("per-claim-worker"),
                **publisher,
                "per-claim-intake": _baseline("per-claim-intake"),
            },
            max(300, claims // 12),
        ),
        Design(
            "plain",
            "(b) plain consumer, same core and SQL, no Temporal",
            {**publisher, "plain-consumer": _baseline("plain-consumer")},
            claims,
        ),
    )


SERVERS: Final = ("postgres", "temporal", "kafka")
