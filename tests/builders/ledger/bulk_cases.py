"""Bulk releases for tests: people, waiting claims, a proposal that another person agreed to."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from adjudication.people import Refusal, Role, StaffMember
from adjudication.review.bulk_retry import BulkRetryLimits, Mode
from contracts.actions.bulk_retries import SelectionV1
from contracts.actions.people import PersonV1
from contracts.records.bulk_retries import BulkRetryRecord, NewBulkRetry
from storage.bulk_retries.proposals import BulkRetries
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import a_submission

AT = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)
LIMITS = BulkRetryLimits(100, 20, supervisor_above_claims=50, supervisor_above_billed=Decimal(50000))
OPS, OTHER, BOSS = (
    StaffMember(name, frozenset({role}))
    for name, role in (("OPS-1", Role.OPERATIONS), ("OPS-2", Role.OPERATIONS), ("BOSS", Role.SUPERVISOR))
)
DOCUMENTS = SelectionV1(codes=("P-DOC",))
WHY = "The provider's portal was down; its documents came today."


async def opened(engine: AsyncEngine) -> BulkRetries:
    """The store, and the people who use it."""
    people = [
        PersonV1(person_id=person.person_id, roles=tuple(person.roles), version=1) for person in (OPS, OTHER, BOSS)
    ]
    await put_people(engine, people)
    return BulkRetries(engine, LIMITS)


async def waiting(stores: Stores, *controls: str, code: str = "P-DOC") -> list[ClaimId]:
    """Accept claims that wait."""
    batch, stored = await stores.accept(*(a_submission(control, charge="250.00") for control in controls))
    await stores.decisions.commit(batch.batch_id, [stores.pended(one, code) for one in stored])
    return [one.claim.claim_id for one in stored]


async def take(stores: Stores, claim: ClaimId, at: datetime) -> None:
    """Have a person take a claim."""
    await stores.execute(f"""
        INSERT INTO audit_trail (subject, number, at, person_id, role, content, previous, hash)
        VALUES ('claim/{claim}', 1, '{at.isoformat()}', 'OPS-1', 'nurse', '{{"action":"take"}}', '', '{claim}')
    """)


def a_release(
    selection: SelectionV1 = DOCUMENTS, key: str | None = None, *, mode: Mode = Mode.RESUME, per_second: int = 5
) -> NewBulkRetry:
    """A proposal as it is sent."""
    return NewBulkRetry(key or str(uuid4()), selection, mode, per_second, WHY)


def seen(answer: BulkRetryRecord | Refusal | None) -> BulkRetryRecord:
    """Return a release that was not refused."""
    assert isinstance(answer, BulkRetryRecord), answer
    return answer


def code_of(answer: object) -> str:
    """Return why something was refused."""
    assert isinstance(answer, Refusal), answer
    return answer.code


async def running(releases: BulkRetries, new: NewBulkRetry | None = None) -> str:
    """Propose and agree; return the release's id."""
    release = seen(await releases.propose(new or a_release(), OPS, AT)).release_id
    seen(await releases.approve(release, OTHER, AT))
    return release
