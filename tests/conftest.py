"""The whole local pipeline, started once for every test that only needs one to be there; and how tests print the log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from tests.builders.pipeline.pipeline import RunningPipeline


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPipeline]:
    running = RunningPipeline(tmp_path_factory.mktemp("pipeline"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """Print tracebacks as Python does: with every local variable, that of a whole application takes half a minute."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, renderer])
