"""The processes of the pipeline, named with the module that holds each: a process imports only its own code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from runtime.processes.lifecycle import Service
from runtime.processes.process_addresses import API, KAFKA, LOCAL_PROVIDER, POSTGRES, TEMPORAL
from storage.privileges.roles import DatabaseRole


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A coroutine that runs until its process is asked to stop: where it is, what it does, and the servers it needs."""

    module: str
    function: str
    does: str
    needs: tuple[str, ...]
    role: DatabaseRole | None = None
    """The role in which it reports its state to the ledger; None: the local identity provider, which does not."""

    def load(self) -> Service:
        """Import it."""
        return cast("Service", getattr(import_module(self.module), self.function))


SERVICES: Final[Mapping[str, ServiceEntry]] = {
    "worker": ServiceEntry(
        "runtime.processes.worker_service",
        "worker",
        "Run workflows and activities.",
        (POSTGRES, TEMPORAL),
        DatabaseRole.WORKER,
    ),
    "intake": ServiceEntry(
        "runtime.processes.edge_services",
        "intake",
        "Register claims from Kafka and start their batches.",
        (POSTGRES, TEMPORAL, KAFKA),
        DatabaseRole.INTAKE,
    ),
    "streams": ServiceEntry(
        "runtime.processes.edge_services",
        "feeds",
        "Store the feeds (coverage, authorizations, providers, documents) and received appeals.",
        (POSTGRES, TEMPORAL, KAFKA),
        DatabaseRole.STREAMS,
    ),
    "publisher": ServiceEntry(
        "runtime.processes.edge_services",
        "publisher",
        "Publish the outbox and replayed dead letters to Kafka.",
        (POSTGRES, KAFKA),
        DatabaseRole.PUBLISHER,
    ),
    "reconciler": ServiceEntry(
        "runtime.reconciliation.service",
        "reconciler",
        "Start missing workflows for open work in the ledger.",
        (POSTGRES, TEMPORAL),
        DatabaseRole.RECONCILER,
    ),
    LOCAL_PROVIDER: ServiceEntry(
        "deploy.local.identity.service", "identity", "Serve the local identity provider.", (POSTGRES,)
    ),
    API: ServiceEntry(
        "runtime.console.service",
        "api",
        "Serve the console and its HTTP API.",
        (POSTGRES, TEMPORAL),
        DatabaseRole.CONSOLE,
    ),
}
"""By the name of their command; `claimwright up` keeps one of each running, in this order. The only list of processes."""
