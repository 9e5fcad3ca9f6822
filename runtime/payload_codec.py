"""Encrypts the little content of workflow histories (opaque ids and outcome codes) with AES-256-GCM.

The key id travels in the payload's metadata, so that keys can be rotated: encrypt with the first, decrypt with
any known one. A codec does not cover workflow ids, activity types and failure texts; these hold no sensitive data.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

ENCODING: Final = b"binary/encrypted"
NONCE_BYTES: Final = 12


class EncryptionCodec(PayloadCodec):
    """Envelope of one payload: nonce and ciphertext."""

    def __init__(self, keys: Callable[[], Mapping[str, bytes]]) -> None:
        """`keys`: returns the current 32-byte keys by id; the first one encrypts."""
        self._keys = keys
        self._ciphers: dict[str, AESGCM] = {}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt each payload, metadata included."""
        newest = next(iter(self._keys()))
        cipher, key_id = self._cipher(newest), newest.encode()
        encoded = []
        for payload in payloads:
            nonce = os.urandom(NONCE_BYTES)
            data = nonce + cipher.encrypt(nonce, payload.SerializeToString(), key_id)
            encoded.append(Payload(metadata={"encoding": ENCODING, "key": key_id}, data=data))
        return encoded

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt payloads that this codec encrypted; leave other payloads as they are."""
        return [self._decrypt(payload) for payload in payloads]

    def _decrypt(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata["key"]
        nonce, data = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        return Payload.FromString(self._cipher(key_id.decode()).decrypt(nonce, data, key_id))

    def _cipher(self, key_id: str) -> AESGCM:
        if key_id not in self._ciphers:
            key = self._keys().get(key_id)
            if key is None:
                msg = f"no key {key_id} to read this payload; give every process the file that has it (`claimwright keys list`)"
                raise LookupError(msg)
            self._ciphers[key_id] = AESGCM(key)
        return self._ciphers[key_id]
