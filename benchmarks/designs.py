"""The designs under measurement: which processes each needs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

from runtime.settings import REPOSITORY

PEERS: Final = REPOSITORY / ".venv-peers" / "bin" / "python"
"""The interpreter of the peers, whose packages do not go together with the product's (requirements/peers.in)."""


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


def _peer(name: str) -> tuple[str, ...]:
    return (str(PEERS), "-m", "benchmarks.dbos_peer", name)


def designs(claims: int) -> tuple[Design, ...]:
    """Return the product and its baselines; slow baselines get fewer claims of the same kind."""
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
            "(b) two plain consumers, same core and SQL, no Temporal",
            {
                **publisher,
                "plain-consumer": _baseline("plain-consumer"),
                "second-plain-consumer": _baseline("second-plain-consumer"),
            },
            claims,
        ),
        Design(
            "local-per-claim",
            "(c) one workflow per claim, four local activities, eager start",
            {**publisher, "local-per-claim": _baseline("local-per-claim")},
            max(300, claims // 6),
        ),
    )


def peers(claims: int) -> tuple[Design, ...]:
    """Return designs of other engines of durable steps, which `make bench-peers` installs."""
    publisher = {"publisher": _product("publisher")}
    return (
        Design("dbos", "(d) DBOS, one workflow per batch", {**publisher, "dbos": _peer("dbos")}, claims),
        Design(
            "dbos-per-claim",
            "(e) DBOS, one workflow per claim",
            {**publisher, "dbos-per-claim": _peer("dbos-per-claim")},
            max(300, claims // 6),
        ),
    )


SERVERS: Final = ("postgres", "temporal", "kafka")
