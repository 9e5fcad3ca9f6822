"""Puts real adapters behind the ports. Nothing else in the repository chooses an implementation."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.converter import DataConverter

from contracts.claim_intake.registration import BatchLimits
from runtime import time_source
from runtime.addresses import StackAddresses, read_addresses
from runtime.payload_codec import EncryptionCodec, local_keys
from runtime.settings import Settings
from storage.engine import create_engine


def addresses(settings: Settings) -> StackAddresses:
    """Addresses from the settings, each else from what `claimwright up` left in the state folder."""
    dsn = settings.postgres_dsn
    return read_addresses(
        settings.state_dir,
        kafka_bootstrap=settings.kafka_bootstrap,
        temporal_address=settings.temporal_address,
        temporal_namespace=settings.temporal_namespace,
        postgres_dsn=dsn.get_secret_value() if dsn else None,
    )


def batch_limits(settings: Settings) -> BatchLimits:
    """How much one workflow adjudicates."""
    return BatchLimits(settings.batch_size, settings.batch_lines, settings.batch_bytes)


def database(settings: Settings) -> AsyncEngine:
    """Open a pool of connections to PostgreSQL."""
    return create_engine(addresses(settings).postgres_dsn, pool_size=settings.postgres_pool)


async def temporal(settings: Settings) -> Client:
    """Connect to Temporal with encrypted payloads."""
    found = addresses(settings)
    codec = EncryptionCodec(local_keys(settings.state_dir / "payload.key"))
    return await Client.connect(
        found.temporal_address,
        namespace=found.temporal_namespace,
        data_converter=DataConverter(payload_codec=codec),
    )


now = time_source.now
"""The time source of every process."""
