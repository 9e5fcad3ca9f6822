"""The only source of Kafka clients: all clients of aiokafka and Faust are made here, with the same address, security and names.

Our code uses the topic names of `contracts/events/topics.py`; in Kafka each has the prefix of its environment.
A test fails if another module makes a client.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import create_conn

from streams.kafka.oauth import ClientCredentials, TokenEndpoint
from streams.kafka.partitions import partition_of

_OAUTH: Final = "OAUTHBEARER"


@dataclass(frozen=True, slots=True)
class Security:
    """Protocol and credentials, as Kafka's own clients name them. Files are PEM; without `ca_file` the system's certificate authorities are trusted."""

    protocol: str = "PLAINTEXT"
    mechanism: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tokens: TokenEndpoint | None = field(default=None, repr=False)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    key_password: str | None = field(default=None, repr=False)


PLAINTEXT: Final = Security()


@dataclass(frozen=True)
class KafkaConnection:
    """The address of Kafka (host:port, several with commas), its security settings, and the prefix of topic names."""

    bootstrap: str
    security: Security = PLAINTEXT
    prefix: str = ""

    def consumer(self, *topics: str, **options: Any) -> AIOKafkaConsumer:
        """Make a consumer of topics by our names; `at` and `partitions` return the partitions to assign to it."""
        return AIOKafkaConsumer(*(self.name(topic) for topic in topics), **self._options, **options)

    def producer(self, **options: Any) -> AIOKafkaProducer:
        """Make a producer; send to `name(topic)`."""
        return AIOKafkaProducer(**self._options, partitioner=partition_of, **options)

    def admin(self, **options: Any) -> AIOKafkaAdminClient:
        """Make a client that describes and changes topics and groups."""
        return AIOKafkaAdminClient(**self._options, **options)

    def probe(self) -> AIOKafkaClient:
        """Make a client that only connects."""
        return AIOKafkaClient(**self._options)

    async def check_broker(self, address: str, seconds: float) -> None:
        """Connect to one broker and sign in. Unlike the clients, it raises the error: OSError or KafkaError."""
        host, _, port = address.strip().rpartition(":")
        options = {name: value for name, value in self._options.items() if name != "bootstrap_servers"}
        connection = await create_conn(host, int(port), request_timeout_ms=int(seconds * 1000), **options)
        connection.close()

    def faust_options(self) -> Mapping[str, Any]:
        """Return the settings that a Faust app needs to reach Kafka."""
        urls = ";".join(f"kafka://{each.strip()}" for each in self.bootstrap.split(","))
        return {"broker": urls, "broker_credentials": self._faust_credentials()}

    def name(self, topic: str) -> str:
        """Return the name in Kafka of one of our topics."""
        return self.prefix + topic

    def topic(self, name: str) -> str:
        """Return our name for a topic in Kafka."""
        return name.removeprefix(self.prefix)

    def at(self, topic: str, partition: int) -> TopicPartition:
        """Name a partition of one of our topics as Kafka does."""
        return TopicPartition(self.name(topic), partition)

    async def partitions(self, consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
        """Return all present partitions of our topics; none for a topic that does not exist."""
        cluster = await consumer._client.fetch_all_metadata()  # noqa: SLF001 - no public call gives the partitions of several topics
        names = [self.name(topic) for topic in topics]
        return [TopicPartition(each, n) for each in names for n in sorted(cluster.partitions_for_topic(each) or ())]

    @cached_property
    def _options(self) -> Mapping[str, Any]:
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security.protocol,
            "ssl_context": self.tls,
        }
        if self.security.mechanism is not None:
            options |= {
                "sasl_mechanism": self.security.mechanism,
                "sasl_plain_username": self.security.user,
                "sasl_plain_password": self.security.password,
                "sasl_oauth_token_provider": self._tokens,
            }
        return options

    @cached_property
    def _tokens(self) -> ClientCredentials | None:
        return None if self.security.tokens is None else ClientCredentials(self.security.tokens)

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """Return the context for TLS to Kafka; None without TLS."""
        given = self.security
        if not given.protocol.endswith("SSL"):
            return None
        context = ssl.create_default_context(cafile=given.ca_file)
        if given.certificate_file is not None:
            context.load_cert_chain(given.certificate_file, given.key_file, given.key_password)
        return context

    def _faust_credentials(self) -> Any:
        # Only the process of the feeds uses Faust, which takes 16 MiB.
        from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials  # noqa: PLC0415

        given = self.security
        if given.mechanism == _OAUTH:
            return OAuthCredentials(oauth_cb=self._tokens, ssl_context=self.tls)
        if given.mechanism is not None:
            return SASLCredentials(
                username=given.user, password=given.password, mechanism=given.mechanism, ssl_context=self.tls
            )
        return None if self.tls is None else SSLCredentials(self.tls)
