"""Kafka, Temporal and PostgreSQL as payers have them: none accepts a client without TLS, and each identifies its clients.

Kafka speaks TLS itself. The development servers of Temporal and PostgreSQL cannot, so each has a TLS front that asks for a
client certificate; what is behind it is the real server.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local.stack import LocalStack
from runtime.addresses import choose_ports
from runtime.database_access import load_passwords
from runtime.settings import REPOSITORY, Settings
from storage.privileges.roles import OWNER, DatabaseRole
from tests.builders.secured.certificates import Authority
from tests.builders.secured.kafka import PASSWORD, USER, SecuredKafka
from tests.builders.secured.tls_front import TlsFront


class SecuredServers:
    """The three servers, and the settings by which the product reaches them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder / "certificates")
        self.stack = LocalStack(folder / "servers", Settings().cache_dir or REPOSITORY / ".local" / "cache")
        self.kafka = SecuredKafka(self.stack, self.authority)
        self.ours = self.authority.sign("claimwright")
        ports = choose_ports(self.stack.state_dir)
        server = self.authority.sign("server")
        self.temporal = TlsFront(ports.temporal, server, self.authority.file, protocols=["h2"])
        self.postgres = TlsFront(ports.postgres, server, self.authority.file, postgres=True)

    def start(self) -> None:
        self.stack.up(_quiet, only={"postgres", "temporal"})
        self.kafka.start()
        self.temporal.start()
        self.postgres.start()

    def stop(self) -> None:
        self.kafka.stop()
        for name in ("temporal", "postgres"):
            self.stack.kill(name)
        for front in (self.temporal, self.postgres):
            front.stop()

    def environment(self) -> Mapping[str, str]:
        """The variables of an environment that shares these servers with others; secrets and DSNs are in files."""
        given = {
            **self._kafka(),
            **self._temporal(),
            "POSTGRES_DSNS_FILE": self._file(
                "dsns", json.dumps({role.value: self._dsn(role.database_name) for role in DatabaseRole})
            ),
            "POSTGRES_OWNER_DSN_FILE": self._file("owner", self._dsn(OWNER)),
            "POSTGRES_CA_FILE": self.authority.file,
            "POSTGRES_CERTIFICATE_FILE": self.ours.certificate,
            "POSTGRES_KEY_FILE": self.ours.key,
        }
        return {f"CLAIMWRIGHT_{name}": str(value) for name, value in given.items()}

    def _kafka(self) -> dict[str, object]:
        return {
            "KAFKA_BOOTSTRAP": self.kafka.address("SCRAM"),
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "KAFKA_USER": USER,
            "KAFKA_PASSWORD_FILE": self._file("kafka-password", f"{PASSWORD}\n"),
            "KAFKA_CA_FILE": self.authority.file,
            "KAFKA_TOPIC_PREFIX": "claims-test.",
            "KAFKA_INTAKE_GROUP": "claims-test-intake",
            "KAFKA_FEEDS_GROUP": "claims-test-feeds",
            "KAFKA_PARTITIONS": json.dumps({"claims.submitted": 4}),
        }

    def _temporal(self) -> dict[str, object]:
        return {
            "TEMPORAL_ADDRESS": f"localhost:{self.temporal.port}",
            "TEMPORAL_CA_FILE": self.authority.file,
            "TEMPORAL_CERTIFICATE_FILE": self.ours.certificate,
            "TEMPORAL_KEY_FILE": self.ours.key,
            "TEMPORAL_TASK_QUEUE": "claims-test",
            "PAYLOAD_KEYS_FILE": self.folder / "payload.keys",
        }

    def _dsn(self, role: str) -> str:
        password = load_passwords(self.stack.state_dir)[role]
        return f"postgresql://{role}:{password}@localhost:{self.postgres.port}/claimwright"

    def _file(self, name: str, content: str) -> Path:
        file = self.folder / name
        file.write_text(content)
        return file


@contextmanager
def running_servers() -> Iterator[SecuredServers]:
    """Start them; stop them and delete their data at the end."""
    folder = Path(tempfile.mkdtemp(prefix="claimwright-secured-"))
    servers = SecuredServers(folder)
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _quiet(_name: str, _what: str) -> None:
    """Say nothing."""
