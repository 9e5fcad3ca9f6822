"""No event of ours is too large for its topic, whatever was found on however many lines."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from adjudication.model.determination import Determination, Pended
from adjudication.model.reference import ReferenceData
from adjudication.steps.pipeline import ClaimContext, adjudicate
from contracts.event_builders.decisions import determination_messages, pended_messages
from contracts.event_builders.fitting import LARGEST_EVENT, fitted
from contracts.events.determinations import ClaimDetermined
from contracts.events.review_tasks import ReviewTaskOpened
from streams.kafka.topics import LARGEST_OUTGOING
from tests.builders.activities.claims import RECEIVED, coverage
from tests.builders.claims import a_claim, a_line
from tests.builders.coverage import MEMBER

CODES = ("72148", "0609T", "0610T", "0611T", "0612T", "76390", "72141")
# Ended on 2021-10-01 and 2022-10-01, or headers: each is found invalid on each line.
INVALID = ("M51", "M54", "M54.5", "M51.36", "M51.37", "M50", "M48", "M47", "M46", "M43", "M99", "G95")
MOST = 999


@pytest.fixture
def events(reference: ReferenceData) -> list[bytes]:
    """The events of a claim of 999 lines on each of which every edit finds something."""
    lines = (a_line(CODES[n % len(CODES)], "ZZ", "80", "26", "TC", charge=f"{500 + n}.00") for n in range(MOST))
    claim = a_claim(*lines, diagnoses=INVALID)
    context = ClaimContext(7, (coverage(MEMBER),))
    decision = adjudicate(claim, context, RECEIVED + timedelta(hours=1), reference).decision
    if isinstance(decision, Determination):
        return [message.value for message in determination_messages(claim, decision, reference)]
    return [message.value for message in pended_messages(claim, decision, RECEIVED, 0, reference)]


def test_the_events_of_the_largest_claim_fit_their_topics(events: list[bytes]) -> None:
    sizes = [len(value) for value in events]
    left_out = [orjson.loads(value)["data"].get("findings_left_out", 0) for value in events]
    assert max(left_out) or max(sizes) > LARGEST_EVENT / 2  # else the claim is not a test of the bound
    assert max(sizes) <= LARGEST_EVENT < LARGEST_OUTGOING


def _task(findings: list[dict[str, object]]) -> dict[str, object]:
    return {"data": {"findings": findings}}


def _finding(line: int, verdict: str, pend: str | None = None, text: str = "x" * 100) -> dict[str, object]:
    return {"line": line, "verdict": verdict, "outcome": text} | ({} if pend is None else {"pend": pend})


def test_what_passes_is_left_out_first_and_one_reason_a_line_stays() -> None:
    findings = [_finding(line, verdict) for line in range(50) for verdict in ("passes", "notes", "denies", "denies")]
    whole = len(orjson.dumps(_task(findings)))
    assert orjson.loads(fitted(_task(findings), whole)) == _task(findings)
    half = orjson.loads(fitted(_task(findings), whole - 1))["data"]
    assert {each["verdict"] for each in half["findings"]} == {"denies"}
    assert half["findings_left_out"] == 100
    least = orjson.loads(fitted(_task(findings), whole // 3))["data"]
    assert [each["line"] for each in least["findings"]] == list(range(50))
    assert least["findings_left_out"] == 150


def test_each_pend_of_a_line_keeps_its_reason() -> None:
    findings = [_finding(1, "pends", "P-EDIT"), _finding(1, "pends", "P-AUTH"), _finding(1, "pends", "P-EDIT")]
    least = orjson.loads(fitted(_task(findings), 1))["data"]
    assert [each["pend"] for each in least["findings"]] == ["P-EDIT", "P-AUTH"]


def test_the_contract_accepts_an_event_that_lacks_findings(reference: ReferenceData) -> None:
    claim = a_claim(*(a_line("72148", charge=f"{500 + n}.00") for n in range(5)))
    decision = adjudicate(claim, ClaimContext(7, (coverage(MEMBER),)), RECEIVED, reference).decision
    if isinstance(decision, Pended):
        event = orjson.loads(pended_messages(claim, decision, RECEIVED, 0, reference)[0].value)
        shorter = ReviewTaskOpened.model_validate_json(fitted(event, 1))
    else:
        event = orjson.loads(determination_messages(claim, decision, reference)[0].value)
        shorter = ClaimDetermined.model_validate_json(fitted(event, 1))  # type: ignore[assignment]
    assert shorter.data.findings_left_out
