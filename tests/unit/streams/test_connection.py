"""One connection makes every client of Kafka, so that none is forgotten when security changes."""

from __future__ import annotations

import re
import ssl

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from runtime.settings import REPOSITORY
from streams.kafka.connection import KafkaConnection, Security
from streams.kafka.oauth import ClientCredentials, TokenEndpoint

PRODUCT = ("activities", "cli", "console", "deploy", "runtime", "storage", "streams", "workflows", "benchmarks")
MAKES = re.compile(r"AIOKafka(Client|Consumer|Producer|AdminClient)\(|bootstrap_servers|kafka://")
ENDPOINT = TokenEndpoint("https://id.example/token", "us", "not-for-logs")


def test_no_module_makes_a_client_past_the_connection() -> None:
    files = [path for folder in PRODUCT for path in (REPOSITORY / folder).rglob("*.py")]
    found = {path.relative_to(REPOSITORY).as_posix() for path in files if MAKES.search(path.read_text())}
    assert found == {"streams/kafka/connection.py"}


@pytest.mark.parametrize(
    "security",
    [
        Security(),
        Security("SSL"),
        Security("SASL_SSL", "PLAIN", "us", "not-for-logs"),
        Security("SASL_SSL", "SCRAM-SHA-256", "us", "not-for-logs"),
        Security("SASL_PLAINTEXT", "SCRAM-SHA-512", "us", "not-for-logs"),
        Security("SASL_SSL", "OAUTHBEARER", tokens=ENDPOINT),
    ],
)
async def test_faust_comes_with_the_same_credentials_as_every_other_client(security: Security) -> None:
    kafka = KafkaConnection("one:9093,two:9093", security)
    options = kafka.faust_options()
    given = credentials_to_aiokafka_auth(options["broker_credentials"])
    assert options["broker"] == "kafka://one:9093;kafka://two:9093"
    assert given["security_protocol"] == security.protocol
    assert given.get("ssl_context") is kafka.tls
    if security.mechanism is not None:
        assert given["sasl_mechanism"] == security.mechanism
        assert (given.get("sasl_plain_username"), given.get("sasl_plain_password")) == (
            security.user,
            security.password,
        )
        assert isinstance(given.get("sasl_oauth_token_provider"), ClientCredentials) is (security.tokens is not None)
    client = kafka.consumer()._client
    for name, ours in (("_security_protocol", security.protocol), ("_ssl_context", kafka.tls)):
        assert getattr(client, name) == ours


def test_servers_are_checked_by_certificate_and_name() -> None:
    context = KafkaConnection("kafka:9093", Security("SSL")).tls
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_secrets_are_not_printed() -> None:
    security = Security("SASL_SSL", "PLAIN", "us", "not-for-logs", ENDPOINT, key_password="not-for-logs")  # noqa: S106 - not a secret
    assert "not-for-logs" not in repr(KafkaConnection("kafka:9093", security)) + repr(ENDPOINT)


def test_a_prefix_stands_before_the_names_in_kafka_and_nowhere_else() -> None:
    kafka = KafkaConnection("kafka:9092", prefix="prod.")
    assert kafka.name("claims.submitted") == "prod.claims.submitted"
    assert kafka.topic("prod.claims.submitted") == "claims.submitted"
    assert kafka.at("determinations", 2) == ("prod.determinations", 2)
