"""People at work on waiting claims of a real database: real activities, shipped rules, a clock that stands where it is put."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
from temporalio.testing import ActivityEnvironment

from activities.registry import adjudication_activities
from adjudication.people import Role, StaffMember
from cli.demo.clinical import failed_trial, on_the_wire
from contracts.actions.people import LicenseV1, PersonV1
from contracts.claim_intake.registration import Submission
from contracts.events.claims import SupportingFactV1
from contracts.events.codec import canonical, payload_hash
from contracts.events.feeds import CoverageChangedV1
from contracts.ids import batch_id
from contracts.records.decisions import StoredClaim
from contracts.workflow_messages.claims import (
    APPLY_REVIEW_ACTION,
    STEP_ORDER,
    ClaimBatch,
    PublishSummary,
    ReviewAct,
    ReviewAnswer,
)
from runtime.processes.ports import postgres_ports
from storage.audit import trail
from storage.privileges.roles import DatabaseRole
from storage.review.actions import ReviewActionStore
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import RECEIVED, SERVICE_DATE, a_coverage_change, a_submission
from tests.builders.roster import a_provider_change

RATIONALE = "Six weeks of supervised therapy are not shown in this member's own records."
DENIES: dict[str, Any] = {
    "resolution": "denies",
    "denies_as": "necessity.experimental",
    "criteria": ["S3-09"],
}
EXPERIMENTAL = "necessity.experimental"


def a_license(state: str = "NY", ends: date | None = date(2030, 1, 1), expertise: str = "radiology") -> LicenseV1:
    return LicenseV1(
        number="SYN-LIC-1",
        state=state,
        profession="physician",
        expertise=(expertise,),
        starts=date(2020, 1, 1),
        ends=ends,
    )


def a_staff_member(name: str, *roles: str, license: LicenseV1 | None = None, **more: Any) -> PersonV1:
    licenses = () if license is None else (license,)
    return PersonV1(person_id=f"SYN-{name}", roles=roles, licenses=licenses, **more)  # type: ignore[arg-type]


STAFF = (
    a_staff_member("nurse", "nurse", license=a_license()),
    a_staff_member("physician", "physician", license=a_license()),
    a_staff_member("second", "physician", license=a_license()),
    a_staff_member("lapsed", "physician", license=a_license(ends=date(2025, 9, 1))),
    a_staff_member("coder", "coder"),
    a_staff_member("examiner", "examiner"),
    a_staff_member("pricing", "pricing"),
    a_staff_member("cob", "cob-unit"),
    a_staff_member("supervisor", "supervisor"),
    a_staff_member("gone", "physician", license=a_license(), active=False),
)


def documented(submission: Submission) -> Submission:
    """The same claim with every fact that spine imaging asks for."""
    several = len({line.code for line in submission.claim.lines}) > 1
    about = {"about": {"region": "whole-spine"}} if several else {}
    shown = tuple(
        SupportingFactV1.model_validate_json(
            orjson.dumps({"fact": name, "source": "SYN-EHR", "recorded_on": SERVICE_DATE, **value, **about})
        )
        for name, value in on_the_wire(failed_trial(SERVICE_DATE)).items()
    )
    return with_claim_fields(submission, {"supporting_information": shown})


def with_claim_fields(submission: Submission, changes: dict[str, Any]) -> Submission:
    """The same delivery with some of the claim changed."""
    claim = submission.claim.model_copy(update=changes)
    payload = canonical(claim.model_dump(mode="json", exclude_none=True))
    patient = canonical(claim.member.model_dump(mode="json", exclude_none=True))
    return replace(submission, claim=claim, payload=payload, patient=patient, payload_hash=payload_hash(payload))


@dataclass
class Desk:
    """One waiting claim and the people around it."""

    stores: Stores
    stored: StoredClaim
    now: datetime = RECEIVED + timedelta(hours=1)
    rounds: int = 0
    acting: frozenset[Role] = frozenset(Role)
    reviews: ReviewActionStore = field(init=False)

    def __post_init__(self) -> None:
        self.reviews = ReviewActionStore(in_role(self.stores.engine, DatabaseRole.CONSOLE))

    @property
    def claim_id(self) -> Any:
        return self.stored.claim.claim_id

    async def submit(self, person: str, action_id: str | None = None, **content: Any) -> str:
        """Keep an action as the interface does."""
        action_id = action_id or str(uuid4())
        acting = StaffMember(f"SYN-{person}", self.acting)
        await self.reviews.submit(action_id, self.claim_id, acting, orjson.dumps(content))
        return action_id

    async def act(self, action_id: str, claim_id: str | None = None) -> ReviewAnswer:
        """Have it judged, through the activity."""
        answer = await self.run(APPLY_REVIEW_ACTION, ReviewAct(claim_id or self.claim_id, action_id))
        assert isinstance(answer, ReviewAnswer)
        return answer

    async def do(self, person: str, **content: Any) -> str:
        """Submit and have judged; return the refusal's code, or `ok`."""
        return (await self.act(await self.submit(person, **content))).code or "ok"

    async def takes(self, person: str) -> None:
        assert await self.do(person, action="take") == "ok"

    async def decides(self, person: str, line: int, outcome: str = EXPERIMENTAL, **more: Any) -> str:
        return await self.do(person, **decision(line, outcome, **more))

    async def try_again(self) -> PublishSummary:
        """Adjudicate in the next round, as the workflow does when something was settled."""
        self.rounds += 1
        batch = ClaimBatch(batch_id((self.claim_id,)), [self.claim_id], self.rounds)
        summary = None
        for step in STEP_ORDER:
            summary = await self.run(step, batch)
        assert isinstance(summary, PublishSummary)
        return summary

    async def run(self, name: str, argument: Any) -> Any:
        """Run one activity as the worker does."""
        if name not in STEP_ORDER[1:]:
            ports = postgres_ports(in_role(self.stores.engine, DatabaseRole.WORKER))
            self._activities = adjudication_activities(ports, self.stores.reference, lambda: self.now)
        (run,) = (each for each in self._activities if each.__name__ == name)
        return await ActivityEnvironment().run(run, argument)

    async def waits_for(self) -> list[tuple[Any, ...]]:
        return await self.stores.rows(
            "SELECT code, outcome, line FROM pends WHERE closed_at IS NULL AND claim_id = CAST(:id AS uuid) ORDER BY line",
            id=self.claim_id,
        )

    async def refusals(self) -> list[tuple[Any, ...]]:
        return await self.stores.rows("SELECT refusal_code, refusal_words FROM review_actions WHERE NOT accepted")

    async def broken_trail(self) -> list[str]:
        return [said async for said in trail.broken(self.stores.engine)]


def decision(line: int, outcome: str = EXPERIMENTAL, **more: Any) -> dict[str, Any]:
    fields = {"action": "decide", "line": line, "outcome": outcome, "rationale": RATIONALE}
    return {**fields, "resolution": "passes", "evidence": ["SYN-DOC-1"], **more}


async def a_desk(
    stores: Stores,
    submission: Submission | None = None,
    coverage: CoverageChangedV1 | None = None,
    *,
    adjudicated: bool = True,
) -> Desk:
    """Employ the staff, accept a claim (by default a spectroscopy of two lines) and adjudicate it until it waits."""
    await put_people(stores.engine, STAFF)
    await stores.feeds.apply_coverage([coverage or a_coverage_change()])
    await stores.feeds.apply_providers([a_provider_change(1, "HUDSON-MA", "CASCADE-MA")])
    _, [stored] = await stores.accept(submission or a_submission("C1", "0609T", "0611T"))
    desk = Desk(stores, stored, rounds=-1)
    if adjudicated:
        await desk.try_again()
    return desk
