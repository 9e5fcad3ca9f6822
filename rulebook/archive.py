"""Packs the data files of policies/ as one archive and back, so that a claim can be judged by the data of its decision later."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from rulebook.errors import PolicyDataError
from rulebook.library import content_hash, data_files


def packed(root: Path) -> bytes:
    """Return the data files as a compressed archive."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_LZMA) as archive:
        for path in data_files(root):
            archive.write(path, path.relative_to(root).as_posix())
    return into.getvalue()


def unpack(content: bytes, folder: Path, expected: str) -> None:
    """Write an archive into an empty folder; raises PolicyDataError if its files do not have the hash."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    if content_hash(folder) != expected:
        raise PolicyDataError(
            "policy_bundles", f"is not the policy data {expected[:16]}", "restore the row of this hash"
        )
