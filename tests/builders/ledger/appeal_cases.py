"""A denied synthetic claim, an appeal of it, and the people around both, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.appeals.actions import judge, look_at
from adjudication.appeals.rules import Appellant
from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.determination import Adjustment, Determination, LineDetermination, ReviewerSignature
from adjudication.model.findings import Evidence, Finding
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import GroupCode, OutcomeCode, Step, Verdict
from adjudication.people import Role, StaffMember
from contracts.actions.people import LicenseV1, PersonV1
from contracts.event_builders.decisions import determination_messages
from contracts.events.appeals import AppealFiledV1, ClaimReferenceV1
from contracts.ids import payer_claim_number
from contracts.records.decisions import Publication, StoredClaim
from contracts.workflow_messages.appeals import AppealAct, AppealAnswer, AppealWatch, LookAtAppeal
from storage.appeals.actions import AppealActionStore
from storage.appeals.intake import PostgresAppealIntake
from storage.privileges.roles import DatabaseRole
from tests.builders.ledger.ledgers import SYNTHETIC, Stores, approved, denied
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_submission

NOTICE = datetime(2025, 9, 2, 9, 0, tzinfo=UTC)
FILED = NOTICE + timedelta(days=10)
RATIONALE = "The records of the synthetic member show what the first review did not have."
LICENSE = LicenseV1(
    number="SYN-1", state="NY", profession="physician", expertise=("radiology",), starts=date(2020, 1, 1)
)
BOARD = (
    ("chief", None, ()),
    ("other-chief", None, ()),
    ("denier", "chief", (Role.PHYSICIAN, Role.APPEALS_PHYSICIAN, Role.CLINICAL_PEER)),
    ("appeals-md", "other-chief", (Role.APPEALS_PHYSICIAN,)),
    ("peer", "other-chief", (Role.CLINICAL_PEER,)),
    ("specialist", "other-chief", (Role.APPEALS_SPECIALIST,)),
    ("pricer", "other-chief", (Role.PRICING,)),
)


async def staff(engine: AsyncEngine) -> None:
    """Put every person of the cases on the staff list."""
    await put_people(
        engine,
        [
            PersonV1(
                person_id=name,
                roles=roles or (Role.SUPERVISOR,),
                licenses=(LICENSE,) if set(roles) & {Role.APPEALS_PHYSICIAN, Role.CLINICAL_PEER} else (),
                reports_to=above,
            )
            for name, above, roles in BOARD
        ],
    )


def end_of_day(at: datetime, days: int, zone: str = "America/Los_Angeles") -> datetime:
    """The last second of the day that lies so many days after an instant, where the plan is."""
    day = at.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(zone))


def a_denial(line: ClaimLine, plan: str, at: datetime, *more: Finding) -> LineDetermination:
    """The line denied as not medically necessary by the denier, under a plan."""
    number = line.number
    covered = Evidence("plan", plan)
    eligible = Finding(Step.ELIGIBILITY, outcomes.COVERAGE_ACTIVE, Verdict.PASSES, SYNTHETIC, number, (covered,))
    needless = Finding(Step.NECESSITY, outcomes.NOT_MEDICALLY_NECESSARY, Verdict.DENIES, SYNTHETIC, number)
    signature = ReviewerSignature("denier", "physician", "SYN-1", "NY", at, RATIONALE)
    shown = denied(line, carc="50", reason=outcomes.NOT_MEDICALLY_NECESSARY, clinical=True, signature=signature)
    group = Adjustment(GroupCode.CONTRACTUAL, "50", line.charge, ("N130",))
    also = tuple(OutcomeCode(finding.outcome) for finding in more)
    return replace(shown, adjustments=(group,), findings=(eligible, needless, *more), would_also_fail=also)


async def a_denied_claim(
    stores: Stores,
    plan: str,
    *more: Finding,
    at: datetime = NOTICE,
    control: str = "C1",
    codes: tuple[str, ...] = ("72148", "72141"),
    denied_lines: int = 1,
) -> Claim:
    """A claim whose first lines are denied on clinical grounds; the others are paid. `more`: what else was found."""
    await staff(stores.engine)
    batch, [stored] = await stores.accept(a_submission(control, *codes))
    await is_denied(stores, (batch.batch_id, stored), plan, *more, at=at, denied_lines=denied_lines)
    return stored.claim


async def is_denied(
    stores: Stores,
    accepted: tuple[str, StoredClaim],
    plan: str,
    *more: Finding,
    at: datetime = NOTICE,
    denied_lines: int = 1,
) -> None:
    """Determine a claim of a batch: its first lines are denied on clinical grounds, the others are paid."""
    batch_id, stored = accepted
    fall, stand = stored.claim.lines[:denied_lines], stored.claim.lines[denied_lines:]
    found = {line.number: [each for each in more if each.line == line.number] for line in fall}
    lines = (*(a_denial(line, plan, at, *found[line.number]) for line in fall), *(approved(line) for line in stand))
    for signature in dict.fromkeys(line.signature for line in lines if line.signature is not None):
        await stores.signed(stored.claim.claim_id, signature)
    decision = Determination(stored.claim.claim_id, at, lines, "synthetic-bundle")
    messages = determination_messages(stored.claim, decision, stores.reference)
    assert not await stores.decisions.commit(batch_id, [Publication(stored, decision, 0, messages)])


def a_filing(claim: Claim, at: datetime = FILED, **changes: Any) -> AppealFiledV1:
    """An appeal of a claim's denied lines by its member."""
    filed = AppealFiledV1(
        submitter="SYN-APPEALS",
        appeal_reference="A-1",
        version=1,
        claim=ClaimReferenceV1(payer_claim_number=payer_claim_number(claim.claim_id)),
        appellant=Appellant.MEMBER,
        channel="portal",
        received_at=at,
    )
    return filed.model_copy(update=changes)


class Office:
    """The store of appeals, used as the workflow uses it."""

    def __init__(self, engine: AsyncEngine, reference: ReferenceData) -> None:
        self.intake = PostgresAppealIntake(in_role(engine, DatabaseRole.STREAMS), reference)
        self.desk = AppealActionStore(in_role(engine, DatabaseRole.CONSOLE), reference)
        self.appeals = AppealActionStore(in_role(engine, DatabaseRole.WORKER), reference)
        self.reference = reference
        self.appeal = ""
        self.acting = frozenset(Role)

    async def file(self, filed: AppealFiledV1) -> None:
        taken = await self.intake.file(filed)
        assert taken is not None
        self.appeal = taken.appeal_id

    async def submit(self, person: str, /, **content: Any) -> str:
        action = str(uuid4())
        await self.desk.submit(action, self.appeal, StaffMember(person, self.acting), orjson.dumps(content))
        return action

    async def does(self, person: str, at: datetime, /, **content: Any) -> AppealAnswer:
        return await self.acts(await self.submit(person, **content), at)

    async def acts(self, action: str, at: datetime) -> AppealAnswer:
        act = AppealAct(self.appeal, action, at.isoformat())
        return await self.appeals.record_action(act, lambda file: judge(file, at, self.reference))

    async def looks(self, at: datetime) -> AppealWatch:
        look = LookAtAppeal(self.appeal, at.isoformat())
        return await self.appeals.watch(look, lambda file: look_at(file, at, self.reference))


def decides(ruling: str, line: int = 1) -> dict[str, Any]:
    """The content of a decision of one line."""
    return {"action": "decide", "rulings": [{"line": line, "ruling": ruling}], "rationale": RATIONALE}
