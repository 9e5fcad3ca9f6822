from __future__ import annotations

import os
from collections.abc import Mapping

import pytest
from cryptography.exceptions import InvalidTag
from temporalio.api.common.v1 import Payload

from runtime.payload_codec import EncryptionCodec

PAYLOAD = Payload(metadata={"encoding": b"json/plain"}, data=b'{"batch_id":"b-1"}')


def fixed(keys: Mapping[str, bytes]) -> EncryptionCodec:
    return EncryptionCodec(lambda: keys)


async def test_what_is_encoded_comes_back_and_is_unreadable_meanwhile() -> None:
    codec = fixed({"k1": os.urandom(32)})
    encoded = await codec.encode([PAYLOAD])
    assert b"batch_id" not in encoded[0].SerializeToString()
    assert await codec.decode(encoded) == [PAYLOAD]


async def test_an_older_key_still_decrypts_after_rotation() -> None:
    old, new = os.urandom(32), os.urandom(32)
    encoded = await fixed({"old": old}).encode([PAYLOAD])
    assert await fixed({"new": new, "old": old}).decode(encoded) == [PAYLOAD]


async def test_an_unknown_key_is_named_in_the_error() -> None:
    encoded = await fixed({"old": os.urandom(32)}).encode([PAYLOAD])
    with pytest.raises(LookupError, match="no key old"):
        await fixed({"new": os.urandom(32)}).decode(encoded)


async def test_a_changed_payload_is_refused() -> None:
    codec = fixed({"k1": os.urandom(32)})
    encoded = (await codec.encode([PAYLOAD]))[0]
    encoded.data = encoded.data[:-1] + bytes([encoded.data[-1] ^ 1])
    with pytest.raises(InvalidTag):
        await codec.decode([encoded])
