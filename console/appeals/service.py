"""Actions on appeals: the API and the forms of the page carry them out here."""

from __future__ import annotations

from dataclasses import dataclass

from adjudication.people import StaffMember
from console.actions.service import ActionResponse, answer_words, carry_out
from console.appeals.access import no_such_appeal, seen_in
from console.ports import Console
from console.web.problems import Problem
from contracts.actions.appeal_messages import AppealActionV1
from contracts.actions.appeals import APPEAL_ACTION, APPEAL_ACTIONS
from contracts.actions.submitted import SubmittedAction
from contracts.stored import read_stored_by


@dataclass(frozen=True, slots=True)
class AppealActions:
    """Stores actions on appeals, and has the appeal's workflow judge them."""

    console: Console

    async def find(self, action_id: str) -> SubmittedAction | None:
        """Return a kept action with its answer."""
        return await self.console.appeals.reads.action(action_id)

    async def check(self, subject_id: str, person: StaffMember) -> None:
        """Refuse an appeal that does not exist, that the person may not see, or that no rule is loaded for."""
        held = await self.console.appeals.reads.held(subject_id)
        if held is None:
            raise no_such_appeal()
        seen_in(held, person, self.console)
        if held.state is None:
            words = (
                "no rule is loaded for such an appeal (P-POLICY), so it cannot be worked on; the policy owner loads one"
            )
            raise Problem(409, "no-rule", words)

    async def submit(self, action_id: str, subject_id: str, person: StaffMember, content: bytes) -> None:
        """Store an action before it is judged."""
        await self.console.appeals.submissions.submit(action_id, subject_id, person, content)

    async def judge(self, subject_id: str, action_id: str) -> None:
        """Have the appeal's workflow judge it; the update starts the workflow again if it has ended."""
        await self.console.appeals.holders.act(subject_id, action_id)

    async def refuse_ended(self, subject_id: str) -> None:
        """Do nothing: an appeal never ends for good, because a dismissal may be vacated or a level opened."""


async def act_on_appeal(
    console: Console, action_id: str, appeal_id: str, person: StaffMember, sent: AppealActionV1
) -> SubmittedAction:
    """Store an action on an appeal and have the workflow judge it."""
    return await carry_out(AppealActions(console), action_id, appeal_id, person, APPEAL_ACTION.dump_json(sent))


def answer_of(kept: SubmittedAction) -> ActionResponse:
    """Return the answer to an action as the API shows it."""
    name = read_stored_by(APPEAL_ACTION, kept.content).action
    code, words = answer_words(kept, APPEAL_ACTIONS[name].done)
    return ActionResponse(
        action_id=kept.action_id,
        appeal_id=kept.subject_id,
        action=name,
        accepted=kept.accepted,
        code=code,
        words=words,
    )
