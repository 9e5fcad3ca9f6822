"""One Kafka broker in KRaft mode, from Maven artifacts, durable on its own folder.

4.3.1 is pinned: 4.4.0 misses a transitive artifact. The artifacts bring no logging back-end, so one is added.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from deploy.local.java import find_java
from deploy.local.private import UMASK, private_folder
from deploy.local.processes import Command, Report
from runtime.addresses import Ports
from runtime.errors import StackError

VERSION = "4.3.1"
ENDPOINT = f"org.apache.kafka:kafka_2.13:{VERSION}+org.slf4j:slf4j-simple:1.7.36"
CLUSTER_ID = "Y2xhaW13cmlnaHRsb2NhbA"
JVM = ("-Xms96m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.utils.AppInfoParser=error",
)


def prepare(cache_dir: Path, report: Report) -> str:
    """Return the class path, resolving the artifacts into the cache the first time (about 43 MB)."""
    listing = cache_dir / "kafka-classpath.txt"
    if listing.exists():
        jars = listing.read_text().split("\n")
        if all(Path(jar).exists() for jar in jars):
            return ":".join(jars)
    report("kafka", f"downloading Kafka {VERSION} (43 MB, once)")
    jars = sorted(str(jar) for jar in resolve(ENDPOINT, cache_dir / "kafka"))
    listing.write_text("\n".join(jars))
    return ":".join(jars)


def resolve(endpoint: str, workspace: Path) -> Iterator[Path]:
    """Yield the jars of Maven artifacts, group:name:version joined by +, downloaded into a folder; raises StackError."""
    import jgo  # noqa: PLC0415 - heavy, and needed only the first time

    try:
        jgo.build(endpoint, cache_dir=workspace)
    except Exception as error:
        raise StackError(
            f"could not resolve {endpoint}: {error}. Check that Maven artifacts can be downloaded here, "
            "or set CLAIMWRIGHT_KAFKA_BOOTSTRAP to an existing broker."
        ) from error
    yield from (workspace / "envs").rglob("*.jar")


def command(state_dir: Path, ports: Ports, cache_dir: Path, report: Report) -> Command:
    """Format the storage the first time, and return how to start the broker."""
    java = find_java(report)
    class_path = prepare(cache_dir, report)
    data = state_dir / "kafka"
    private_folder(data)
    properties = data / "server.properties"
    properties.write_text(_properties(ports, data / "log"))
    base = [java, *JVM, *LOGGING, "-cp", class_path]
    if not (data / "log" / "meta.properties").exists():
        report("kafka", "formatting storage")
        _format(base, properties)
    return Command([*base, "kafka.Kafka", str(properties)])


def _format(base: list[str], properties: Path) -> None:
    done = subprocess.run(
        [*base, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(properties)],
        capture_output=True,
        text=True,
        check=False,
        umask=UMASK,
    )
    if done.returncode != 0:
        raise StackError(f"Kafka could not format its storage: {(done.stderr or done.stdout).strip()[-400:]}")


def answers(port: int) -> bool:
    """Return whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _properties(ports: Ports, log_dir: Path) -> str:
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{ports.kafka_controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{ports.kafka},CONTROLLER://127.0.0.1:{ports.kafka_controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{ports.kafka}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(log_dir),
        "auto.create.topics.enable": "false",
        "offsets.topic.num.partitions": "4",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "2",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "log.retention.hours": "168",
        "log.segment.bytes": "67108864",
        "log.cleaner.dedupe.buffer.size": "8388608",
        "log.cleaner.threads": "1",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        "num.recovery.threads.per.data.dir": "2",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
