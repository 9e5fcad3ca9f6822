"""The processes of the pipeline, named with the module that holds each: a process imports what it runs and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from runtime.processes.lifecycle import Service
from runtime.processes.process_addresses import API, LOCAL_PROVIDER


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A coroutine that runs until its process is asked to stop: where it is, and what it does."""

    module: str
    function: str
    does: str

    def load(self) -> Service:
        """Import it."""
        return cast("Service", getattr(import_module(self.module), self.function))


SERVICES: Final[Mapping[str, ServiceEntry]] = {
    "worker": ServiceEntry("runtime.processes.worker_service", "worker", "Run workflows and activities."),
    "intake": ServiceEntry("runtime.processes.edge_services", "intake", "Take claims from Kafka."),
    "streams": ServiceEntry("runtime.processes.edge_services", "feeds", "Project the feeds, and take appeals in."),
    "publisher": ServiceEntry(
        "runtime.processes.edge_services", "publisher", "Send the outbox to Kafka, and replays with it."
    ),
    LOCAL_PROVIDER: ServiceEntry("deploy.local.identity.service", "identity", "Serve the local identity provider."),
    API: ServiceEntry("runtime.console.service", "api", "Serve the console and its HTTP API."),
}
"""By the name of their command; `claimwright up` starts one of each, in this order."""
