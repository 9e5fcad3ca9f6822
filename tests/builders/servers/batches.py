"""Record batches as other clients write them: every codec, every kind of record, damaged content with a right checksum."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Sequence
from typing import Final, Self

import cramjam
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from contracts.events.headers import Headers

CODECS: Final = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
_RECORDS_AT, _LENGTH_AT, _CRC_AT, _ATTRIBUTES_AT = 61, 8, 17, 21
Entry = tuple[bytes | None, bytes | None, Headers]
"""Key, value and headers of one record."""


def xerial(data: bytes, block: int = 32_768) -> bytes:
    """Snappy as Java's client frames it."""
    out = b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1)
    for at in range(0, len(data), block):
        part = bytes(cramjam.snappy.compress_raw(data[at : at + block]))
        out += struct.pack(">i", len(part)) + part
    return out


def compress(codec: str, data: bytes) -> bytes:
    """Compress as a client of that codec does."""
    if codec == "gzip":
        return gzip.compress(data)
    if codec == "snappy":
        return xerial(data)
    if codec == "raw-snappy":
        return bytes(cramjam.snappy.compress_raw(data))
    if codec == "lz4":
        compressor = cramjam.lz4.Compressor(level=9, content_checksum=False, block_linked=False)
        compressor.compress(data)
        return bytes(compressor.finish())
    return bytes(cramjam.zstd.compress(data)) if codec == "zstd" else data


def a_batch(entries: Sequence[Entry], codec: str = "none", *, timestamp: int | None = None) -> bytes:
    """Write records into one batch; the timestamp is in milliseconds."""
    builder = DefaultRecordBatchBuilder(
        2, 0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=-1, batch_size=1 << 30
    )
    for number, (key, value, headers) in enumerate(entries):
        builder.append(number, timestamp=timestamp, key=key, value=value, headers=list(headers))
    plain = bytes(builder.build())
    return sealed(plain[:_RECORDS_AT], compress(codec, plain[_RECORDS_AT:]), CODECS[codec.removeprefix("raw-")])


def sealed(head: bytes, records: bytes, codec: int) -> bytes:
    """Put a batch together: its length, codec and checksum are right whatever the records are."""
    data = bytearray(head + records)
    struct.pack_into(">i", data, _LENGTH_AT, len(data) - 12)
    (attributes,) = struct.unpack_from(">h", data, _ATTRIBUTES_AT)
    struct.pack_into(">h", data, _ATTRIBUTES_AT, attributes & ~7 | codec)
    struct.pack_into(">I", data, _CRC_AT, calc_crc32c(bytes(data[_ATTRIBUTES_AT:])))
    return bytes(data)


def renamed(batch: bytes, placeholder: bytes, name: bytes) -> bytes:
    """Replace the name of a header in an uncompressed batch by bytes that are no text."""
    assert len(placeholder) == len(name)
    return sealed(batch[:_RECORDS_AT], batch[_RECORDS_AT:].replace(placeholder, name), 0)


class BatchSender:
    """Sends batches as they are; the broker answers as it would to any client."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=4_000_000)

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def send(self, topic: str, partition: int, data: bytes) -> int:
        """Send a batch and return the offset of its first record."""
        batch = self._producer.create_batch()
        batch.append(key=b"k", value=b"v", timestamp=None)
        batch.close()
        batch._buffer = bytearray(data)
        done = await (await self._producer.send_batch(batch, topic, partition=partition))
        return int(done.offset)


async def send_batch(bootstrap: str, topic: str, partition: int, data: bytes) -> None:
    """Send one batch as it is."""
    async with BatchSender(bootstrap) as sender:
        await sender.send(topic, partition, data)


async def send_transaction(
    bootstrap: str, topic: str, partition: int, entries: Sequence[Entry], *, commit: bool, name: str
) -> list[int]:
    """Send records in one transaction, and commit or abort it; return their offsets."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=name)
    await producer.start()
    try:
        await producer.begin_transaction()
        sending = [
            await producer.send(topic, value, key=key, partition=partition, headers=list(headers))
            for key, value, headers in entries
        ]
        offsets = [(await each).offset for each in sending]
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()
    return offsets
