"""Actions on proposals to correct a decided claim: the API and the forms of the page carry them out here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adjudication.model.vocabulary import ClaimId
from adjudication.people import Refusal, StaffMember
from console.access.roles import CORRECTING, RAISING
from console.actions.service import ActionResponse, answer_words, carry_out
from console.ports import Console
from console.sign_in.break_glass import known, may_see, refuse_conflict
from console.web.problems import Problem, problem_of
from contracts.actions.corrections import CORRECTION_ACTION, CorrectionAction
from contracts.actions.raised_reopenings import RaiseReopeningV1
from contracts.actions.submitted import SubmittedAction
from contracts.records.readjudications import ProposalRecord, RaisedRecord
from contracts.records.review_queries import WaitingClaim
from contracts.stored import read_stored_by

APPROVERS: Final = CORRECTING
_DONE: Final = {
    "approve": "your approval is recorded; the correction is carried out once it has all it needs",
    "leave": "the decision stays as it is, and the reopening is closed",
    "again": "the claim is adjudicated again",
}


def no_such_proposal() -> Problem:
    """Build the problem that there is no such proposal."""
    words = "no reopening has this id, or its claim was not adjudicated again yet; it takes some seconds"
    return Problem(404, "no-such-proposal", words)


async def seen(console: Console, person: StaffMember, readjudication_id: str) -> ProposalRecord:
    """Return a proposal that a person may see; a person with an interest in a provider of the claim may not."""
    found = await console.corrections.reads.one(readjudication_id)
    if found is None:
        raise no_such_proposal()
    refuse_conflict(await known(console, ClaimId(found.claim_id)), person)
    return found


@dataclass(frozen=True, slots=True)
class CorrectionActions:
    """Stores actions on proposals, and has the workflow of the reopening judge them."""

    console: Console

    async def find(self, action_id: str) -> SubmittedAction | None:
        """Return a kept action with its answer."""
        return await self.console.corrections.reads.action(action_id)

    async def check(self, subject_id: str, person: StaffMember) -> None:
        """Refuse a proposal that does not exist or that the person may not see."""
        await seen(self.console, person, subject_id)

    async def submit(self, action_id: str, subject_id: str, person: StaffMember, content: bytes) -> None:
        """Store an action before it is judged."""
        await self.console.corrections.submissions.submit(action_id, subject_id, person, content)

    async def judge(self, subject_id: str, action_id: str) -> None:
        """Have the workflow judge it; the update starts the workflow again if it was lost."""
        await self.console.corrections.holders.act(subject_id, action_id)

    async def refuse_ended(self, subject_id: str) -> None:
        """Do nothing: the worker itself answers that a reopening is closed."""


async def reopenable(console: Console, claim_id: ClaimId, person: StaffMember) -> WaitingClaim:
    """Return a claim that a person may reopen: people who correct claims see each one, others those that they work or worked on."""
    waiting = await known(console, claim_id)
    if not person.roles & RAISING:
        raise Problem(403, "not-your-role", f"a decided claim is reopened by: {', '.join(sorted(RAISING))}")
    refuse_conflict(waiting, person)
    if not person.roles & CORRECTING:
        await may_see(console, person, waiting)
    return waiting


async def raise_reopening(
    console: Console, key: str, claim_id: ClaimId, person: StaffMember, sent: RaiseReopeningV1
) -> RaisedRecord:
    """Reopen a decided claim for an error that a person found, or an order; the worker takes it up within seconds."""
    await reopenable(console, claim_id, person)
    kept = await console.corrections.raising.start(claim_id, key, sent, person, console.now())
    if isinstance(kept, Refusal):
        raise problem_of(kept)
    return kept


async def act_on_proposal(
    console: Console, action_id: str, readjudication_id: str, person: StaffMember, sent: CorrectionAction
) -> SubmittedAction:
    """Store an action on a proposal and have the workflow judge it."""
    content = CORRECTION_ACTION.dump_json(sent)
    return await carry_out(CorrectionActions(console), action_id, readjudication_id, person, content)


def answer_of(kept: SubmittedAction) -> ActionResponse:
    """Return the answer to an action as the API shows it."""
    name = read_stored_by(CORRECTION_ACTION, kept.content).action
    code, words = answer_words(kept, _DONE[name])
    return ActionResponse(action_id=kept.action_id, action=name, accepted=kept.accepted, code=code, words=words)
