"""Decrypts payloads of Temporal for its own pages, with the keys of the processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from google.protobuf import json_format
from temporalio.api.common.v1 import Payloads

from console.payloads.ports import UnreadablePayloadsError
from runtime.payload_codec import EncryptionCodec


class CodecPages:
    """The codec of the processes over the JSON form of payloads. `ui`: the address of Temporal's pages, if there are any."""

    def __init__(self, keys: Callable[[], Mapping[str, bytes]], ui: str | None) -> None:
        """Use the current keys at each call."""
        self._codec = EncryptionCodec(keys)
        self.origin = None if ui is None else "{0.scheme}://{0.netloc}".format(urlsplit(ui))

    async def decode(self, sent: bytes) -> bytes:
        """Return the payloads decrypted. Raises UnreadablePayloadsError."""
        try:
            return _written(Payloads(payloads=await self._codec.decode(_read(sent).payloads)))
        except (LookupError, InvalidTag, UnicodeDecodeError):
            msg = "no key here reads these payloads; `claimwright keys list` shows which keys the console has"
            raise UnreadablePayloadsError(msg) from None

    async def encode(self, sent: bytes) -> bytes:
        """Return the payloads encrypted. Raises UnreadablePayloadsError."""
        return _written(Payloads(payloads=await self._codec.encode(_read(sent).payloads)))


def _read(sent: bytes) -> Payloads:
    try:
        return json_format.Parse(sent, Payloads())
    except (json_format.ParseError, UnicodeDecodeError):
        msg = 'this is not JSON with payloads; send {"payloads": [{"metadata": {...}, "data": "..."}]}, bytes in base64'
        raise UnreadablePayloadsError(msg) from None


def _written(payloads: Payloads) -> bytes:
    return json_format.MessageToJson(payloads, indent=None).encode()
