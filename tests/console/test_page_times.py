from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.console import PAGES, measure
from benchmarks.console_ledger import fill
from runtime.settings import Settings

pytestmark = pytest.mark.servers


async def test_every_page_answers_over_the_ledger_of_the_benchmark(
    engine: AsyncEngine, database: str, tmp_path: Path
) -> None:
    """How fast is for `python -m benchmarks.console` to say; here nothing may fail."""
    away = "127.0.0.1:1"
    settings = Settings(state_dir=tmp_path, kafka_bootstrap=away, temporal_address=away, postgres_dsn=database)
    await fill(engine, settings, 400)
    timed = await measure(engine, settings, 1)
    assert [each.path for each in timed] == list(PAGES)
    assert {each.path: each.status for each in timed if each.status >= 500} == {}
    assert {each.status for each in timed if each.path.startswith("/dashboard")} == {200}
