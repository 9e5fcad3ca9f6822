"""Puts real adapters behind the ports. Nothing else in the repository chooses an implementation."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.converter import DataConverter

from contracts.claim_intake.registration import BatchLimits
from runtime import time_source
from runtime.addresses import StackAddresses, read_addresses
from runtime.connections import QueueNames, kafka_connection, temporal_profile
from runtime.database_access import own_server, role_dsn
from runtime.payload_codec import EncryptionCodec
from runtime.payload_keys import KeyFile
from runtime.processes.process_addresses import KAFKA, POSTGRES, TEMPORAL
from runtime.settings import Settings
from runtime.traces import temporal_interceptors
from storage.engine import create_engine
from storage.privileges.roles import DatabaseRole
from streams.kafka.connection import KafkaConnection
from streams.kafka.topics import TopicWishes


def addresses(settings: Settings) -> StackAddresses:
    """Addresses from the settings, each else from the file of `claimwright up` in the state folder."""
    profile = temporal_profile(settings)
    return read_addresses(
        settings.state_dir,
        kafka_bootstrap=settings.kafka_bootstrap,
        temporal_address=profile.address,
        temporal_namespace=profile.namespace or "default",
    )


def own_servers(settings: Settings) -> dict[str, bool]:
    """Return for each server whether the local stack's is used, because no setting names another one."""
    return {
        KAFKA: not settings.kafka_bootstrap,
        TEMPORAL: not temporal_profile(settings).address,
        POSTGRES: own_server(settings),
    }


def kafka(settings: Settings) -> KafkaConnection:
    """Return the connection that every client of Kafka is made from."""
    return kafka_connection(settings, settings.kafka_bootstrap or addresses(settings).kafka_bootstrap)


def temporal_place(settings: Settings) -> tuple[str, str]:
    """Return where Temporal is, and our namespace."""
    profile = temporal_profile(settings)
    address = profile.address or addresses(settings).temporal_address
    return address, profile.namespace or "default"


def topic_wishes(settings: Settings) -> TopicWishes:
    """Return the settings with which topics are made."""
    copies, in_sync = settings.kafka_replication, settings.kafka_min_insync_replicas
    return TopicWishes(copies, in_sync, settings.kafka_partitions)


def batch_limits(settings: Settings) -> BatchLimits:
    """Return the limits of one workflow's batch."""
    return BatchLimits(settings.batch_size, settings.batch_lines, settings.batch_bytes)


def database(settings: Settings, role: DatabaseRole = DatabaseRole.READER, pool_size: int | None = None) -> AsyncEngine:
    """Open a pool of connections to PostgreSQL in a role; the one of commands may only read."""
    size = pool_size or settings.postgres_pool
    return create_engine(role_dsn(settings, role), pool_size=size, pooler=settings.postgres_pooler)


def payload_keys(settings: Settings) -> KeyFile:
    """Return the keys of Temporal's payloads. Only the local stack's file is made where there is none: another is shared."""
    given = settings.payload_keys_file
    return KeyFile(given or settings.state_dir / "payload.key", made=given is None)


async def temporal(settings: Settings) -> Client:
    """Connect to Temporal with encrypted payloads."""
    keys = payload_keys(settings)
    keys.keys()  # a damaged key file ends the process now, not at its first workflow
    profile = temporal_profile(settings)
    options: dict[str, Any] = dict(profile.to_client_connect_config()) if profile.address else {}
    options["target_host"], options["namespace"] = temporal_place(settings)
    return await Client.connect(
        **options,
        data_converter=DataConverter(payload_codec=EncryptionCodec(keys.keys)),
        interceptors=[QueueNames(settings.temporal_task_queue), *temporal_interceptors(settings)],
    )


now = time_source.now
"""The time source of every process."""
