"""What an author of clocks gets wrong, each shown in one message: where, what is wrong, what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adjudication.model.vocabulary import PlanId
from rulebook.checks import Citations
from rulebook.deadlines.rules import load_deadlines
from rulebook.errors import PolicyDataError
from rulebook.library import default_policies_dir
from rulebook.payers.plans import PlansFile
from rulebook.schema import SourcesFile
from rulebook.yaml_files import payer_files, read_yaml
from tests.builders.policy.policy_folders import spoil

SOURCES = read_yaml(default_policies_dir() / "sources.yaml", "sources.yaml", SourcesFile).sources
PLANS = [
    PlanId(plan.plan_id)
    for label in payer_files(default_policies_dir(), "plans")
    for plan in read_yaml(default_policies_dir() / label, label, PlansFile).plans
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The shipped clocks, to be spoiled."""
    for name in ("law", "payers"):
        shutil.copytree(default_policies_dir() / name, tmp_path / name)
    return tmp_path


SLIPS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "an unknown event": ("law/deadlines/erisa.yaml", "starts_on: [received]", "starts_on: [recieved]", ("law/deadlines/erisa.yaml, line ", "starts_on[0]", "correct the value")),
    "an unknown unit": ("law/deadlines/erisa.yaml", "30 days", "30 weeks", ("line ", "'30 weeks' is not a period of time", "hours, days")),
    "a length without a unit": ("law/deadlines/erisa.yaml", "period: 30 days", "period: 30", ("line ", "a number and a unit")),
    "a length in two keys": (
        "law/deadlines/erisa.yaml", "period: 30 days", "period: {length: 30, unit: days}", ("line ", "a number and a unit"),
    ),
    "a stop without an end": (
        "law/deadlines/erisa.yaml", "          at_most: 45 days\n", "", ("at_most", "add the key"),
    ),
    "no citation": (
        "law/deadlines/erisa.yaml", "    citation: {source: 29-cfr-2560-503-1, locator: (f)(2)(iii)(B)}\n", "",
        ("erisa-post-service", "no citation", "add citation"),
    ),
    "an unknown source": (
        "law/deadlines/erisa.yaml", "source: 29-cfr-2560-503-1, locator: (f)(2)(iii)(B)", "source: nowhere, locator: x",
        ("'nowhere'", "sources.yaml"),
    ),
    "starts and ends on one event": (
        "law/deadlines/documents.yaml", "ends_on: [information-received]", "ends_on: [information-requested]",
        ("document-answer-erisa", "starts and ends on information-requested", "take the event out"),
    ),
    "a clock that runs twice on one claim": (
        "law/deadlines/new-york.yaml", "electronic: false", "clean: true",
        ("ny-prompt-payment-electronic and ny-prompt-payment-other", "neither is the more specific", "narrow applies_to"),
    ),
    "a gap between versions": (
        "law/deadlines/medicaid.yaml", "ends: 2026-01-01", "ends: 2025-12-01",
        ("medicaid-service", "no version is in force from 2025-12-01 until 2026-01-01", "end the earlier one"),
    ),
    "versions that overlap": (
        "law/deadlines/medicaid.yaml", "ends: 2026-01-01", "ends: 2026-02-01", ("two entries in force on 2026-01-01",),
    ),
    "dates that run backwards": (
        "law/deadlines/medicaid.yaml", "ends: 2026-01-01", "ends: 2023-01-01", ("not after starts", "half-open"),
    ),
    "one name for two clocks": (
        "law/deadlines/erisa.yaml", "deadline: erisa-pre-service", "deadline: erisa-post-service",
        ("two deadlines are called erisa-post-service", "another name"),
    ),
    "a stop of a clock in months": (
        "law/deadlines/erisa.yaml", "period: 30 days", "period: 1 month",
        ("stops a deadline counted in months", "count it in days or hours"),
    ),
    "a stop and an extension in two units": (
        "law/deadlines/erisa.yaml", "period: 30 days", "period: 22 business days",
        ("counts in business days and is extended in days", "in the unit of the deadline"),
    ),
    "a stop that needs an extension it has not": (
        "law/deadlines/erisa.yaml", "        extension: {period: 15 days}\n", "",
        ("stops only with an extension and allows none",),
    ),
    "a stop that is its own end": (
        "law/deadlines/erisa.yaml", "resumes_on: information-received", "resumes_on: request-mailed",
        ("stops and resumes on request-mailed", "name two events"),
    ),
    "interest without a name": (
        "law/deadlines/new-york.yaml", "    interest: ny-late-payment\n", "", ("owes interest at expiry and names none",),
    ),
    "interest never owed": (
        "law/deadlines/new-york.yaml", "at_expiry: interest-and-escalation", "at_expiry: escalation",
        ("names an interest it never owes",),
    ),
    "an unknown interest": (
        "law/deadlines/new-york.yaml", "interest: ny-late-payment", "interest: ny-late", ("the interest ny-late is not loaded",),
    ),
    "an unknown calendar": ("law/deadlines/new-york.yaml", "calendar: ny", "calendar: nyc", ("the calendar nyc is not loaded",)),
    "an unknown time zone": (
        "law/deadlines/new-york.yaml", "time_zone: America/New_York", "time_zone: America/Albany",
        ("'America/Albany' is not known", "America/New_York"),
    ),
    "a plan that does not exist": (
        "law/deadlines/medicare-advantage.yaml", "plans: [HUDSON-MA]", "plans: [HUDSON-MB]", ("the plan HUDSON-MB is not loaded",),
    ),
    "warnings out of order": (
        "law/deadlines/erisa.yaml", "{before: 24 hours, notify: supervisor}", "{before: 96 hours, notify: supervisor}",
        ("[72, 96, 4]", "the earliest warning (most hours) first"),
    ),
    "a warning in days": (
        "law/deadlines/erisa.yaml", "{before: 72 hours, notify: owner}", "{before: 3 days, notify: owner}",
        ("warns 3 days before", "give the time in hours"),
    ),
    "a role no person has": (
        "law/deadlines/erisa.yaml", "escalates_to: supervisor", "escalates_to: boss", ("'boss'", "is not a role", "use one of: "),
    ),
    "an escalation to the owner": (
        "law/deadlines/erisa.yaml", "escalates_to: supervisor", "escalates_to: owner", ("'owner'", "not a role to escalate to"),
    ),
    "a holiday of another year": (
        "law/holidays/ny.yaml", "day: 2024-01-15", "day: 2025-01-15", ("2025-01-15, a day of another year", "years.2024"),
    ),
    "a holiday given twice": (
        "law/holidays/ny.yaml", "day: 2024-01-15", "day: 2024-01-01", ("lists 2024-01-01 twice",),
    ),
    "a second file of one calendar": (
        "law/holidays/ny.yaml", "calendar: ny", "calendar: federal", ("the calendar federal has another file",),
    ),
    "a plan with two homes": (
        "payers/hudson/jurisdiction.yaml", "plan: HUDSON-EP", "plan: HUDSON-COMM",
        ("HUDSON-COMM has two entries in force",),
    ),
    "a home for an unknown plan": (
        "payers/hudson/jurisdiction.yaml", "plan: HUDSON-EP", "plan: HUDSON-EQ",
        ("the plan HUDSON-EQ is not loaded",),
    ),
    "a home in no calendar": (
        "payers/hudson/jurisdiction.yaml", "calendar: ny", "calendar: nj", ("the calendar nj is not loaded",),
    ),
    "interest without a rate": (
        "law/interest/ny-late-payment.yaml", 'floor_percent: "12"\n', "", ("neither a floor nor a rate",),
    ),
    "a rate without quotes": (
        "law/interest/ny-late-payment.yaml", 'floor_percent: "12"', "floor_percent: 12", ("in quotes",),
    ),
    "two rates on one day": (
        "law/interest/prompt-payment-act.yaml", "ends: 2025-07-01", "ends: 2025-08-01",
        ("prompt-payment-act has two entries in force on 2025-07-01",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_of_the_author_is_shown_with_place_and_remedy(root: Path, slip: str) -> None:
    name, old, new, shown = SLIPS[slip]
    spoil(root, name, old, new)
    with pytest.raises(PolicyDataError) as refused:
        load_deadlines(root, Citations(dict(SOURCES)), PLANS)
    for words in shown:
        assert words in str(refused.value)


def test_the_shipped_clocks_load_and_keep_the_marks_of_their_authors(root: Path) -> None:
    citations = Citations(dict(SOURCES))
    book = load_deadlines(root, citations, PLANS)
    marks = {rule.rule_id: rule.confidence for rule in book.rules}
    assert (marks["erisa-post-service"], marks["ny-dispute-notice"]) == ("checked", "medium")
    assert any("ny-dispute-notice" in doubt.where for doubt in citations.doubts)


def test_a_folder_without_clocks_is_an_empty_book(tmp_path: Path) -> None:
    assert load_deadlines(tmp_path, Citations({}), []).rules == ()
