"""One whole pipeline for the storms and for what the supervisor promises: it takes half a minute to start."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.pipeline import Pipeline
from runtime.settings import REPOSITORY, Settings
from tests.builders.chaos.chaos import Chaos
from tests.builders.chaos.disks import Disks


@pytest.fixture(scope="session")
def chaos() -> Iterator[Chaos]:
    """A pipeline with small batches and its staff, drawn from CHAOS_SEED."""
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    # Not below pytest's own folder: every pytest that starts closes that to other users, such as PostgreSQL's.
    folder = Path(tempfile.mkdtemp(prefix="claimwright-chaos-"))
    settings = Settings(state_dir=folder / "state", cache_dir=REPOSITORY / ".local" / "cache", batch_size=32)
    disks = Disks(settings.state_dir, ("kafka", "postgres"))
    with disks.mounted():
        chaos = Chaos(Pipeline(settings), disks, seed, folder / "backups")
        try:
            chaos.begin()
            yield chaos
        finally:
            chaos.end()
    shutil.rmtree(folder, ignore_errors=True)
