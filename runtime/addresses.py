"""The addresses of the servers. They are chosen once and stored in stack.json, so that a restart keeps them."""

from __future__ import annotations

import json
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from runtime.errors import StackError

FILE = "stack.json"


@dataclass(frozen=True, slots=True)
class StackAddresses:
    """Addresses of Kafka and Temporal, as clients want them; each process has a DSN for PostgreSQL (database_access.py)."""

    kafka_bootstrap: str
    temporal_address: str
    temporal_namespace: str


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports of the local servers, and the password of PostgreSQL's administrator."""

    kafka: int
    kafka_controller: int
    temporal: int
    postgres: int
    postgres_password: str

    def addresses(self) -> StackAddresses:
        """Turn ports into addresses."""
        return StackAddresses(
            kafka_bootstrap=f"127.0.0.1:{self.kafka}",
            temporal_address=f"127.0.0.1:{self.temporal}",
            temporal_namespace="default",
        )

    def administrator_dsn(self, database: str = "postgres") -> str:
        """Return the DSN by which `up` creates roles and the database; no process uses it."""
        return f"postgresql://postgres:{self.postgres_password}@127.0.0.1:{self.postgres}/{database}"


def load_ports(state_dir: Path) -> Ports | None:
    """Read the ports of an earlier start, or None."""
    file = state_dir / FILE
    return Ports(**json.loads(file.read_text())) if file.exists() else None


def choose_ports(state_dir: Path) -> Ports:
    """Return the ports of an earlier start, or choose free ones and keep them."""
    known = load_ports(state_dir)
    if known:
        return known
    kafka, controller, temporal, postgres = _free_ports(4)
    ports = Ports(kafka, controller, temporal, postgres, secrets.token_urlsafe(18))
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = state_dir / FILE
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(ports), indent=2) + "\n")
    return ports


def read_addresses(
    state_dir: Path,
    *,
    kafka_bootstrap: str | None = None,
    temporal_address: str | None = None,
    temporal_namespace: str = "default",
) -> StackAddresses:
    """Return the given addresses, each missing one from the local stack.

    Raises StackError when one is missing and the local stack was never started.
    """
    if kafka_bootstrap and temporal_address:
        return StackAddresses(kafka_bootstrap, temporal_address, temporal_namespace)
    ports = load_ports(state_dir)
    if ports is None:
        raise StackError(
            "no server addresses: neither CLAIMWRIGHT_KAFKA_BOOTSTRAP and CLAIMWRIGHT_TEMPORAL_ADDRESS are both set "
            "nor was the local stack started. Run `claimwright up`."
        )
    local = ports.addresses()
    return StackAddresses(
        kafka_bootstrap or local.kafka_bootstrap,
        temporal_address or local.temporal_address,
        temporal_namespace,
    )


def _free_ports(count: int) -> list[int]:
    """Ask the system for free loopback ports, all held at once so that they differ.

    They are below the range of ports for outgoing connections, so that they are still free at a restart.
    """
    found: list[int] = []
    for _ in range(500):
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as probe:
            if port not in found and probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
        if len(found) == count:
            return found
    raise StackError("no free loopback ports between 10000 and 30000; stop other servers and try again")
