"""The command line prints times in the zone of the reader's machine and names it, since a legal day ends at its midnight."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cli.times import local_time, when


@pytest.fixture(params=[("America/New_York", "2026-03-31 23:59 EDT"), ("UTC", "2026-04-01 03:59 UTC")])
def there(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    zone, words = request.param
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    yield words
    monkeypatch.undo()
    time.tzset()


def test_the_end_of_a_legal_day_is_on_that_day_where_the_plan_is(there: str) -> None:
    assert when(datetime(2026, 4, 1, 3, 59, tzinfo=UTC)) == there
    assert local_time("2026-04-01T03:59:59Z") == there
