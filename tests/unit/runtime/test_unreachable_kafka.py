"""A client that cannot reach Kafka is closed with its error, whoever opened it: each retry would leave another one open."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from aiokafka.errors import KafkaConnectionError

from runtime.clients.submit import publish
from runtime.clients.topic_reader import TopicTail, read_all
from runtime.recovery.topics import reader
from streams.kafka.connection import KafkaConnection

NOWHERE: Final = KafkaConnection("127.0.0.1:1")


async def _send() -> None:
    await publish(NOWHERE, [("claims.submitted", "key", b"{}")])


async def _read() -> None:
    await read_all(NOWHERE, "claims.submitted")


async def _follow() -> None:
    await TopicTail(NOWHERE).start(from_end=True)


async def _recover() -> None:
    async with reader(NOWHERE):
        raise AssertionError("there is no broker")


@pytest.mark.parametrize("attempt", [_send, _read, _follow, _recover])
async def test_a_client_that_cannot_connect_is_closed(attempt: Callable[[], Awaitable[None]]) -> None:
    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(KafkaConnectionError):
            await attempt()
        gc.collect()
    assert [str(each.message) for each in left_open if "nclosed" in str(each.message)] == []
