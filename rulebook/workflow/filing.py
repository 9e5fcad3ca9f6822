"""Timely filing besides its limits: the shape of the file, and the limits that it refuses."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StrictInt, StringConstraints

from adjudication.deadlines.periods import Period, Unit
from adjudication.deadlines.rule_book import DeadlineRules
from adjudication.deadlines.rules import DeadlineKind
from adjudication.model.filing import FilingRules
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited, Text

FILING: Final = "workflow/filing.yaml"
_DAYS: Final = {Unit.HOURS: 0, Unit.DAYS: 1, Unit.BUSINESS_DAYS: 1, Unit.MONTHS: 28, Unit.YEARS: 365}


class FilingFile(Cited):
    """workflow/filing.yaml."""

    sure_days: Annotated[StrictInt, Field(ge=1, le=365)]
    corrections: Text
    relied_on: tuple[Text, ...]
    delay_reasons: dict[Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}$")], Text]


def filing(label: str, file: FilingFile, citations: Citations) -> FilingRules:
    """Build the rules; a period that cannot be read is refused."""
    try:
        corrections = Period.parse(file.corrections)
    except ValueError as error:
        raise PolicyDataError(place(label, key="corrections"), str(error), "write it as 1 year or 180 days") from error
    return FilingRules(
        file.sure_days,
        corrections,
        dict(file.delay_reasons),
        frozenset(file.relied_on),
        citations.of(place(label), file),
    )


def refuse_short_limits(rules: FilingRules, deadlines: DeadlineRules) -> None:
    """Refuse a filing limit shorter than `sure_days`."""
    for rule in deadlines.rules:
        days = rule.period.length * _DAYS[rule.period.unit]
        if rule.kind is DeadlineKind.PROVIDER_FILING and days < rules.sure_days:
            where = place("law/deadlines", key=rule.rule_id)
            text = f"{rule.period} is shorter than sure_days of {FILING}, so that a late claim could count as in time"
            raise PolicyDataError(where, text, "lower sure_days, or correct the period")
