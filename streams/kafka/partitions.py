"""Chooses the partition of a record by its key, as every Kafka client does, and remembers the hash of a key.

The hash is pure Python, a sixth of the publisher's work, and a claim has four events under one key.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from aiokafka.partitioner import DefaultPartitioner, murmur2

_by_default: Final = DefaultPartitioner()
_hash: Final = lru_cache(32_768)(murmur2)


def partition_of(key: bytes | None, partitions: Sequence[int], available: Sequence[int]) -> int:
    """Return the partition of a key; any available one for a record without a key."""
    if key is None:
        found: int = _by_default(key, partitions, available)
        return found
    hashed: int = _hash(key)
    return partitions[(hashed & 0x7FFFFFFF) % len(partitions)]
