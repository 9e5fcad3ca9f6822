"""Other users of the software read nothing of the local stack, whatever an earlier version left there."""

from __future__ import annotations

import stat
from pathlib import Path

from deploy.local.private import allow_passage, close_to_others, private_folder
from deploy.local.processes import Command, Process


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_and_those_above_it_are_for_their_user_only(tmp_path: Path) -> None:
    private_folder(tmp_path / "state" / "kafka" / "log")
    assert [mode(tmp_path / each) for each in ("state", "state/kafka", "state/kafka/log")] == [0o700] * 3


def test_what_an_earlier_version_left_open_is_closed(tmp_path: Path) -> None:
    state, cache = tmp_path / "state", tmp_path / "state" / "cache"
    (state / "kafka" / "log").mkdir(parents=True)
    cache.mkdir()
    record, download = state / "kafka" / "log" / "0.log", cache / "kafka.jar"
    for file in (record, download):
        file.write_text("synthetic")
        file.chmod(0o644)
    (state / "elsewhere").symlink_to(tmp_path)
    before = mode(tmp_path)
    close_to_others(state, cache)
    assert [mode(path) & 0o077 for path in (state / "kafka", state / "kafka" / "log", record)] == [0, 0, 0]
    assert mode(state) & 0o066 == 0
    assert mode(record) & 0o600 == 0o600
    assert mode(download) == 0o644
    assert mode(tmp_path) == before


def test_other_users_may_pass_through_folders_without_listing_them(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    allow_passage(closed / "data")
    assert mode(closed) == 0o711


def test_what_a_process_writes_is_for_its_user_only(tmp_path: Path) -> None:
    process = Process("writer", tmp_path)
    process.spawn(
        Command(["sh", "-c", f"echo synthetic; echo synthetic > {tmp_path}/written; mkdir {tmp_path}/made; sleep 60"])
    )
    try:
        process.await_ready((tmp_path / "made").is_dir, lambda _name, _what: None)
        assert mode(tmp_path / "written") == 0o600
        assert mode(tmp_path / "made") == 0o700
        assert mode(process.log) == 0o600
    finally:
        process.kill()
