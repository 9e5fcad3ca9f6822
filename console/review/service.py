"""Actions on claims in review: the API and the forms of the screen carry them out here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adjudication.model.vocabulary import ClaimId
from adjudication.people import StaffMember
from console.actions.service import ActionResponse, answer_words, carry_out
from console.desk.service import refuse_absent
from console.ports import Console
from console.review.forms import Sent
from console.web.problems import Problem, problem_of
from contracts.actions.review import REVIEW_ACTION, REVIEW_ACTIONS, HandOverV1, ReviewActionV1
from contracts.actions.submitted import SubmittedAction
from contracts.stored import read_stored_by


@dataclass(frozen=True, slots=True)
class ClaimActions:
    """Stores actions on claims in review, and has the review workflow of the claim judge them."""

    console: Console
    sent: ReviewActionV1

    async def find(self, action_id: str) -> SubmittedAction | None:
        """Return a stored action with its answer."""
        return await self.console.reads.action(action_id)

    async def check(self, subject_id: str, person: StaffMember) -> None:  # noqa: ARG002 - the core judges who may act
        """Refuse a claim that does not exist, and handing one to a person who is away."""
        if await self.console.reads.case(ClaimId(subject_id)) is None:
            raise no_such_claim()
        if isinstance(self.sent, HandOverV1):
            await refuse_absent(self.console, self.sent.to_person)

    async def submit(self, action_id: str, subject_id: str, person: StaffMember, content: bytes) -> None:
        """Store an action before it is judged."""
        await self.console.submissions.submit(action_id, ClaimId(subject_id), person, content)

    async def judge(self, subject_id: str, action_id: str) -> None:
        """Have the review workflow judge it."""
        await self.console.reviews.act(ClaimId(subject_id), action_id)

    async def refuse_ended(self, subject_id: str) -> None:
        """Refuse a claim that is decided: its review workflow has ended."""
        waiting = await self.console.reads.case(ClaimId(subject_id))
        if waiting is not None and waiting.determined:
            words = "this claim is decided; an appeal or a reopening can change it, a review cannot"
            raise Problem(409, "closed", words)


def no_such_claim() -> Problem:
    """Refuse an id that no accepted claim has."""
    return Problem(404, "no-such-claim", "no accepted claim has this id; the worklist shows those that are pended")


async def act_on_claim(
    console: Console, action_id: str, claim_id: ClaimId, person: StaffMember, sent: ReviewActionV1
) -> SubmittedAction:
    """Store an action on a claim and have the workflow judge it."""
    return await carry_out(ClaimActions(console, sent), action_id, claim_id, person, REVIEW_ACTION.dump_json(sent))


def answer_of(kept: SubmittedAction) -> ActionResponse:
    """Return the answer to an action as the API shows it."""
    name = read_stored_by(REVIEW_ACTION, kept.content).action
    code, words = answer_words(kept, REVIEW_ACTIONS[name].done)
    return ActionResponse(
        action_id=kept.action_id,
        claim_id=kept.subject_id,
        action=name,
        accepted=kept.accepted,
        code=code,
        words=words,
    )


async def act_on_lines(console: Console, claim_id: ClaimId, person: StaffMember, sent: Sequence[Sent]) -> Problem | str:
    """Do each action of a form in turn; return the words of the last answer, or the problem that stopped it.

    Actions done before the problem stay done, and the problem's words say how many.
    """
    words = ""
    for done, each in enumerate(sent):
        try:
            kept = await act_on_claim(console, each.action_id, claim_id, person, each.content)
        except Problem as problem:
            return _after(done, problem)
        if kept.refusal is not None:
            return _after(done, problem_of(kept.refusal))
        words = answer_of(kept).words
    return words if len(sent) < 2 else f"{len(sent)} lines: {words}"


def _after(done: int, problem: Problem) -> Problem:
    if not done:
        return problem
    before = "the first line is done" if done == 1 else f"the first {done} lines are done"
    return Problem(problem.status, problem.code, f"{before}; then: {problem.detail}")
