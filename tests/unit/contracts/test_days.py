"""A day that has begun anywhere is not in the future."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.claim_intake.registration import Submission
from contracts.days import latest_day
from contracts.events.appeals import AppealFiledV1
from streams.intake.decode import Refused, decode_submission
from tests.builders.events import a_claim_event, a_line, a_record


@pytest.mark.parametrize("zone", ["Pacific/Guam", "Pacific/Kiritimati", "America/New_York", "Pacific/Pago_Pago", "UTC"])
def test_today_is_never_after_the_latest_day(zone: str) -> None:
    for hour in range(48):
        moment = datetime(2025, 11, 19, tzinfo=UTC) + timedelta(hours=hour)
        assert moment.astimezone(ZoneInfo(zone)).date() <= latest_day(moment)


def test_the_offset_of_the_moment_does_not_matter() -> None:
    moment = datetime(2025, 11, 20, 9, 59, tzinfo=UTC)
    assert latest_day(moment) == latest_day(moment.astimezone(timezone(timedelta(hours=-11)))) == date(2025, 11, 20)
    assert latest_day(moment + timedelta(minutes=1)) == date(2025, 11, 21)


@pytest.mark.parametrize(("day", "kind"), [("2025-11-21", Submission), ("2025-11-22", Refused)])
def test_a_service_of_today_in_guam_is_accepted_and_one_of_tomorrow_is_not(day: str, kind: type[Any]) -> None:
    received = datetime(2025, 11, 20, 20, 0, tzinfo=UTC)  # 6 am on November 21 in Guam
    record = a_record(a_claim_event(lines=[a_line(service_date=day)]), at=received)
    assert isinstance(decode_submission(record), kind)


def test_an_appeal_postmarked_today_in_guam_is_accepted() -> None:
    appeal = {
        "submitter": "SYNTHETIC",
        "appeal_reference": "SYN-A1",
        "version": 1,
        "claim": {"payer_claim_number": "CWSYNTHETIC"},
        "appellant": "member",
        "channel": "mail",
        "postmarked_on": "2025-11-21",
        "filed_on": "2025-11-21",
        "received_at": "2025-11-20T20:00:00Z",
    }
    assert AppealFiledV1.model_validate_json(json.dumps(appeal)).postmarked_on == date(2025, 11, 21)
