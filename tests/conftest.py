"""The whole local pipeline, started once for every test that only needs one to be there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.pipeline import RunningPipeline


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPipeline]:
    running = RunningPipeline(tmp_path_factory.mktemp("pipeline"))
    try:
        running.start()
        yield running
    finally:
        running.stop()
