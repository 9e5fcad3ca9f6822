"""Writes the letters of an appeal: acknowledgment, more time, decision, forwarding, dismissal, withdrawal.

A denial upheld on clinical grounds needs the signature of the reviewer who made the judgment. Rights and time limits
are read from the appeal's own path, so that a letter states the deadline that binds the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from adjudication.appeals.deadlines import decision_rule
from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.rules import AppealLevel, CountedFrom
from adjudication.appeals.state import AppealState, LevelResult
from adjudication.letters.appeal_facts import (
    AppealLetterFacts,
    carry_out_words,
    day_text,
    decide_by_words,
    forward_words,
    level_of,
    opens_to_member,
    own_result,
)
from adjudication.letters.assembly import LetterContext, assemble, checklist_for
from adjudication.letters.decisions import signed_elements
from adjudication.letters.letter import Audience, Element, ElementName, Letter, LetterError, LetterKind, NotDueError
from adjudication.letters.reasons import criterion_elements, reason_elements, service
from adjudication.letters.remittance import RemittanceRemark, explained

Composer = Callable[[AppealLetterFacts, Audience, LetterContext], Iterator[Element]]

_RULED: Final = {
    Ruling.OVERTURNED: "We changed our decision on",
    Ruling.UPHELD: "Our decision stays the same on",
    Ruling.PARTLY: "We changed our decision in part on",
}


def appeal_letter(kind: LetterKind, facts: AppealLetterFacts, audience: Audience, context: LetterContext) -> Letter:
    """Write one letter of an appeal; raises LetterError if it is not due or cannot be complete."""
    path = facts.state.case.path
    if audience is Audience.MEMBER and not opens_to_member(path):
        raise NotDueError(
            f"only a provider may use {path.title}; the member is not a party to it and gets no letter about it"
        )
    checklist = checklist_for(kind, audience, context)
    signed = own_result(facts.state) if kind is LetterKind.APPEAL_CLINICAL_DENIAL else None
    signature = None if signed is None else signed.signature
    return assemble(checklist, _COMPOSERS[kind](facts, audience, context), context, signature)


def _acknowledgement(facts: AppealLetterFacts, audience: Audience, context: LetterContext) -> Iterator[Element]:
    received = day_text(facts.came_at, facts.state)
    lead = f"We received an appeal of our decision on {received}. It is about:"
    yield Element(ElementName.DECISION, f"{lead}\n{_services(facts, audience)}")
    yield decide_by_words(facts.state, context.library)


def _extension(facts: AppealLetterFacts, audience: Audience, context: LetterContext) -> Iterator[Element]:
    lead = f"We need more time to decide {_the_appeal(facts)}. It is about:"
    yield Element(ElementName.DECISION, f"{lead}\n{_services(facts, audience)}")
    if not facts.why_longer.strip():
        raise LetterError("the letter about an extension must explain why more time is needed; write the reason")
    yield Element(ElementName.REASONS, facts.why_longer.strip())
    yield decide_by_words(facts.state, context.library, extended=True)


def _decision(facts: AppealLetterFacts, audience: Audience) -> Iterator[Element]:
    result = _result(facts.state)
    by_law = "We did not decide the appeal in time. The law then decides it against us."
    lead = f"We decided {_the_appeal(facts)}." if result.by is not None else by_law
    lines = "\n".join(_ruling(facts, each, audience) for each in result.rulings)
    yield Element(ElementName.DECISION, f"{lead}\n{lines}")
    if facts.rationale and (result.signature is None or not result.adverse):
        yield Element(ElementName.DECIDER_REASONS, f"The person who decided gave these reasons: {facts.rationale}")
    if result.favorable:
        yield carry_out_words(facts.state)


def _reversal(facts: AppealLetterFacts, audience: Audience, _context: LetterContext) -> Iterator[Element]:
    return _decision(facts, audience)


def _denial(facts: AppealLetterFacts, audience: Audience, context: LetterContext) -> Iterator[Element]:
    """Explain what is upheld, why, and the next level."""
    yield from _decision(facts, audience)
    result = _result(facts.state)
    if result.signature is not None:
        yield from signed_elements(result.signature, advised=result.by != result.signature.reviewer_id)
    standing = {ruling.line for ruling in result.rulings if ruling.ruling is not Ruling.OVERTURNED}
    for line in facts.lines:
        if line.service.number in standing and line.denied is not None:
            yield from reason_elements(line.denied, audience, context)
            yield from criterion_elements(line.denied, audience, context)
            if line.now is not None and audience is Audience.PROVIDER:
                for entry in line.now.adjustments:
                    remark = RemittanceRemark(entry.group, entry.carc, entry.amount, entry.rarcs)
                    text = f"Line {line.service.number}: {explained(remark, context.library)}"
                    yield Element(ElementName.ADJUSTMENT, text)
    level = facts.state.case.path.level(result.level)
    yield from _once_more(facts.state, level)
    if level.forward is not None:
        yield forward_words(facts, level)


def _forwarding(facts: AppealLetterFacts, audience: Audience, _context: LetterContext) -> Iterator[Element]:
    level = level_of(facts.state)
    lead = f"The case of {_the_appeal(facts)} goes to a reviewer who is independent of us. It is about:"
    yield Element(ElementName.DECISION, f"{lead}\n{_services(facts, audience)}")
    late = "We did not decide the appeal in time. The law treats this as a decision against the appeal."
    adverse = "We did not decide everything in favor of the appeal."
    yield Element(ElementName.REASONS, late if own_result(facts.state) is None else adverse)
    yield forward_words(facts, level)


def _overdue(facts: AppealLetterFacts, audience: Audience, _context: LetterContext) -> Iterator[Element]:
    rule = decision_rule(facts.state)
    if facts.state.deemed is None or rule is None:
        raise LetterError("the time to decide the appeal has not passed, so this letter is not due")
    lead = f"We did not decide {_the_appeal(facts)} in time. It is about:"
    yield Element(ElementName.DECISION, f"{lead}\n{_services(facts, audience)}")
    words = "The law does not make you wait for us any longer. You can go on as if we had decided against the appeal. We still decide it, and write to you when we do."
    yield Element(ElementName.REASONS, words, (rule.citation,))


def _dismissal(facts: AppealLetterFacts, audience: Audience, context: LetterContext) -> Iterator[Element]:
    state = facts.state
    lead = f"We dismissed {_the_appeal(facts)}. This means that we do not decide it. It is about:"
    yield Element(ElementName.DECISION, f"{lead}\n{_services(facts, audience)}")
    if state.ended_because is None:
        raise LetterError("the appeal was not dismissed, so this letter is not due")
    yield Element(ElementName.REASONS, context.library.grounds[state.ended_because])
    if state.ended_because is DismissalGround.NO_PROOF:
        named = "\n".join(f"- {context.library.proofs[proof]}" for proof in sorted(state.missing))
        yield Element(ElementName.REASONS, f"This is what we did not get:\n{named}")
    rule = state.level.dismissal
    if rule is not None:
        forum = state.case.path.level(rule.review_by).forum.value.replace("-", " ")
        vacate = f"You can ask us to withdraw the dismissal for a good cause. Ask within {rule.vacate_within} of the date of this letter."
        review = f"You can also ask the {forum} to review the dismissal. Ask within {rule.review_within} of the date of this letter."
        yield Element(ElementName.DISMISSAL_REVIEW, f"{vacate}\n{review}", (rule.citation,))


def _withdrawal(facts: AppealLetterFacts, audience: Audience, _context: LetterContext) -> Iterator[Element]:
    ended = facts.state.ended_at
    if ended is None:
        raise LetterError("the appeal was not withdrawn, so this letter is not due")
    withdrawn = f"{_the_appeal(facts)} was withdrawn at the request of the person who filed it."
    words = f"{withdrawn[0].upper()}{withdrawn[1:]} We recorded that on {day_text(ended, facts.state)}. Our decision stays as it was on:"
    yield Element(ElementName.DECISION, f"{words}\n{_services(facts, audience)}")


def _once_more(state: AppealState, level: AppealLevel) -> Iterator[Element]:
    """Explain a further level of appeal to the plan, with its time limit."""
    for name in level.next:
        following = state.case.path.level(name)
        window = following.window(state.case.appellant)
        if following.decider is None or window is None:
            continue
        counted = "of the day you receive this letter"
        if window.counted_from is CountedFrom.NOTICE:
            counted = "of the date of this letter"
        words = f"You can appeal to us once more. Write to us within {window.period} {counted}."
        if window.presumed_receipt_days:
            words += f" We take it that you receive it {window.presumed_receipt_days} days after its date."
        yield Element(ElementName.APPEAL, words, (window.citation,))


def _services(facts: AppealLetterFacts, audience: Audience) -> str:
    return "\n".join(f"- {service(line.service, audience)}" for line in facts.lines)


def _the_appeal(facts: AppealLetterFacts) -> str:
    return f"the appeal that we received on {day_text(facts.came_at, facts.state)}"


def _ruling(facts: AppealLetterFacts, ruling: LineRuling, audience: Audience) -> str:
    named = next(service(line.service, audience) for line in facts.lines if line.service.number == ruling.line)
    granted = "" if ruling.units is None else f". Units granted: {ruling.units.normalize():f}"
    return f"- {_RULED[ruling.ruling]}: {named}{granted}"


def _result(state: AppealState) -> LevelResult:
    result = own_result(state)
    if result is None:
        raise LetterError("the plan has not decided the appeal, so this letter is not due")
    return result


_COMPOSERS: Final[Mapping[LetterKind, Composer]] = {
    LetterKind.APPEAL_ACKNOWLEDGEMENT: _acknowledgement,
    LetterKind.APPEAL_EXTENSION: _extension,
    LetterKind.APPEAL_REVERSAL: _reversal,
    LetterKind.APPEAL_DENIAL: _denial,
    LetterKind.APPEAL_CLINICAL_DENIAL: _denial,
    LetterKind.APPEAL_FORWARDING: _forwarding,
    LetterKind.APPEAL_OVERDUE: _overdue,
    LetterKind.APPEAL_DISMISSAL: _dismissal,
    LetterKind.APPEAL_WITHDRAWAL: _withdrawal,
}
