"""Evidence is for display: with every label renamed, the demonstration's claims are paid, asked about and shown the same."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import orjson
import pytest
from pydantic import ValidationError

from adjudication.letters.letter import Audience
from adjudication.model.authorizations import Authorization
from adjudication.model.claim import Claim
from adjudication.model.determination import Determination
from adjudication.model.errors import AdjudicationError
from adjudication.model.findings import Evidence
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, DateRange, LineNumber, PlanId
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.pipeline import ClaimContext, adjudicate
from adjudication.steps.roster import Investigation, ProviderContract, RosteredProvider
from cli.demo.world import World, build_world
from contracts.claim_intake.mapping import to_core
from contracts.event_builders.decisions import determination_messages, pended_messages
from contracts.events.claims import ClaimSubmitted
from contracts.events.feeds import AuthorizationChanged, CoverageChanged, ProviderChanged
from contracts.events.topics import AUTHORIZATIONS_CHANGED, COVERAGE_CHANGED, DETERMINATIONS, DOCUMENT_REQUESTS
from contracts.records.decision_json import plan_named, read_line
from letters.layout import LetterFrame, decision_letter, render
from tests.builders.letters.letter_values import shipped

NOW = datetime(2025, 12, 10, 9, 0, tzinfo=UTC)
RENAMED = "another name for "


def context_of(world: World) -> ClaimContext:
    """Everything that the feeds say, for all members: every step chooses by member, plan or provider."""
    spans, authorizations, roster = [], [], {}
    for record in world.feeds:
        if record.topic == COVERAGE_CHANGED:
            c = CoverageChanged.model_validate_json(record.value).data
            others = None if c.other_coverage is None else tuple(each.to_core() for each in c.other_coverage)
            dates = DateRange(c.starts, c.ends)
            spans.append(
                CoverageSpan(
                    c.coverage_id, c.member_id, PlanId(c.plan_id), c.birth_date, dates, others, c.determined_on
                )
            )
        elif record.topic == AUTHORIZATIONS_CHANGED:
            a = AuthorizationChanged.model_validate_json(record.value).data
            services = tuple(s.to_core() for s in a.services)
            number = AuthorizationNumber(a.authorization_number)
            authorizations.append(Authorization(number, a.member_id, PlanId(a.plan_id), a.status, services))
        else:
            p = ProviderChanged.model_validate_json(record.value).data
            contracts = tuple(ProviderContract(PlanId(c.plan_id), DateRange(c.starts, c.ends)) for c in p.contracts)
            cases = tuple(Investigation(i.case_reference, DateRange(i.starts, i.ends)) for i in p.investigations)
            roster[p.npi] = RosteredProvider(p.npi, p.version, contracts, cases, p.taxonomy)
    return ClaimContext(1, spans, authorizations, roster=roster)


def claims_of(world: World) -> list[Claim]:
    claims = []
    for number, record in enumerate(world.claims):
        try:
            sent = ClaimSubmitted.model_validate_json(record.value)
        except ValidationError:
            continue  # the intake refuses it
        claims.append(to_core(sent.data, ClaimId(f"claim-{number}"), NOW))
    return claims


def letters(event: bytes, claim: Claim) -> list[str]:
    """The letters of each decided line to the member and to the provider, read back from the stored event."""
    days = {line.number: line.service_date for line in claim.lines}
    written = []
    for stored in orjson.loads(event)["data"]["lines"]:
        line = read_line(stored, clinical=False, signature=None)
        plan_id = plan_named(line.findings)
        plan = None if plan_id is None else shipped().reference.plan(plan_id, days[line.line])
        frame = LetterFrame(shipped(), {} if plan is None else {line.line: plan}, date(2025, 12, 10))
        for audience in Audience:
            try:
                written.append(render(decision_letter(line, days[LineNumber(line.line)], {}, audience, frame)))
            except AdjudicationError as error:
                written.append(str(error))
        written.append(f"paid {line.paid} after {line.prior_payers} payers")
    return written


def everything_sent(world: World) -> list[tuple[str, bytes | str]]:
    """Every event and every letter for every claim of the demonstration."""
    reference, context = shipped().reference, context_of(world)
    sent: list[tuple[str, bytes | str]] = []
    for claim in claims_of(world):
        own = [span for span in context.spans if span.member_id == claim.member.member_id]
        known = ClaimContext(1, own, context.authorizations, roster=context.roster)
        decision = adjudicate(claim, known, NOW, reference).decision
        if isinstance(decision, Determination):
            messages = determination_messages(claim, decision, reference)
        else:
            messages = pended_messages(claim, decision, NOW, 1, reference)
        for message in messages:
            sent.append((message.topic, message.value.replace(RENAMED.encode(), b"")))
            if message.topic == DETERMINATIONS:
                sent += [("letters", letter) for letter in letters(message.value, claim)]
    return sent


def test_nothing_but_the_display_depends_on_the_names_of_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world("t")
    plain = everything_sent(world)
    topics = Counter(topic for topic, _ in plain)
    assert topics[DETERMINATIONS] > 50
    assert topics[DOCUMENT_REQUESTS] > 5
    assert topics["letters"] > 100
    assert any("after 1 payers" in letter for letter in map(str, (text for topic, text in plain if topic == "letters")))
    original = Evidence.__init__

    def renamed(self: Evidence, name: str, value: str) -> None:
        original(self, f"{RENAMED}{name}", value)

    monkeypatch.setattr(Evidence, "__init__", renamed)
    assert Evidence("plan", "X").name == "another name for plan"
    assert everything_sent(world) == plain


def test_a_claim_is_paid_after_the_other_payer_read_back_from_a_stored_event() -> None:
    """Events stored before findings had a detail keep the amounts of the other payer in evidence."""
    stored = {
        "line": 1,
        "code": "72148",
        "disposition": "approved",
        "charge": "500.00",
        "paid": "112.50",
        "adjustments": [
            {"group": "OA", "carc": "23", "amount": "300.00", "rarcs": []},
            {"group": "CO", "carc": "45", "amount": "87.50", "rarcs": []},
        ],
        "reason": "pricing.secondary",
        "reason_label": "Paid after another payer",
        "would_also_fail": [],
        "findings": [
            {
                "step": "coordination",
                "outcome": "coordination.after_prior_payer",
                "verdict": "passes",
                "line": 1,
                "citation": {"source": "S", "locator": "L"},
                "evidence": [
                    {"name": "prior_payers", "value": "1"},
                    {"name": "charge", "value": "500.00"},
                    {"name": "prior_paid", "value": "300.00"},
                    {"name": "patient_share", "value": "50.00"},
                    {"name": "accepted", "value": "400.00"},
                ],
            }
        ],
    }
    line = read_line(stored, clinical=False, signature=None)
    assert (line.prior_payers, line.paid) == (1, Decimal("112.50"))
