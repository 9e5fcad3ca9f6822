"""Days and times as people read them: one legal day for all readers, instants in the zone that the reader chose."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment

from console.web.formatting import in_words, shown, us_dates
from console.web.zones import Zones, of_plans
from rulebook.library import PolicyLibrary

NEW_YORK, LOS_ANGELES = ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")
EAST = Zones(NEW_YORK, (NEW_YORK, LOS_ANGELES))
WEST = Zones(LOS_ANGELES, (NEW_YORK, LOS_ANGELES))


@pytest.mark.parametrize("zones", [EAST, WEST, Zones(UTC, EAST.legal)], ids=["east", "west", "utc"])
@pytest.mark.parametrize(
    ("due_at", "words"),
    [
        (datetime(2025, 12, 13, 4, 59, 59, tzinfo=UTC), "Dec 12, 2025, end of day EST"),
        (datetime(2025, 7, 5, 3, 59, 59, tzinfo=UTC), "Jul 4, 2025, end of day EDT"),
        (datetime(2025, 12, 13, 7, 59, 59, tzinfo=UTC), "Dec 12, 2025, end of day PST"),
    ],
)
def test_a_legal_day_is_the_same_day_to_whoever_reads_it(zones: Zones, due_at: datetime, words: str) -> None:
    assert in_words(due_at, zones) == words


def test_an_instant_is_shown_in_the_zone_shown_and_a_day_stays_a_day() -> None:
    at = datetime(2025, 9, 3, 1, 5, tzinfo=UTC)
    assert in_words(at, EAST) == "Sep 2, 2025, 9:05 PM EDT"
    assert in_words(at, WEST) == "Sep 2, 2025, 6:05 PM PDT"
    assert in_words(datetime(2025, 1, 1, 5, 0, tzinfo=UTC), EAST) == "Jan 1, 2025, 12:00 AM EST"
    assert in_words(date(2025, 12, 31), WEST) == "Dec 31, 2025"


def test_what_is_typed_is_read_in_the_zone_shown_and_a_skipped_hour_is_none() -> None:
    assert EAST.at("2025-09-05T14:00") == datetime(2025, 9, 5, 18, 0, tzinfo=UTC)
    assert WEST.at("2025-01-05T14:00") == datetime(2025, 1, 5, 22, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="2026-03-08T02:30"):
        EAST.at("2026-03-08T02:30")
    assert EAST.begins(date(2025, 9, 5)).astimezone(UTC) == datetime(2025, 9, 5, 4, 0, tzinfo=UTC)


def test_days_and_instants_within_sentences_are_shown_the_same_way() -> None:
    rendered = Environment(autoescape=True)
    rendered.filters["us_dates"] = us_dates
    sentence = "received 2025-09-01; taken until 2025-09-03 14:30 UTC; id 2025-09-01-7, 2025-13-40"
    found = rendered.from_string("{{ sentence|us_dates }}").render(sentence=sentence, zones=EAST)
    assert found == "received Sep 1, 2025; taken until Sep 3, 2025, 10:30 AM EDT; id 2025-09-01-7, 2025-13-40"


def test_no_template_can_print_a_day_as_a_program_writes_it() -> None:
    rendered = Environment(autoescape=True, finalize=shown)
    assert rendered.from_string("born {{ day }}").render(day=date(1961, 4, 3), zones=EAST) == "born Apr 3, 1961"


def test_the_zones_are_those_of_the_plans_loaded(library: PolicyLibrary) -> None:
    zones = of_plans(library.reference)
    assert [zone.key for zone in zones.legal] == ["America/New_York", "America/Los_Angeles"]
    assert str(zones.shown) == "America/New_York"
