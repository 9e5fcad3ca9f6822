"""Encrypts what little the workflow histories hold (opaque ids and outcome codes) with AES-256-GCM.

The key id travels in the payload's metadata, so that keys can be rotated: encrypt with the newest, decrypt with
any known one. Not covered by a codec: workflow ids, activity types, failure texts; those hold nothing to hide.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

ENCODING: Final = b"binary/encrypted"
NONCE_BYTES: Final = 12


class EncryptionCodec(PayloadCodec):
    """Envelope of one payload: nonce and ciphertext; `keys` maps key id to key, newest first."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Take at least one 32-byte key."""
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._newest = next(iter(keys))

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt each payload, metadata included."""
        cipher = self._ciphers[self._newest]
        key_id = self._newest.encode()
        encoded = []
        for payload in payloads:
            nonce = os.urandom(NONCE_BYTES)
            data = nonce + cipher.encrypt(nonce, payload.SerializeToString(), key_id)
            encoded.append(Payload(metadata={"encoding": ENCODING, "key": key_id}, data=data))
        return encoded

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt what this codec encrypted; leave other payloads as they are."""
        return [self._decrypt(payload) for payload in payloads]

    def _decrypt(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata["key"]
        cipher = self._ciphers.get(key_id.decode())
        if cipher is None:
            msg = f"no key {key_id.decode()} to read this payload; add it to the payload keys of every process"
            raise LookupError(msg)
        nonce, data = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        return Payload.FromString(cipher.decrypt(nonce, data, key_id))


def local_keys(path: Path) -> dict[str, bytes]:
    """Read the local stack's key file, made on first use and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return local_keys(path)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(32))
    key = path.read_bytes()
    return {sha256(key).hexdigest()[:12]: key}
