"""Writes the reasons of a decision, from the policy tests that decided and the paragraphs they cite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from adjudication.letters.asked_found import asked, found
from adjudication.letters.assembly import DecidedLine, LetterContext, ServiceLine
from adjudication.letters.dates import in_words
from adjudication.letters.deciding import DecidingCriterion, deciding_criteria, deciding_rule
from adjudication.letters.letter import Audience, Element, ElementName
from adjudication.letters.line_trace import LineTrace
from adjudication.letters.wording import LetterLibrary
from adjudication.model.determination import Disposition
from adjudication.model.facts import Answer
from adjudication.model.findings import Citation, Finding
from adjudication.model.vocabulary import Step
from adjudication.policy.tree import RuleKind
from adjudication.policy.verdict import Result

_LINES: Final = re.compile(r"L[0-9]+(?:-[0-9]+)?(?:, ?L?[0-9]+(?:-[0-9]+)?)*")
"""Numbers of lines in our own copy of a text, which a reader cannot look up."""


def dollars(amount: Decimal) -> str:
    """Write an amount in US dollars."""
    return f"${amount:,.2f}"


def service(line: ServiceLine, audience: Audience) -> str:
    """Name a service: the member by our label, the provider also by code and line."""
    if audience is Audience.MEMBER:
        return f"{line.label}, on {in_words(line.service_date)} (line {line.number} of the claim)"
    return f"line {line.number}, {line.code} ({line.label}), date of service {in_words(line.service_date)}"


def reason_elements(line: DecidedLine, audience: Audience, context: LetterContext) -> Iterator[Element]:
    """Yield the reasons: the meaning of the outcome, then the findings of each leg, criterion by criterion."""
    reason = context.library.reasons.get(line.determination.reason)
    if reason is None:
        return
    cited = tuple(finding.citation for finding in _primary(line))
    words = reason.member if audience is Audience.MEMBER else f"{reason.provider}."
    yield Element(ElementName.REASONS, words, cited)
    traces = grounds(line)
    for traced in traces:
        lead = _leg(traced, context.library, audience) if len(traces) > 1 else ""
        yield from _leg_reasons(traced, lead, line.service.service_date, context.library)


def criterion_elements(line: DecidedLine, audience: Audience, context: LetterContext) -> Iterator[Element]:
    """Yield the rule behind the decision: each leg's policy and paragraph, else the citation of the primary finding."""
    traces = grounds(line)
    elements: list[Element] = []
    for traced in traces:
        lead = _leg(traced, context.library, audience) if len(traces) > 1 else ""
        elements += [replace(e, text=f"{lead}{e.text}") for e in _leg_criterion(traced)]
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


def _leg_reasons(traced: LineTrace, lead: str, served_on: date, library: LetterLibrary) -> Iterator[Element]:
    if traced.excluded:
        yield Element(ElementName.REASONS, f"{lead}This service is not part of the benefit.")
        return
    label = library.labels.get(traced.label.value, "") if traced.label is not None else ""
    if lead and label:
        yield Element(ElementName.REASONS, f"{lead}{label}")
    rule = deciding_rule(traced)
    found = () if traced.result is Result.MEETS else deciding_criteria(traced)
    for each in found:
        yield Element(ElementName.REASONS, f"{lead}{_asked_and_found(each, served_on, library)}", each.leaf.citations)
    if traced.result is None:  # no policy could be applied: a gap in our policies is no reason to give to a member
        return
    words = traced.why or (rule.title if rule is not None else "")
    if not found and words:
        yield Element(ElementName.REASONS, f"{lead}{_sentence(words)}", rule.citations if rule is not None else ())


def _asked_and_found(each: DecidingCriterion, served_on: date, library: LetterLibrary) -> str:
    """Write the demand of the rule and the value on record, or for a criterion that the claim answers, whether it is met."""
    question, record = _sentence(each.leaf.text), found(each, library.units)
    if not record:
        return f"{question} {'This is so here.' if each.leaf.answer is Answer.MET else 'This is not so here.'}"
    if each.rule.kind is not RuleKind.COVERED and each.wanted is Answer.NOT_MET:
        return f"{question} We found: {record}. The policy does not cover the service then."
    return f"{question} The policy asks for: {asked(each, served_on, library.units)}. We found: {record}."


def would_change(line: DecidedLine, context: LetterContext) -> Iterator[Element]:
    """Yield the values that a record would have to show, criterion by criterion, and the other ways to meet the policy."""
    served_on, units = line.service.service_date, context.library.units
    for traced in grounds(line):
        criteria = [e for e in deciding_criteria(traced) if e.rule.kind is RuleKind.COVERED and found(e, units)]
        wanted = [f"- {_sentence(each.leaf.text)} {_capital(asked(each, served_on, units))}." for each in criteria]
        if wanted:
            text = "\n".join(("A record that shows this could change our decision:", *dict.fromkeys(wanted)))
            yield Element(ElementName.WHAT_IS_MISSING, text)
        ways = dict.fromkeys(f"- {_sentence(way)}" for each in criteria for way in each.others if way)
        if ways:
            yield Element(
                ElementName.WHAT_IS_MISSING, "\n".join(("A record that shows one of these could, too:", *ways))
            )


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _leg_criterion(traced: LineTrace) -> Iterator[Element]:
    if traced.excluded:
        yield Element(ElementName.CRITERION, "The list of services that the plan's contract does not cover.")
        return
    if not traced.rules:
        return
    rule = deciding_rule(traced)
    cited = _paragraphs(traced)
    words = f"We used this policy: {traced.title}, version {traced.version}."
    if rule is not None:
        words += f" Its part is called: {_sentence(rule.title)}"
    places = list(dict.fromkeys(citation.locator for citation in cited if _readable(citation.locator)))
    if places:
        words += f" The place in it: {'; '.join(places)}."
    yield Element(ElementName.CRITERION, words, cited)


def _paragraphs(traced: LineTrace) -> tuple[Citation, ...]:
    rule = deciding_rule(traced)
    own = rule.citations if rule is not None else ()
    return tuple(dict.fromkeys((*own, *(c for each in deciding_criteria(traced) for c in each.leaf.citations))))


def _readable(locator: str) -> bool:
    return _LINES.fullmatch(locator.strip()) is None


def _cited(citation: Citation, audience: Audience, library: LetterLibrary) -> str:
    name = library.sources.get(citation.source)
    if audience is Audience.MEMBER:
        return f"We used this rule: {citation.source if name is None else name.plain}."
    internal = library.internal.get(citation.source)
    if internal is not None:
        return f"{_capital(internal)}. You can have a copy; ask us for it."
    title = citation.source if name is None else name.title
    return f"{title}, {citation.locator}." if _readable(citation.locator) else f"{title}."


def source_title(source: str, library: LetterLibrary) -> str:
    """Return the title of a source as sources.yaml gives it, else its id."""
    name = library.sources.get(source)
    return source if name is None else name.title


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
