"""Puts real adapters behind the ports. Nothing else in the repository chooses an implementation."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.converter import DataConverter

from contracts.claim_intake.registration import BatchLimits
from runtime import time_source
from runtime.addresses import StackAddresses, read_addresses
from runtime.database_access import role_dsn
from runtime.payload_codec import EncryptionCodec
from runtime.payload_keys import KeyFile
from runtime.settings import Settings
from storage.engine import create_engine
from storage.privileges.roles import DatabaseRole


def addresses(settings: Settings) -> StackAddresses:
    """Addresses from the settings, each else from what `claimwright up` left in the state folder."""
    return read_addresses(
        settings.state_dir,
        kafka_bootstrap=settings.kafka_bootstrap,
        temporal_address=settings.temporal_address,
        temporal_namespace=settings.temporal_namespace,
    )


def batch_limits(settings: Settings) -> BatchLimits:
    """How much one workflow adjudicates."""
    return BatchLimits(settings.batch_size, settings.batch_lines, settings.batch_bytes)


def database(settings: Settings, role: DatabaseRole = DatabaseRole.READER, pool_size: int | None = None) -> AsyncEngine:
    """Open a pool of connections to PostgreSQL in a role; the one of commands may only read."""
    return create_engine(role_dsn(settings, role), pool_size=pool_size or settings.postgres_pool)


def payload_key_file(settings: Settings) -> Path:
    """Return the file with the keys of Temporal's payloads."""
    return settings.payload_keys_file or settings.state_dir / "payload.key"


async def temporal(settings: Settings) -> Client:
    """Connect to Temporal with encrypted payloads."""
    found = addresses(settings)
    keys = KeyFile(payload_key_file(settings))
    keys.keys()  # a damaged file ends the process now, and not at its first workflow
    codec = EncryptionCodec(keys.keys)
    return await Client.connect(
        found.temporal_address,
        namespace=found.temporal_namespace,
        data_converter=DataConverter(payload_codec=codec),
    )


now = time_source.now
"""The time source of every process."""
