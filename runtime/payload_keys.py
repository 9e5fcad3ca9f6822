"""The keys that encrypt Temporal's payloads: a file that every process of every host shares, with old keys for reading.

One key per line: its id and its 32 bytes in base64. The first key encrypts; the others only decrypt. A file of an earlier version
holds 32 bare bytes. A new key is added last, so that every host can read it before any host writes with it.
"""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from runtime.errors import StackError

KEY_BYTES: Final = 32


class KeyFile:
    """Reads the keys, again whenever the file changed; changes them for the commands `keys ...`."""

    def __init__(self, path: Path, *, made: bool = True) -> None:
        """Use a key file. If it is missing, the first use creates it, readable by its user only; if not `made`, it raises StackError."""
        self._path = path
        self._made = made
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, bytes] = {}

    def keys(self) -> Mapping[str, bytes]:
        """Return the keys by id, the one that encrypts first. Raises StackError when the file cannot be read."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            if not self._made:
                raise StackError(
                    f"{self._path} with the keys of Temporal's payloads is not there. Make it once with `claimwright keys add` "
                    "and give the same file to every process (docs/operations/payload-keys.md)."
                ) from None
            self._make()
            found = self._path.stat()
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._keys, self._seen = _parse(self._path), seen
        return self._keys

    def add(self) -> str:
        """Add a new key for reading only; return its id."""
        key = os.urandom(KEY_BYTES)
        self._write({**self.keys(), key_id(key): key})
        return key_id(key)

    def use(self, chosen: str) -> None:
        """Encrypt with this key from now on; the others stay for reading. Raises StackError for an unknown id."""
        keys = dict(self.keys())
        self._write({chosen: self._known(keys, chosen), **keys})

    def remove(self, chosen: str) -> None:
        """Remove a key; payloads that it encrypted can never be read again. Raises StackError for an unknown id, or the one in use."""
        keys = dict(self.keys())
        self._known(keys, chosen)
        if chosen == next(iter(keys)):
            raise StackError(
                f"{chosen} is the key in use. Choose another with `claimwright keys use`, then remove this one."
            )
        del keys[chosen]
        self._write(keys)

    def _known(self, keys: Mapping[str, bytes], chosen: str) -> bytes:
        if chosen not in keys:
            raise StackError(
                f"{self._path} has no key {chosen}; it has {', '.join(keys)}. See `claimwright keys list`."
            )
        return keys[chosen]

    def _make(self) -> None:
        key = os.urandom(KEY_BYTES)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = self._written({key_id(key): key})
        with suppress(FileExistsError):  # another process created it first
            self._path.hardlink_to(written)
        written.unlink()

    def _write(self, keys: Mapping[str, bytes]) -> None:
        """Replace the file atomically, with the same permissions."""
        written = self._written(keys)
        written.chmod(self._path.stat().st_mode & 0o777)
        written.replace(self._path)

    def _written(self, keys: Mapping[str, bytes]) -> Path:
        """Write the keys to another file in the same folder, which only its user reads."""
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".keys-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(_text(keys))
            file.flush()
            os.fsync(file.fileno())
        return Path(name)


def key_id(key: bytes) -> str:
    """Name a key by its hash: the same key has the same id on every host."""
    return sha256(key).hexdigest()[:12]


def _text(keys: Mapping[str, bytes]) -> bytes:
    return b"".join(f"{name} {base64.b64encode(key).decode()}\n".encode() for name, key in keys.items())


def _parse(path: Path) -> dict[str, bytes]:
    content = path.read_bytes()
    if len(content) == KEY_BYTES:  # written by an earlier version
        return {key_id(content): content}
    keys = {}
    for line in content.splitlines():
        name, _, encoded = line.partition(b" ")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES or name.decode(errors="replace") != key_id(key):
            raise StackError(
                f"{path} has a line that is not a key. Restore the file from where you keep it; do not edit it."
            )
        keys[key_id(key)] = key
    if not keys:
        raise StackError(f"{path} has no key. Restore the file from where you keep it.")
    return keys
