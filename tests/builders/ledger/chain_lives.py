"""The real activities on real stores, driven as the workflows would drive them; claims come as intake registers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.registry import adjudication_activities
from adjudication.model.claim import Claim, SupportingFact
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId
from contracts.claim_intake.registration import BatchLimits, Submission
from contracts.events.claim_details import ProviderV1
from contracts.events.claims import (
    BillingProviderV1,
    ClaimLineV1,
    ClaimSubmittedV1,
    FactSubjectV1,
    MemberV1,
    SupportingFactV1,
)
from contracts.events.codec import canonical, payload_hash
from contracts.events.feeds import AuthorizationChangedV1, AuthorizedServiceV1, CoverageChangedV1
from contracts.ids import batch_id
from contracts.workflow_messages.claims import STEP_ORDER, ClaimBatch, PublishSummary
from runtime.processes.ports import postgres_ports
from tests.builders.activities.adjudicator import Time
from tests.builders.activities.claims import an_authorization, coverage
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import request
from tests.builders.roster import a_provider_change


def as_submission(claim: Claim) -> Submission:
    """The delivery that registers this claim."""
    wire = ClaimSubmittedV1(
        submitter=claim.submitter,
        claim_control_number=claim.control_number,
        revision=claim.revision,
        frequency=claim.frequency,
        payer_claim_number=claim.payer_claim_number,
        form=claim.form,
        place_of_service=claim.place_of_service,
        member=MemberV1(
            member_id=claim.member.member_id,
            birth_date=claim.member.birth_date,
            family_name=claim.member.family_name,
            given_name=claim.member.given_name,
        ),
        billing=BillingProviderV1(npi=claim.billing.npi, taxonomy=claim.billing.taxonomy),
        ordering=None
        if claim.ordering is None
        else ProviderV1(npi=claim.ordering.npi, taxonomy=claim.ordering.taxonomy),
        diagnoses=claim.diagnoses,
        first_filed_on=claim.first_filed_on,
        supporting_information=tuple(_fact(fact) for fact in claim.supporting),
        lines=tuple(
            ClaimLineV1(
                number=line.number,
                code=line.code,
                units=line.units,
                charge=line.charge,
                service_date=line.service_date,
                diagnosis_pointers=line.diagnosis_pointers,
            )
            for line in claim.lines
        ),
    )
    payload = canonical(wire.model_dump(mode="json", exclude_none=True))
    position = f"claims.submitted/0/{claim.claim_id}"
    event = f"event-{claim.claim_id}"
    patient = canonical(wire.member.model_dump(mode="json", exclude_none=True))
    return Submission(claim.claim_id, wire, payload, patient, payload_hash(payload), event, claim.received_at, position)


def _fact(fact: SupportingFact) -> SupportingFactV1:
    kinds = {"bool": "flag", "date": "day", "Decimal": "number", "str": "code"}
    value: Any = {kinds[type(fact.value).__name__]: fact.value}
    about = None if fact.about is None else FactSubjectV1(region="whole-spine")
    return SupportingFactV1(fact=fact.fact, source=fact.source, recorded_on=fact.recorded_on, about=about, **value)


@dataclass
class PostgresLife:
    """One worker; several may share the stores."""

    stores: Stores
    reference: ReferenceData
    clock: Time = field(default_factory=Time)
    steps: list[Any] = field(init=False)
    rounds: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        everything = adjudication_activities(postgres_ports(self.stores.engine), self.reference, self.clock)
        self.steps = everything[: len(STEP_ORDER)]

    async def know(self, claim: Claim, code: str, plan: str) -> None:
        """State the feeds: the member's coverage, who bills, and one authorized unit of the code."""
        span, authorization = coverage(claim.member, plan), an_authorization(claim.member, code, plan=plan)
        (service,) = authorization.services
        await self.stores.feeds.apply_providers([a_provider_change(1, "HUDSON-MA", npi=claim.billing.npi)])
        await self.stores.feeds.apply_coverage(
            [
                CoverageChangedV1(
                    coverage_id=span.coverage_id,
                    member_id=span.member_id,
                    plan_id=plan,
                    birth_date=span.birth_date,
                    starts=span.span.starts,
                    version=1,
                )
            ]
        )
        authorized = AuthorizedServiceV1(
            code=code, units=service.units, starts=service.dates.starts, ends=service.dates.ends or date.max
        )
        await self.stores.feeds.apply_authorizations(
            [
                AuthorizationChangedV1(
                    authorization_number=authorization.number,
                    member_id=authorization.member_id,
                    plan_id=plan,
                    status=authorization.status,
                    services=(authorized,),
                    version=1,
                )
            ]
        )

    async def accept(self, *claims: Claim) -> None:
        """Register claims as one batch."""
        await self.stores.ledger.register(request(*map(as_submission, claims)), BatchLimits(claims=max(1, len(claims))))

    async def run(self, *claims: Claim) -> PublishSummary:
        """Adjudicate a batch for the first time."""
        return await self._adjudicate([claim.claim_id for claim in claims], 0)

    async def again(self, claim_id: str) -> PublishSummary:
        """Try one claim again, as its review does."""
        self.rounds[claim_id] = self.rounds.get(claim_id, 0) + 1
        return await self._adjudicate([ClaimId(claim_id)], self.rounds[claim_id])

    async def waiting(self) -> list[str]:
        """Claims with an open pend, oldest first."""
        rows = await self.stores.rows(
            "SELECT claim_id::text FROM claims c WHERE EXISTS (SELECT 1 FROM pends p WHERE p.claim_id = c.claim_id "
            "AND p.closed_at IS NULL) ORDER BY sequence"
        )
        return [claim_id for (claim_id,) in rows]

    async def time_passes(self) -> None:
        """Every waiting claim is tried by time alone, past every wait for an original."""
        self.clock.now += timedelta(days=11)
        for claim_id in await self.waiting():
            await self.again(claim_id)

    async def _adjudicate(self, claim_ids: Sequence[ClaimId], round_number: int) -> PublishSummary:
        batch = ClaimBatch(batch_id(tuple(claim_ids)), list(claim_ids), round_number)
        environment, summary = ActivityEnvironment(), None
        for step in self.steps:
            summary = await environment.run(step, batch)
        assert isinstance(summary, PublishSummary)
        return summary
