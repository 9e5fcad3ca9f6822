"""Keys are rotated while processes run on several hosts, and whatever was encrypted earlier stays readable."""

from __future__ import annotations

import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload

from runtime.errors import StackError
from runtime.payload_codec import EncryptionCodec
from runtime.payload_keys import KeyFile, key_id

PAYLOAD = Payload(metadata={"encoding": b"json/plain"}, data=b'{"batch_id":"b-1"}')


def test_the_first_use_makes_one_key_that_only_its_user_reads(tmp_path: Path) -> None:
    path = tmp_path / "state" / "payload.key"
    with ThreadPoolExecutor(4) as pool:
        found = [each.result() for each in [pool.submit(KeyFile(path).keys) for _ in range(4)]]
    assert len({tuple(keys) for keys in found}) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_of_an_earlier_version_is_read_and_kept(tmp_path: Path) -> None:
    path, old = tmp_path / "payload.key", os.urandom(32)
    path.write_bytes(old)
    path.chmod(0o440)
    file = KeyFile(path)
    assert dict(file.keys()) == {key_id(old): old}
    new = file.add()
    assert list(file.keys()) == [key_id(old), new]
    assert stat.S_IMODE(path.stat().st_mode) == 0o440


async def test_hosts_that_share_the_file_read_each_other_at_every_step_of_a_rotation(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    first = KeyFile(here)
    first.keys()
    shutil.copy(here, there)
    codecs = [EncryptionCodec(KeyFile(path).keys) for path in (here, there)]
    written: list[Payload] = []

    async def all_read_all() -> None:
        for codec in codecs:
            written.extend(await codec.encode([PAYLOAD]))
        for codec in codecs:
            assert await codec.decode(written) == [PAYLOAD] * len(written)

    await all_read_all()
    added = first.add()
    await all_read_all()
    shutil.copy(here, there)
    await all_read_all()
    first.use(added)
    await all_read_all()
    assert {each.metadata["key"].decode() for each in written} == set(first.keys())
    shutil.copy(here, there)
    await all_read_all()
    assert written[-1].metadata["key"].decode() == added == written[-2].metadata["key"].decode()


async def test_a_removed_key_reads_nothing_and_the_one_in_use_stays(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys")
    [old] = file.keys()
    encoded = await EncryptionCodec(file.keys).encode([PAYLOAD])
    with pytest.raises(StackError, match="key in use"):
        file.remove(old)
    file.use(file.add())
    file.remove(old)
    with pytest.raises(LookupError, match=f"no key {old}"):
        await EncryptionCodec(KeyFile(tmp_path / "keys").keys).decode(encoded)


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"0123456789ab AAAA\n", os.urandom(31)], ids=["empty", "text", "short", "bytes"]
)
def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys").write_bytes(content)
    with pytest.raises(StackError, match="Restore the file"):
        KeyFile(tmp_path / "keys").keys()


@pytest.mark.parametrize("step", ["use", "remove"])
def test_an_unknown_key_is_named_with_those_there_are(tmp_path: Path, step: str) -> None:
    file = KeyFile(tmp_path / "keys")
    [known] = file.keys()
    with pytest.raises(StackError, match=f"no key 0123456789ab; it has {known}"):
        getattr(file, step)("0123456789ab")
