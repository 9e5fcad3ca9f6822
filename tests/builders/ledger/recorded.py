"""Claims of one synthetic member that the pipeline's rules decided under a small policies folder, as a ledger records them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from adjudication.model.claim import SupportingFact
from adjudication.model.determination import Decision, Determination
from adjudication.model.vocabulary import DateRange, PlanId
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.pipeline import ClaimContext, adjudicate
from contracts.claim_intake.registration import Submission
from contracts.event_builders.decisions import determination_messages
from contracts.events.claims import SupportingFactV1
from contracts.events.codec import canonical, payload_hash
from contracts.events.outgoing import OutgoingMessage
from contracts.records.decisions import Publication, StoredClaim
from rulebook.library import PolicyLibrary
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import BORN, MEMBER, a_coverage_change, a_submission

DECIDED = datetime(2025, 9, 2, 9, 0, tzinfo=UTC)
SPAN = CoverageSpan("COV-1", MEMBER, PlanId("HUDSON-COMM"), BORN, DateRange(date(2025, 1, 1)), None, date(2024, 12, 1))


def submitted(control: str, *facts: SupportingFact, code: str = "76390", member: str = MEMBER) -> Submission:
    """A submission of a synthetic member whose claim states these facts."""
    plain = a_submission(control, code, member=member)
    claim = plain.claim.model_copy(update={"supporting_information": tuple(_wire(fact) for fact in facts)})
    payload = canonical(claim.model_dump(mode="json", exclude_none=True))
    return replace(plain, claim=claim, payload=payload, payload_hash=payload_hash(payload))


def _wire(fact: SupportingFact) -> SupportingFactV1:
    kinds: dict[type, str] = {bool: "flag", date: "day", Decimal: "number", str: "code"}
    value = {kinds[type(fact.value)]: fact.value}
    return SupportingFactV1.model_validate(
        {"fact": fact.fact, "source": fact.source, "recorded_on": fact.recorded_on, **value}
    )


async def decided(stores: Stores, own_library: PolicyLibrary, *submissions: Submission) -> list[StoredClaim]:
    """Accept claims of covered members, and commit what the pipeline's rules decide of them."""
    members = sorted({each.claim.member.member_id for each in submissions})
    spans = {member: replace(SPAN, coverage_id=f"COV-{n}", member_id=member) for n, member in enumerate(members, 1)}
    await stores.feeds.apply_coverage(
        [
            a_coverage_change().model_copy(update={"member_id": member, "coverage_id": span.coverage_id})
            for member, span in spans.items()
        ]
    )
    batch, stored = await stores.accept(*submissions)
    decisions = [
        adjudicate(
            each.claim,
            ClaimContext(sequence=1, spans=[spans[each.claim.member.member_id]]),
            DECIDED,
            own_library.reference,
        ).decision
        for each in stored
    ]
    publications = [
        Publication(each, one, 0, _messages(each, one, own_library))
        for each, one in zip(stored, decisions, strict=True)
    ]
    refused = await stores.decisions.commit(batch.batch_id, publications)
    assert not refused
    return stored


def _messages(stored: StoredClaim, decision: Decision, own_library: PolicyLibrary) -> tuple[OutgoingMessage, ...]:
    if isinstance(decision, Determination):
        return determination_messages(stored.claim, decision, own_library.reference)
    return ()
