"""Writes the reasons of a decision, from the policy tests that decided and the paragraphs they cite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from adjudication.letters.assembly import DecidedLine, LetterContext, ServiceLine
from adjudication.letters.letter import Audience, Element, ElementName
from adjudication.letters.line_trace import Decisive, LineTrace, decisive, resting_rule
from adjudication.letters.wording import LetterLibrary
from adjudication.model.claim import SupportingFact, Value
from adjudication.model.determination import Disposition
from adjudication.model.facts import Answer
from adjudication.model.findings import Citation, Finding
from adjudication.model.vocabulary import Step
from adjudication.policy.verdict import Result

# fmt: off
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)
# fmt: on
_MEMBER_ANSWER: Final = {
    Answer.MET: "This point applies.",
    Answer.NOT_MET: "This point is not met.",
    Answer.UNKNOWN: "This point is not known.",
}


def in_words(day: date) -> str:
    """Write a date as people read it in the United States."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def dollars(amount: Decimal) -> str:
    """Write an amount in US dollars."""
    return f"${amount:,.2f}"


def service(line: ServiceLine, audience: Audience) -> str:
    """Name a service: the member by our label, the provider also by code and line."""
    if audience is Audience.MEMBER:
        return f"{line.label}, on {in_words(line.service_date)} (line {line.number} of the claim)"
    return f"line {line.number}, {line.code} ({line.label}), date of service {line.service_date.isoformat()}"


def reason_elements(line: DecidedLine, audience: Audience, context: LetterContext) -> Iterator[Element]:
    """Yield the reasons: what the outcome means, then what each leg found, criterion by criterion."""
    reason = context.library.reasons.get(line.determination.reason)
    if reason is None:
        return
    cited = tuple(finding.citation for finding in _primary(line))
    words = reason.member if audience is Audience.MEMBER else f"{reason.provider}."
    yield Element(ElementName.REASONS, words, cited)
    traces = grounds(line)
    for traced in traces:
        lead = _leg(traced, context.library, audience) if len(traces) > 1 else ""
        yield from _leg_reasons(traced, lead, audience, context.library)


def criterion_elements(line: DecidedLine, audience: Audience, context: LetterContext) -> Iterator[Element]:
    """Yield the rule behind the decision: each leg's policy and paragraph, else the citation of the primary finding."""
    traces = grounds(line)
    elements: list[Element] = []
    for traced in traces:
        lead = _leg(traced, context.library, audience) if len(traces) > 1 else ""
        elements += [replace(e, text=f"{lead}{e.text}") for e in _leg_criterion(traced, audience)]
    if elements:
        yield from elements
        return
    for finding in _primary(line):
        text = _cited(finding.citation, audience, context.library)
        yield Element(ElementName.CRITERION, text, (finding.citation,))


def grounds(line: DecidedLine) -> tuple[LineTrace, ...]:
    """Return the legs that are the reason of the decision.

    For an approved line these are the legs that cover it. For a line denied by policy these are all legs. A line denied
    for another reason, such as a duplicate, has traces as well, but they are not its reason.
    """
    if line.determination.disposition is Disposition.APPROVED:
        return tuple(traced for traced in line.traces if traced.result is Result.MEETS)
    by_policy = any(finding.step is Step.NECESSITY for finding in _primary(line))
    return line.traces if by_policy else ()


def _primary(line: DecidedLine) -> tuple[Finding, ...]:
    """Return the findings with the outcome that is the reason of the line; most lines have one."""
    return tuple(finding for finding in line.determination.findings if finding.outcome == line.determination.reason)


def _leg(traced: LineTrace, library: LetterLibrary, audience: Audience) -> str:
    name = library.legs.get(traced.leg, traced.leg)
    return f"Under your {name} benefit: " if audience is Audience.MEMBER else f"{name}: "


def _leg_reasons(traced: LineTrace, lead: str, audience: Audience, library: LetterLibrary) -> Iterator[Element]:
    if traced.excluded:
        yield Element(ElementName.REASONS, f"{lead}This service is not part of the benefit.")
        return
    label = library.labels.get(traced.label.value, "") if traced.label is not None else ""
    if lead and label:
        yield Element(ElementName.REASONS, f"{lead}{label}")
    rule = resting_rule(traced)
    found = [each for each in decisive(traced) if not _for_the_reviewer(each)]
    if traced.result is Result.MEETS and audience is Audience.MEMBER:
        found = []
    for each in found:
        text = _for_member(each) if audience is Audience.MEMBER else _for_provider(each)
        yield Element(ElementName.REASONS, f"{lead}{text}", each.leaf.citations)
    if (
        traced.result is None
    ):  # no policy could be applied: this is a gap in our policies, not a reason about the member
        return
    words = traced.why or (rule.title if rule is not None else "")
    if not found and words:
        yield Element(ElementName.REASONS, f"{lead}{_sentence(words)}", rule.citations if rule is not None else ())


def _for_the_reviewer(each: Decisive) -> bool:
    """Return whether only the reviewer could answer the test; then the reviewer's rationale covers it."""
    return each.leaf.judgement and each.leaf.answer is Answer.UNKNOWN


def _for_member(each: Decisive) -> str:
    return f"{_sentence(each.leaf.text)} {_MEMBER_ANSWER[each.leaf.answer]}"


def _for_provider(each: Decisive) -> str:
    facts = "; ".join(dict.fromkeys(_fact(fact) for fact in each.leaf.facts))
    evidence = f" On record: {facts}." if facts else ""
    return f"{each.rule.rule_id}, {each.leaf.node_id}: {_sentence(each.leaf.text)} {each.leaf.answer.value}.{evidence}"


def _fact(fact: SupportingFact) -> str:
    return f"{fact.fact} = {_value(fact.value)} ({fact.source}, {fact.recorded_on.isoformat()})"


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _leg_criterion(traced: LineTrace, audience: Audience) -> Iterator[Element]:
    if traced.excluded:
        yield Element(ElementName.CRITERION, "The list of services that the plan's contract does not cover.")
        return
    if not traced.rules:
        return
    cited = _paragraphs(traced)
    where = ", ".join(dict.fromkeys(citation.locator for citation in cited))
    words = f"We used this policy: {traced.title}, version {traced.version}. The place in it: {where}."
    rule = resting_rule(traced)
    if audience is Audience.PROVIDER and rule is not None:
        words += f" Rule {rule.rule_id}: {_sentence(rule.title)}"
    yield Element(ElementName.CRITERION, words, cited)


def _paragraphs(traced: LineTrace) -> tuple[Citation, ...]:
    rule = resting_rule(traced)
    own = rule.citations if rule is not None else ()
    return tuple(dict.fromkeys((*own, *(c for each in decisive(traced) for c in each.leaf.citations))))


def _cited(citation: Citation, audience: Audience, library: LetterLibrary) -> str:
    name = library.sources.get(citation.source)
    if audience is Audience.MEMBER:
        return f"We used this rule: {citation.source if name is None else name.plain}."
    return f"{citation.source if name is None else name.title}, {citation.locator}."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
