"""Tracks the records that a feed consumer has fetched and applied, to compute the offsets that may be committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from streams.kafka.records import Record

Partition = tuple[str, int]


@dataclass(slots=True)
class _Account:
    """One partition: the offset after the last fetch, and the size of each fetched record that is not applied yet."""

    end: int
    in_hand: dict[int, int] = field(default_factory=dict)


class AppliedOffsets:
    """The records fetched and those that the projections applied, by partition."""

    def __init__(self) -> None:
        """Start with nothing fetched."""
        self._accounts: dict[Partition, _Account] = {}

    def fetched(self, topic: str, partition: int, sizes: Mapping[int, int], end: int) -> None:
        """Record fetched records (size in bytes by offset); the next fetch begins at `end`."""
        account = self._accounts.setdefault((topic, partition), _Account(end))
        account.in_hand.update(sizes)
        account.end = end

    def note(self, records: Sequence[Record]) -> None:
        """Record that records were applied."""
        for record in records:
            self.done(record.topic, record.partition, record.offset)

    def done(self, topic: str, partition: int, offset: int) -> None:
        """Record that one record was applied or refused."""
        account = self._accounts.get((topic, partition))
        if account is not None:
            account.in_hand.pop(offset, None)

    def forget(self, partitions: Sequence[Partition] | None = None) -> None:
        """Forget partitions (None: all) that were revoked, or are read again from the committed offset."""
        for partition in list(self._accounts) if partitions is None else partitions:
            self._accounts.pop(partition, None)

    def committable(self) -> dict[Partition, int]:
        """Return the offset below which everything is applied, by partition."""
        return {place: min(account.in_hand, default=account.end) for place, account in self._accounts.items()}

    @property
    def bytes_in_hand(self) -> int:
        """Return how many fetched bytes are not applied yet."""
        return sum(sum(account.in_hand.values()) for account in self._accounts.values())
