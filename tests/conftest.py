"""Servers and policy data that the whole run shares, an empty ledger for each test, and how tests print the log.

Each server starts once per test process, when the first test asks for it.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Generator, Iterator
from functools import lru_cache
from typing import Any

import pytest
import structlog
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.reference import ReferenceData
from rulebook import yaml_files
from rulebook.library import PolicyLibrary, default_policies_dir, load_library
from storage.engine import create_engine
from tests.builders.ledger.ledgers import Stores
from tests.builders.pipeline.pipeline import RunningPipeline
from tests.builders.servers.kafka import KafkaServer, running_kafka
from tests.builders.servers.postgres import PostgresServer, empty, running_postgres

# Timing fails no test: the first example of a run may load the whole policy data.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# With `-n`, each of these shares runs in one process: what uses the shared pipeline, what kills its own, and Kafka.
_SHARES = {"browser": "pipelines", "e2e": "pipelines", "resilience": "resilience", "integration/streams": "kafka"}


def _share(nodeid: str) -> str:
    """Return the group that runs in one process: a share above, else the test's own file."""
    path = nodeid.split("::", maxsplit=1)[0]
    return next((share for folder, share in _SHARES.items() if path.startswith(f"tests/{folder}/")), path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest groups first, so that both processes end at about the same time."""
    order = ["pipelines", "resilience", "kafka"]
    items.sort(key=lambda item: order.index(_share(item.nodeid)) if _share(item.nodeid) in order else len(order))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Look for no garbage while tests are collected, and never among 9,600 tests and their modules: that took a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 10, 10)  # as runtime/processes/lifecycle.py
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Send each group to one process. pytest-xdist's own `loadgroup` does not see groups under pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - absent where tests run in one process

    class Shares(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _share(nodeid)

    return Shares(config, log)


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPipeline]:
    """The whole local pipeline, for every test that only needs one to run."""
    running = RunningPipeline(tmp_path_factory.mktemp("pipeline"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """PostgreSQL with a migrated template database."""
    with running_postgres() as running:
        yield running


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaServer]:
    """A broker with the product's topics."""
    with running_kafka() as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _parsed_once() -> Iterator[None]:
    """Parse each text of policies/ once per process: 200 tests load all of it, most with one file changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_files, "parse", lru_cache(maxsize=2_000)(yaml_files.parse))
        yield


@pytest.fixture(scope="session")
def library() -> PolicyLibrary:
    """The shipped policies/ folder."""
    return load_library(default_policies_dir())


@pytest.fixture(scope="session")
def reference(library: PolicyLibrary) -> ReferenceData:
    """The shipped reference data; some folders replace it by their own."""
    return library.reference


@pytest.fixture(scope="session")
def database(postgres: PostgresServer) -> str:
    """DSN of the run's database: each test empties it, and one that changes the schema puts it back or makes its own."""
    return postgres.migrated_database()


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    """A connection pool on an empty ledger."""
    empty(database)
    pool = create_engine(database, pool_size=6)
    yield pool
    await pool.dispose()


@pytest.fixture
def stores(engine: AsyncEngine, database: str, reference: ReferenceData) -> Stores:
    """Every store of the product over one pool."""
    return Stores.over(engine, database, reference)


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """Print tracebacks as Python does: with every local variable, that of a whole application takes half a minute."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, renderer])
