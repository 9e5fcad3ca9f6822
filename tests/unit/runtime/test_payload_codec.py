from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from temporalio.api.common.v1 import Payload

from runtime.payload_codec import EncryptionCodec, local_keys

PAYLOAD = Payload(metadata={"encoding": b"json/plain"}, data=b'{"batch_id":"b-1"}')


async def test_what_is_encoded_comes_back_and_is_unreadable_meanwhile() -> None:
    codec = EncryptionCodec({"k1": os.urandom(32)})
    encoded = await codec.encode([PAYLOAD])
    assert b"batch_id" not in encoded[0].SerializeToString()
    assert await codec.decode(encoded) == [PAYLOAD]


async def test_an_older_key_still_decrypts_after_rotation() -> None:
    old, new = os.urandom(32), os.urandom(32)
    encoded = await EncryptionCodec({"old": old}).encode([PAYLOAD])
    assert await EncryptionCodec({"new": new, "old": old}).decode(encoded) == [PAYLOAD]


async def test_an_unknown_key_is_named_in_the_error() -> None:
    encoded = await EncryptionCodec({"old": os.urandom(32)}).encode([PAYLOAD])
    with pytest.raises(LookupError, match="no key old"):
        await EncryptionCodec({"new": os.urandom(32)}).decode(encoded)


async def test_a_changed_payload_is_refused() -> None:
    codec = EncryptionCodec({"k1": os.urandom(32)})
    encoded = (await codec.encode([PAYLOAD]))[0]
    encoded.data = encoded.data[:-1] + bytes([encoded.data[-1] ^ 1])
    with pytest.raises(InvalidTag):
        await codec.decode([encoded])


def test_the_local_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "payload.key"
    assert local_keys(path) == local_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
