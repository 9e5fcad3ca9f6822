"""A real broker that lets no person in without TLS: one listener asks for a user, one for a certificate, one for a token."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from deploy.local import kafka
from deploy.local.java import find_java
from deploy.local.processes import Command, Process
from deploy.local.stack import LocalStack
from runtime.addresses import _free_ports
from tests.builders.secured.certificates import Authority

USER, PASSWORD = "claimwright", "synthetic-password"
LISTENERS = ("PLAIN", "SCRAM", "MUTUAL", "TOKEN")
_PACKAGE = "org.apache.kafka.common.security"


class SecuredKafka:
    """Starts and stops the broker; `ports` by listener."""

    def __init__(self, stack: LocalStack, authority: Authority) -> None:
        self._stack, self._authority = stack, authority
        self.ports = dict(zip(LISTENERS, _free_ports(len(LISTENERS)), strict=True))
        self._process = Process("kafka", stack.state_dir)

    def address(self, listener: str) -> str:
        return f"localhost:{self.ports[listener]}"

    def start(self) -> None:
        controller = self._stack.prepare_folders().kafka_controller
        data = self._stack.state_dir / "kafka"
        data.mkdir(exist_ok=True)
        java, jars = find_java(_quiet), kafka.prepare(self._stack.cache_dir, _quiet)
        properties = data / "server.properties"
        properties.write_text(
            "".join(f"{name}={value}\n" for name, value in self._properties(controller, data).items())
        )
        base = [java, *kafka.JVM, *kafka.LOGGING, "-cp", jars]
        users = [f"--add-scram={kind}=[name={USER},password={PASSWORD}]" for kind in ("SCRAM-SHA-256", "SCRAM-SHA-512")]
        done = subprocess.run(
            [*base, "kafka.tools.StorageTool", "format", "-t", kafka.CLUSTER_ID, "-c", str(properties), *users],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self._process.spawn(Command([*base, "kafka.Kafka", str(properties)]))
        self._process.await_ready(lambda: all(kafka.answers(port) for port in self.ports.values()), _quiet)

    def stop(self) -> None:
        self._process.kill()

    def _properties(self, controller: int, data: Path) -> Mapping[str, str]:
        pair = self._authority.sign("kafka").both()
        protocols = {name: "SSL" if name == "MUTUAL" else "SASL_SSL" for name in LISTENERS}
        places = ",".join(f"{name}://127.0.0.1:{port}" for name, port in self.ports.items())
        common = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"{places},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": ",".join(f"{name}://{self.address(name)}" for name in LISTENERS),
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": ",".join(f"{n}:{p}" for n, p in protocols.items())
            + ",CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "MUTUAL",
            "log.dirs": str(data / "log"),
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": "2",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "2",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "log.cleaner.dedupe.buffer.size": "8388608",
            "log.cleaner.threads": "1",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(pair),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self._authority.file),
            "listener.name.mutual.ssl.client.auth": "required",
        }
        return {**common, **_mechanisms()}


def _mechanisms() -> Mapping[str, str]:
    plain = f'{_PACKAGE}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    scram = f"{_PACKAGE}.scram.ScramLoginModule required;"
    token = f'{_PACKAGE}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="{USER}";'
    return {
        "listener.name.plain.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.plain.plain.sasl.jaas.config": plain,
        "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512",
        "listener.name.scram.scram-sha-256.sasl.jaas.config": scram,
        "listener.name.scram.scram-sha-512.sasl.jaas.config": scram,
        # Kafka's own validator of unsigned tokens, which it has for tests.
        "listener.name.token.sasl.enabled.mechanisms": "OAUTHBEARER",
        "listener.name.token.oauthbearer.sasl.jaas.config": token,
    }


class TokenServer:
    """A token endpoint (RFC 6749, 4.4) on loopback that knows one client; tokens are unsigned and live for a minute."""

    def __init__(self) -> None:
        self.asked = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/token"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        here = self
        client = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                right = self.headers["Authorization"] == f"Basic {client}"
                if not right or form["grant_type"] != ["client_credentials"]:
                    self.send_error(401)
                    return
                here.asked += 1
                body = json.dumps({"access_token": _unsigned(), "token_type": "bearer", "expires_in": 60}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
                """Stay silent."""

        return Handler


def _unsigned() -> str:
    now = time.time()
    parts = ({"alg": "none"}, {"sub": USER, "iat": now - 1, "exp": now + 60})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def _quiet(_name: str, _what: str) -> None:
    """Say nothing."""
