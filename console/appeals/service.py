"""Actions on appeals: kept first, then judged by the appeal's workflow. What is allowed is not decided here."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from adjudication.people import Person
from console.appeals.access import no_such_appeal, seen_in
from console.appeals.models import AppealActionResponse
from console.ports import Console, UnansweredError
from console.review.api_actions import FORBIDDEN, KEY, told
from console.web.problems import Problem
from contracts.actions.appeals import APPEAL_ACTION, AppealActionV1
from contracts.records.appeal_queries import SubmittedAppealAction

BARRED: Final = FORBIDDEN | {"involved", "subordinate", "reporting-line", "conflict", "consult", "not-yours"}
"""Refusals because of who asks (403); every other is about the appeal or what was sent (409)."""

_DONE: Final = {
    "acknowledge": "recorded that the appellant was told",
    "receive-proof": "the proof is recorded",
    "add-documents": "the documents are with the appeal",
    "decide-good-cause": "recorded whether there was good cause to file late",
    "decide-urgency": "recorded how urgent it is",
    "assign-decider": "the appeal was given to its decider",
    "extend": "the extension is taken",
    "decide": "your decision is recorded and told; what follows from it was done with it",
    "record-forward": "recorded that the file left",
    "record-outside-ruling": "the other forum's decision is recorded and told",
    "open-level": "the next level is open",
    "withdraw": "the appeal is withdrawn",
    "dismiss": "the appeal is dismissed; print the letter that says why and what the appellant may still do (see Letters)",
    "vacate-dismissal": "the dismissal is taken back; the appeal is heard",
    "hear-anyway": "the appeal will be heard",
    "record-effectuation": "recorded that the ruling was carried out",
    "settle": "settled; what was overturned is determined as soon as nothing of it waits",
    "try-again": "tried again; what still waits stands with the appeal",
}


async def carry_out(
    console: Console, action_id: str, appeal_id: str, person: Person, sent: AppealActionV1
) -> AppealActionResponse:
    """Keep an action and have it judged; a refusal is an answer here. Sent again, the answer is as before."""
    submitted = await _submitted(console, action_id, appeal_id, person, sent)
    if submitted.accepted is None:
        submitted = await _judged(console, submitted)
    return answer_of(submitted)


def accepted(answer: AppealActionResponse) -> AppealActionResponse:
    """Return an answer that says yes; a refusal becomes a problem."""
    if not answer.accepted:
        status = 403 if answer.code in BARRED else 409
        raise Problem(status, answer.code, answer.words, headers={KEY: answer.action_id})
    return answer


def answer_of(submitted: SubmittedAppealAction) -> AppealActionResponse:
    """Say in words what came of a submitted action."""
    name: Any = APPEAL_ACTION.validate_json(submitted.content).action
    code, words = told(submitted, _DONE[name])
    return AppealActionResponse(
        action_id=submitted.action_id,
        appeal_id=submitted.appeal_id,
        action=name,
        accepted=submitted.accepted,
        code=code,
        words=words,
    )


async def _submitted(
    console: Console, action_id: str, appeal_id: str, person: Person, sent: AppealActionV1
) -> SubmittedAppealAction:
    """Keep the action, unless its id was used before for the same: then it is what was kept."""
    content = APPEAL_ACTION.dump_json(sent)
    found = await console.appeals.reads.action(action_id)
    if found is None:
        await _refuse_strangers(console, appeal_id, person)
        await console.appeals.submissions.submit(action_id, appeal_id, person, content)
        found = await console.appeals.reads.action(action_id)
    kept = None if found is None else (found.appeal_id, found.person_id, found.content)
    if found is None or kept != (appeal_id, person.person_id, content.decode()):
        raise Problem(422, "idempotency-key-reused", f"this {KEY} was used for another action; send a new one")
    return found


async def _refuse_strangers(console: Console, appeal_id: str, person: Person) -> None:
    held = await console.appeals.reads.held(appeal_id)
    if held is None:
        raise no_such_appeal()
    seen_in(held, person, console)
    if held.state is None:
        words = "no rule is loaded for such an appeal (P-POLICY), so nothing can be done on it here; the policy owner loads one"
        raise Problem(409, "no-rule", words)


async def _judged(console: Console, submitted: SubmittedAppealAction) -> SubmittedAppealAction:
    """Have the appeal's workflow judge it; what the store kept is the answer, also when the workflow's got lost."""
    with suppress(UnansweredError):
        await console.appeals.holders.act(submitted.appeal_id, submitted.action_id)
    found = await console.appeals.reads.action(submitted.action_id)
    if found is not None and found.accepted is not None:
        return found
    words = f"nobody could judge this yet; nothing is lost: send it again with {KEY} {submitted.action_id}"
    raise Problem(503, "not-answered-yet", words, headers={"Retry-After": "5", KEY: submitted.action_id})
