"""A Temporal server on PostgreSQL in place of the local stack's, which keeps everything in one file: closer to a payer's, at a higher price.

`python -m benchmarks --temporal-server FOLDER` takes the two programs from a folder: `go build -o FOLDER go.temporal.io/server/cmd/server
go.temporal.io/server/cmd/tools/sql`, which takes a quarter of an hour of two cores. Its PostgreSQL is another than the ledger's.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.local.processes import Command
from deploy.local.stack import LocalStack
from deploy.local.temporal import DYNAMIC_CONFIG
from runtime.addresses import Ports, choose_ports
from runtime.errors import StackError
from runtime.processes.process_addresses import POSTGRES, TEMPORAL
from runtime.settings import REPOSITORY

_STORES: Final = {"temporal": "postgresql/v12/temporal", "temporal_visibility": "postgresql/v12/visibility"}
"""The databases, each with the name of its schema in Temporal's tool."""
_SHARDS: Final = 4
_MAX_WAIT_SECONDS: Final = 120


class StackWithServer(LocalStack):
    """The local stack with another Temporal."""

    def __init__(self, state_dir: Path, cache_dir: Path | None, programs: Path) -> None:
        """Take the folder of the two programs."""
        super().__init__(state_dir, cache_dir)
        self._programs = programs.resolve()

    def command(self, name: str, report: Any) -> Command:
        """Return how to start a server; this module runs Temporal, so that its PostgreSQL counts as part of it."""
        if name != TEMPORAL:
            return super().command(name, report)
        port = str(choose_ports(self.state_dir).temporal)
        folder = str(self.state_dir / "temporal-server")
        arguments = [sys.executable, "-m", "benchmarks.postgres_temporal", folder, port, str(self._programs)]
        return Command(arguments, environment={"PYTHONPATH": str(REPOSITORY)})


def main() -> int:
    """Run PostgreSQL and the server until SIGTERM."""
    folder, port, programs = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    stack = LocalStack(folder)
    stack.up(print, only=(POSTGRES,))
    try:
        _prepare_databases(choose_ports(folder), programs / "sql")
        config = folder / "server.yaml"
        dynamic = folder / "dynamic.yaml"
        dynamic.write_text(yaml.safe_dump(_dynamic()))
        config.write_text(yaml.safe_dump(_config(choose_ports(folder), port, dynamic)))
        server = subprocess.Popen([str(programs / "server"), "--config-file", str(config), "--allow-no-auth", "start"])
        try:
            asyncio.run(_register_namespace(port))
            return server.wait()
        finally:
            server.terminate()
            server.wait()
    finally:
        stack.down(lambda _name, _what: None)


def _prepare_databases(ports: Ports, tool: Path) -> None:
    """Create the databases and bring their schemas to the version of the tool."""
    place = ["--ep", "127.0.0.1", "-p", str(ports.postgres), "-u", "postgres", "--pw", ports.postgres_password]
    for database, schema in _STORES.items():
        known = [str(tool), "--pl", "postgres12", *place, "--db", database]
        for step in (["create"], ["setup-schema", "-v", "0.0"], ["update-schema", "--schema-name", schema]):
            done = subprocess.run([*known, *step], capture_output=True, text=True, check=False)
            if done.returncode:
                raise StackError(f"{tool.name} {step[0]} of {database} failed: {(done.stdout + done.stderr)[-400:]}")


def _config(ports: Ports, port: int, dynamic: Path) -> Mapping[str, Any]:
    """Return the configuration of all four services in one process; only the frontend's port is known to others."""
    free = _free_ports(port)
    services = {
        name: {
            "rpc": {
                "grpcPort": port if name == "frontend" else next(free),
                "membershipPort": next(free),
                "bindOnLocalHost": True,
            }
        }
        for name in ("frontend", "matching", "history", "worker")
    }
    active = {
        "enabled": True,
        "initialFailoverVersion": 1,
        "rpcName": "frontend",
        "rpcAddress": f"127.0.0.1:{port}",
    }
    return {
        "log": {"stdout": True, "level": "warn"},
        "persistence": {
            "defaultStore": "temporal",
            "visibilityStore": "temporal_visibility",
            "numHistoryShards": _SHARDS,
            "datastores": {name: {"sql": _store(ports, name)} for name in _STORES},
        },
        "global": {"membership": {"maxJoinDuration": "30s", "broadcastAddress": "127.0.0.1"}},
        "services": services,
        "clusterMetadata": {
            "failoverVersionIncrement": 10,
            "masterClusterName": "active",
            "currentClusterName": "active",
            "clusterInformation": {"active": active},
        },
        "dynamicConfigClient": {"filepath": str(dynamic), "pollInterval": "60s"},
    }


def _store(ports: Ports, database: str) -> Mapping[str, Any]:
    return {
        "pluginName": "postgres12",
        "databaseName": database,
        "connectAddr": f"127.0.0.1:{ports.postgres}",
        "connectProtocol": "tcp",
        "user": "postgres",
        "password": ports.postgres_password,
        "maxConns": 30,
        "maxIdleConns": 30,
    }


def _dynamic() -> Mapping[str, Any]:
    """Return the settings of the local stack's server, but for the two that lift its floor of one shard."""
    pairs = (setting.split("=") for setting in DYNAMIC_CONFIG)
    return {name: [{"value": int(value)}] for name, value in pairs if "MaxPollRPS" not in name}


def _free_ports(frontend: int) -> Iterator[int]:
    """Yield ports above the frontend's that nothing listens on."""
    for port in range(frontend + 1, 65535):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                yield port


async def _register_namespace(port: int) -> None:
    """Register `default` once the server answers, and wait until it knows it."""
    deadline = time.monotonic() + _MAX_WAIT_SECONDS
    request = RegisterNamespaceRequest(
        namespace="default", workflow_execution_retention_period=Duration(seconds=86_400)
    )
    registered = False
    while time.monotonic() < deadline:
        try:
            service = (await Client.connect(f"127.0.0.1:{port}")).workflow_service
            if not registered:
                await service.register_namespace(request)
                registered = True
            await service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
        except (RPCError, RuntimeError):
            await asyncio.sleep(0.5)
        else:
            return
    raise StackError(f"Temporal's server does not answer after {_MAX_WAIT_SECONDS} s; see temporal.log")


if __name__ == "__main__":
    raise SystemExit(main())
