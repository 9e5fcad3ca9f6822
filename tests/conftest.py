"""Servers and policy data that the whole run shares, an empty ledger for each test, and how tests print the log.

Each server starts once per test process, when the first test asks for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.reference import ReferenceData
from rulebook.library import PolicyLibrary, default_policies_dir, load_library
from storage.engine import create_engine
from tests.builders.ledger.ledgers import Stores
from tests.builders.pipeline.pipeline import RunningPipeline
from tests.builders.servers.kafka import KafkaServer, running_kafka
from tests.builders.servers.postgres import PostgresServer, empty, running_postgres

# A folder's tests run in one process, one after the other, because each of them starts or kills a whole pipeline.
_WHOLE_PIPELINE = ("browser", "e2e", "resilience")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests for `-n`: whole pipelines and Kafka in one process each, else file by file; the longest groups first."""
    groups: dict[str, list[pytest.Item]] = {"pipelines": [], "kafka": []}
    for item in items:
        folder = item.path.relative_to(item.config.rootpath).parts[1]
        needs = getattr(item, "fixturenames", ())
        one = "pipelines" if folder in _WHOLE_PIPELINE or "pipeline" in needs else "kafka" if "kafka" in needs else None
        group = one or str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
        groups.setdefault(group, []).append(item)
    items[:] = [item for group in groups.values() for item in group]


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


@pytest.fixture(scope="session")
def library() -> PolicyLibrary:
    """The shipped policies/ folder."""
    return load_library(default_policies_dir())


@pytest.fixture(scope="session")
def reference(library: PolicyLibrary) -> ReferenceData:
    """The shipped reference data; some folders replace it by their own."""
    return library.reference


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> str:
    """DSN of the module's own database."""
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
