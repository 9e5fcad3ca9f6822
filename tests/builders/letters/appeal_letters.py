"""Appeals as their letters state them: filed, decided, dismissed, withdrawn, under each product line's own path."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from adjudication.appeals.actions import Dismiss, NoteDeadline, Withdraw
from adjudication.appeals.duty import Duty
from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.independence import Ruling
from adjudication.appeals.rules import LateDecisionEffect, Matter
from adjudication.letters.appeal_facts import AppealedLine, AppealLetterFacts, kinds_due, route_of
from adjudication.letters.appeal_letters import appeal_letter
from adjudication.letters.assembly import LetterContext
from adjudication.letters.letter import Audience, ElementName, Letter, LetterKind
from adjudication.model import outcomes
from adjudication.model.vocabulary import PlanId, ProductLine, Step
from tests.builders.appeals import (
    APPEALS_MD,
    PEER,
    PLANS,
    RATIONALE,
    SPECIALIST,
    Appeal,
    an_appeal,
    lines,
)
from tests.builders.letters.letter_values import NOTICE_DATE, SIGNED, a_service, denied, words

NEW_YORK = frozenset({ProductLine.ESSENTIAL_PLAN, ProductLine.CHILD_HEALTH_PLUS})
RULED = {
    LetterKind.APPEAL_REVERSAL: (Ruling.OVERTURNED, Matter.CLINICAL),
    LetterKind.APPEAL_DENIAL: (Ruling.UPHELD, Matter.ADMINISTRATIVE),
    LetterKind.APPEAL_CLINICAL_DENIAL: (Ruling.UPHELD, Matter.CLINICAL),
}
WHY_LONGER = "We wait for the records of the second hospital."


def filed(line: ProductLine, **changes: Any) -> Appeal:
    """An appeal of one clinical denial by the member, on its product line's path."""
    return an_appeal(line, appealable=lines(1), **changes)


def letter_facts(appeal: Appeal, **more: Any) -> AppealLetterFacts:
    """The appeal with its line as denied."""
    clinical = appeal.state.case.clinical
    outcome = outcomes.NECESSITY_CRITERIA_NOT_MET if clinical else outcomes.AUTHORIZATION_MISSING
    step = Step.NECESSITY if clinical else Step.AUTHORIZATION
    line = AppealedLine(a_service(), denied(outcome, (), SIGNED if clinical else None, step))
    result = appeal.state.result
    return AppealLetterFacts(appeal.state, (line,), **{"rationale": RATIONALE if result and result.by else "", **more})


def about(line: ProductLine, appeal: Appeal, plan: str | None = None) -> LetterContext:
    return LetterContext(words(), line, PlanId(plan or PLANS[line]), NOTICE_DATE, route_of(appeal.state))


def the_letter(line: ProductLine, appeal: Appeal, audience: Audience = Audience.MEMBER, **more: Any) -> Letter:
    """The one letter that the state of the appeal asks for first."""
    case = letter_facts(appeal, **more)
    return appeal_letter(kinds_due(case)[0], case, audience, about(line, appeal))


def decided(line: ProductLine, ruling: Ruling, matter: Matter = Matter.CLINICAL, **changes: Any) -> Appeal:
    appeal = filed(line, matter=matter, **changes)
    decider = PEER if line in NEW_YORK else APPEALS_MD
    appeal.decided(decider, line1=ruling)
    return appeal


def overdue(line: ProductLine) -> Appeal:
    """No person decided it in time, and the law concluded."""
    appeal = filed(line)
    appeal.now = appeal.due(Duty.DECISION) + timedelta(hours=1)
    appeal.does(NoteDeadline(Duty.DECISION))
    return appeal


def dismissed(line: ProductLine) -> Appeal:
    """Dismissed because its claim has nothing that may be appealed."""
    appeal = an_appeal(line, appealable=frozenset())
    appeal.does(Dismiss(DismissalGround.NOT_APPEALABLE), SPECIALIST)
    return appeal


def withdrawn(line: ProductLine) -> Appeal:
    appeal = filed(line)
    appeal.waits(days=2)
    appeal.does(Withdraw("SYN-LETTER-1"), SPECIALIST)
    return appeal


def extendable(line: ProductLine) -> Appeal:
    """An appeal whose rule gives an extension, in Medicaid; elsewhere one is made up for the letter."""
    appeal = filed(line)
    level = appeal.state.level
    longer = tuple(
        replace(each, extension=each.extension or replace(each.period, length=14)) for each in level.decisions
    )
    appeal.state = replace(appeal.state, level=replace(level, decisions=longer))
    return appeal


def an_appeal_notice(kind: LetterKind, audience: Audience, line: ProductLine) -> Letter | None:
    """A letter of a kind on the path of a product line; None where no such letter exists there."""
    more: dict[str, Any] = {}
    match kind:
        case LetterKind.APPEAL_ACKNOWLEDGEMENT:
            appeal = filed(line)
        case LetterKind.APPEAL_EXTENSION:
            appeal, more = extendable(line), {"why_longer": WHY_LONGER}
        case LetterKind.APPEAL_REVERSAL | LetterKind.APPEAL_DENIAL | LetterKind.APPEAL_CLINICAL_DENIAL:
            appeal = decided(line, *RULED[kind])
        case LetterKind.APPEAL_FORWARDING:
            appeal = decided(line, Ruling.UPHELD)
            if appeal.state.forward_owed_from is None:
                return None
        case LetterKind.APPEAL_OVERDUE:
            appeal = overdue(line)
            if appeal.state.deemed is not LateDecisionEffect.EXHAUSTED:
                return None
        case LetterKind.APPEAL_DISMISSAL:
            appeal = dismissed(line)
        case _:
            appeal = withdrawn(line)
    return appeal_letter(kind, letter_facts(appeal, **more), audience, about(line, appeal))


def said(notice: Letter, name: ElementName) -> str:
    return " ".join(notice.texts(name))
