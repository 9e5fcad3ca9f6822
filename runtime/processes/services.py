"""The processes of the pipeline, named with the module that holds each: a process imports what it runs and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from runtime.processes.lifecycle import Service
from runtime.processes.process_addresses import API, KAFKA, LOCAL_PROVIDER, POSTGRES, TEMPORAL


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A coroutine that runs until its process is asked to stop: where it is, what it does, and the servers it needs."""

    module: str
    function: str
    does: str
    needs: tuple[str, ...]

    def load(self) -> Service:
        """Import it."""
        return cast("Service", getattr(import_module(self.module), self.function))


SERVICES: Final[Mapping[str, ServiceEntry]] = {
    "worker": ServiceEntry(
        "runtime.processes.worker_service", "worker", "Run workflows and activities.", (POSTGRES, TEMPORAL)
    ),
    "intake": ServiceEntry(
        "runtime.processes.edge_services", "intake", "Take claims from Kafka.", (POSTGRES, TEMPORAL, KAFKA)
    ),
    "streams": ServiceEntry(
        "runtime.processes.edge_services",
        "feeds",
        "Project the feeds, and take appeals in.",
        (POSTGRES, TEMPORAL, KAFKA),
    ),
    "publisher": ServiceEntry(
        "runtime.processes.edge_services",
        "publisher",
        "Send the outbox to Kafka, and replays with it.",
        (POSTGRES, KAFKA),
    ),
    "reconciler": ServiceEntry(
        "runtime.reconciliation.service",
        "reconciler",
        "Start the workflows that open work of the ledger lacks.",
        (POSTGRES, TEMPORAL),
    ),
    LOCAL_PROVIDER: ServiceEntry(
        "deploy.local.identity.service", "identity", "Serve the local identity provider.", (POSTGRES,)
    ),
    API: ServiceEntry("runtime.console.service", "api", "Serve the console and its HTTP API.", (POSTGRES, TEMPORAL)),
}
"""By the name of their command; `claimwright up` keeps one of each running, in this order. The only list of processes."""
