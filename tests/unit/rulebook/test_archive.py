"""Policy data that are packed and unpacked are the same data by their hash, and others are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulebook.archive import packed, unpack
from rulebook.errors import PolicyDataError
from rulebook.library import content_hash, default_policies_dir


def test_policy_data_come_out_of_an_archive_as_they_went_in(tmp_path: Path) -> None:
    root = default_policies_dir()
    unpack(packed(root), tmp_path, content_hash(root))
    assert content_hash(tmp_path) == content_hash(root)
    assert (tmp_path / "sources.yaml").read_bytes() == (root / "sources.yaml").read_bytes()


def test_an_archive_of_other_data_than_its_hash_is_refused(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "rates.yaml").write_text("amount: 1\n")
    known = content_hash(policies)
    (policies / "rates.yaml").write_text("amount: 2\n")
    with pytest.raises(PolicyDataError, match="restore the row"):
        unpack(packed(policies), tmp_path / "out", known)
