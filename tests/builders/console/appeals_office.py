"""The console of a plan that denied a claim and received an appeal of it, with the staff who decide appeals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from httpx import Response

from adjudication.model.claim import Claim
from contracts.events.appeals import AppealFiledV1
from storage.appeals.intake import PostgresAppealIntake
from tests.builders.console.office import Office, person
from tests.builders.ledger.appeal_cases import FILED, a_denied_claim, a_filing

LATER = FILED + timedelta(days=5)


MEDICARE, MEDICAID, NEW_YORK = "CASCADE-MA", "BUCKEYE-MCD", "HUDSON-EP"


class AppealsOffice:
    """The office, and what tests of appeals do in it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.now = LATER
        self.intake = PostgresAppealIntake(office.engine, office.library.reference)

    async def denied(self, plan: str = MEDICARE, **how: Any) -> Claim:
        """A claim whose first line is denied on clinical grounds, and the board."""
        claim = await a_denied_claim(self.office.stores, plan, **how)
        about = [
            person("kin", "appeals-physician", state="NY", conflicts=[claim.billing.npi], reports_to="other-chief"),
            person("under-denier", "appeals-physician", state="NY", reports_to="denier"),
            person("clerk", "intake-clerk"),
            person("stranger", "siu"),
            person("auditor", "qa"),
        ]
        await self.office.hire(*about)
        return claim

    async def filed(self, claim: Claim, at: datetime = FILED, **changes: Any) -> str:
        """An appeal of it."""
        filed: AppealFiledV1 = a_filing(claim, at, **changes)
        taken = await self.intake.file(filed)
        assert taken is not None
        return taken.appeal_id

    async def appealed(self, plan: str = MEDICARE, **changes: Any) -> str:
        """An appeal of a claim denied under a plan."""
        return await self.filed(await self.denied(plan), **changes)

    async def listed(self, who: str, **filters: Any) -> Any:
        answer = await self.office.call("GET", "/api/appeals", who, params=filters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def opened(self, appeal: str, who: str) -> Any:
        answer = await self.office.call("GET", f"/api/appeals/{appeal}", who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def does(self, appeal: str, who: str, action_id: str | None = None, **action: Any) -> Response:
        headers = {"Idempotency-Key": action_id or str(uuid4())}
        return await self.office.call("POST", f"/api/appeals/{appeal}/actions", who, headers=headers, json=action)

    async def views(self) -> list[tuple[str, str]]:
        """Who looked at member data, and in which role."""
        return [
            (row.person_id, row.role)
            for row in await self.office.rows(
                "SELECT person_id, role FROM audit_trail WHERE subject LIKE 'view/%' ORDER BY entry"
            )
        ]
