"""Findings read back as they were written, and findings stored before they had a typed detail."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from adjudication.model import outcomes
from adjudication.model.findings import (
    AuthorizationDetail,
    Citation,
    Detail,
    DocumentNeed,
    Evidence,
    Finding,
    PlanDetail,
    PolicyDetail,
    ProposalDetail,
    ProposedLine,
)
from adjudication.model.other_payers import PriorPayment
from adjudication.model.pends import DOCUMENT_PEND, INVESTIGATION_PEND, PHYSICIAN_PEND, QUALITY_PEND
from adjudication.model.vocabulary import AuthorizationNumber, LineNumber, OutcomeCode, PlanId, Step, Verdict
from contracts.events.determinations import FindingV1
from contracts.records.decision_json import finding_json, read_finding

CITED = Citation("claims-practice", "B1")
UNTIL = datetime(2025, 9, 30, 12, 0, tzinfo=UTC)
PRIOR = PriorPayment(2, Decimal("500.00"), Decimal("300.00"), Decimal(50), Decimal("400.00"))
NEEDS = (
    DocumentNeed("clinical-notes", ("tx.weeks", "exam.on")),
    DocumentNeed("imaging-report", ("x.ray",), received=True),
)
PROPOSED = (
    ProposedLine(1, "approved", Decimal("412.50"), "pricing.rated", ()),
    ProposedLine(2, "denied", Decimal("0.00"), "edits.duplicate", ("SYN-1", "SYN-2")),
)
DETAILS: list[Detail | None] = [
    None,
    PlanDetail(PlanId("HUDSON-MA")),
    AuthorizationDetail(AuthorizationNumber("AUTH-1")),
    PRIOR,
    PolicyDetail("SYN-POLICY", "2.1", NEEDS),
    PolicyDetail("SYN-POLICY", None),
    ProposalDetail(PROPOSED, UNTIL),
    ProposalDetail(PROPOSED),
]


@pytest.mark.parametrize("detail", DETAILS, ids=repr)
def test_a_finding_is_read_back_as_it_was_written_and_is_what_the_events_promise(detail: Detail | None) -> None:
    evidence = (Evidence("code", "72148"),)
    finding = Finding(
        Step.NECESSITY, outcomes.RATED, Verdict.PENDS, CITED, LineNumber(1), evidence, DOCUMENT_PEND, detail=detail
    )
    written = orjson.dumps(finding_json(finding))
    assert read_finding(orjson.loads(written)) == finding
    event = FindingV1.model_validate_json(written)
    promised = orjson.dumps(event.model_dump(mode="json", exclude_none=True), option=orjson.OPT_SORT_KEYS)
    assert promised == orjson.dumps(orjson.loads(written), option=orjson.OPT_SORT_KEYS)


def stored(step: Step, outcome: OutcomeCode, *evidence: tuple[str, str], verdict: str = "passes") -> dict[str, Any]:
    """A finding as ledgers keep it from before: no detail."""
    shown = [{"name": name, "value": value} for name, value in evidence]
    citation = {"source": "S", "locator": "L"}
    return {"step": step, "outcome": outcome, "verdict": verdict, "line": 1, "citation": citation, "evidence": shown}


OLD: list[tuple[dict[str, Any], Detail | None]] = [
    (
        stored(Step.ELIGIBILITY, outcomes.COVERAGE_ACTIVE, ("coverage", "C-1"), ("plan", "HUDSON-MA")),
        PlanDetail(PlanId("HUDSON-MA")),
    ),
    (
        stored(Step.PROVIDER, outcomes.PROVIDER_CONTRACTED, ("npi", "1"), ("plan", "HUDSON-MA"), ("roster", "1")),
        PlanDetail(PlanId("HUDSON-MA")),
    ),
    (
        stored(Step.AUTHORIZATION, outcomes.AUTHORIZATION_APPROVED, ("authorization", "AUTH-1")),
        AuthorizationDetail(AuthorizationNumber("AUTH-1")),
    ),
    (
        stored(
            Step.COORDINATION,
            outcomes.AFTER_PRIOR_PAYER,
            ("prior_payers", "2"),
            ("charge", "500.00"),
            ("prior_paid", "300.00"),
            ("patient_share", "50"),
            ("accepted", "400.00"),
            ("told_by", "claim"),
        ),
        PRIOR,
    ),
    (
        stored(
            Step.NECESSITY,
            outcomes.NECESSITY_FACTS_MISSING,
            ("policy", "SYN-POLICY 2.1"),
            ("rule", "R-1"),
            ("tx.weeks", "missing"),
            ("exam.on", "missing"),
            ("document", "clinical-notes"),
            ("x.ray", "missing"),
            ("unread", "imaging-report"),
        ),
        PolicyDetail("SYN-POLICY", "2.1", NEEDS),
    ),
    (
        stored(
            Step.PRICING,
            outcomes.SAMPLED,
            ("decision", "abc"),
            ("held_until", "2025-09-30T12:00:00+00:00"),
            ("proposed", "1 approved 412.50 pricing.rated -"),
            ("proposed", "2 denied 0.00 edits.duplicate SYN-1,SYN-2"),
        ),
        ProposalDetail(PROPOSED, UNTIL),
    ),
    (stored(Step.EDITS, outcomes.DUPLICATE, ("claim", "other")), None),
]


@pytest.mark.parametrize(("old", "detail"), OLD, ids=[each["outcome"] for each, _ in OLD])
def test_the_detail_of_an_older_finding_follows_from_its_evidence(old: dict[str, Any], detail: Detail | None) -> None:
    assert read_finding(old).detail == detail


def test_an_older_event_does_not_say_the_pend_code_so_it_follows_from_the_step() -> None:
    waits = stored(Step.NECESSITY, outcomes.EXPERIMENTAL, verdict="pends")
    investigated = stored(Step.PROVIDER, outcomes.PROVIDER_INVESTIGATED, verdict="pends")
    assert read_finding(waits).pend == PHYSICIAN_PEND
    assert read_finding(investigated).pend == INVESTIGATION_PEND
    assert read_finding({**waits, "pend": "P-QA"}).pend == QUALITY_PEND
