"""A decided claim that was raised to be adjudicated again: real activities over a real database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
from temporalio.testing import ActivityEnvironment

from activities.registry import readjudication_activities
from adjudication.model.reference import ReferenceData
from adjudication.people import Role, StaffMember
from adjudication.readjudication.rules import ReopeningRules
from contracts.actions.people import PersonV1
from contracts.workflow_messages.readjudication import CorrectionAct, CorrectionAnswer, Looked, Readjudicate
from runtime.processes.ports import shadow_ports
from storage.privileges.roles import DatabaseRole
from storage.readjudication.store import Readjudications
from storage.readjudication.take_up import ReadjudicationTakeUp
from tests.builders.ledger.desks import Desk, a_staff_member
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.staff import put_people

WHY = "The authorization covers this study, and it was on file too late."
MORE_STAFF: tuple[PersonV1, ...] = (
    a_staff_member("director", "medical-director"),
    a_staff_member("examiner-2", "examiner"),
)


@dataclass
class Reopened:
    """One decided claim, and who corrects it."""

    desk: Desk
    reference: ReferenceData
    now: datetime
    crash: bool = False
    store: Readjudications = field(init=False)

    def __post_init__(self) -> None:
        self.store = Readjudications(in_role(self.stores.engine, DatabaseRole.WORKER), self.reference)

    @property
    def stores(self) -> Stores:
        return self.desk.stores

    def under(self, **rules: Any) -> Reopened:
        """The same claim under other rules of reopening."""
        reopening: ReopeningRules = replace(self.reference.reopening, **rules)
        return Reopened(self.desk, replace(self.reference, reopening=reopening), self.now)

    async def taken_up(self) -> list[str]:
        found = await ReadjudicationTakeUp(in_role(self.stores.engine, DatabaseRole.WORKER)).take(10, self.now)
        return [each.readjudication_id for each in found]

    async def look(self) -> Looked:
        """Take up what is open, and run the workflow's look on the only one."""
        await self.taken_up()
        answer = await self._run("propose_correction", Readjudicate(await self.key()))
        assert isinstance(answer, Looked)
        return answer

    async def key(self) -> str:
        [(found,)] = await self.stores.rows("SELECT readjudication_id::text FROM readjudications")
        return str(found)

    async def submit(self, person: str, action_id: str | None = None, **content: Any) -> str:
        """Keep an action as the console does."""
        action_id = action_id or str(uuid4())
        console = Readjudications(in_role(self.stores.engine, DatabaseRole.CONSOLE), self.reference)
        await console.submit(
            action_id, await self.key(), StaffMember(f"SYN-{person}", frozenset(Role)), orjson.dumps(content)
        )
        return action_id

    async def act(self, action_id: str) -> CorrectionAnswer:
        answer = await self._run(
            "apply_correction_action", CorrectionAct(await self.key(), action_id, self.now.isoformat())
        )
        assert isinstance(answer, CorrectionAnswer)
        return answer

    async def approve(self, person: str, number: int = 1, **more: Any) -> str:
        """Approve; return the refusal's code, or `ok`."""
        sent = {"action": "approve", "number": number, "rationale": WHY, **more}
        return (await self.act(await self.submit(person, **sent))).code or "ok"

    async def _run(self, name: str, argument: Any) -> Any:
        ports = shadow_ports(in_role(self.stores.engine, DatabaseRole.WORKER))
        made = readjudication_activities(self.store, ports, self.reference, lambda: self.now)
        (run,) = (each for each in made if each.__name__ == name)
        return await ActivityEnvironment().run(run, argument)

    async def versions(self) -> list[tuple[Any, ...]]:
        return await self.stores.rows(
            "SELECT version, line, disposition, reason, paid::text FROM determination_lines ORDER BY version, line"
        )

    async def proposals(self) -> list[tuple[Any, ...]]:
        return await self.stores.rows(
            "SELECT number, result, adds::text, takes::text, people FROM correction_proposals ORDER BY number"
        )

    async def closed(self) -> list[tuple[Any, ...]]:
        return await self.stores.rows("SELECT reason, outcome, closed_by FROM reopenings_closed")


async def reopened(desk: Desk) -> Reopened:
    """The claim of a desk, with the people who correct it."""
    await put_people(desk.stores.engine, MORE_STAFF)
    return Reopened(desk, desk.stores.reference, desk.now)
