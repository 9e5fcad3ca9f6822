"""Writes the one request for all missing documents of a claim, from the open tests of its policy traces.

A claim gets one request, because providers often answer only one of several. It requests only the documents for the likeliest
way to be covered. The provider's letter has each question. The member's letter names the missing records and the reasons, but has no questions: a list of questions
about serious illness, most of which will be answered no, would only frighten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from adjudication.letters.assembly import LetterContext, ServiceLine, assemble, checklist_for
from adjudication.letters.dates import in_words
from adjudication.letters.letter import Audience, Element, ElementName, Letter, LetterError, LetterKind
from adjudication.letters.line_trace import LineTrace, tests_to_ask
from adjudication.letters.reasons import service
from adjudication.letters.wording import DocumentKind, LetterLibrary
from adjudication.model.findings import Citation
from adjudication.policy.evidence import Gap
from adjudication.policy.trace import TraceNode

_ASKED: Final = {
    Gap.MISSING: "No answer is on file.",
    Gap.STALE: "What is on file is too old.",
    Gap.CONFLICTING: "What is on file gives two different answers.",
    Gap.ILLEGIBLE: "The copy on file cannot be read.",
    Gap.UNREADABLE: "The answer on file is not of the kind asked for.",
    Gap.AWAITING_REVIEWER: "A reviewer must assess it.",
}
_MEMBER: Final = {
    **_ASKED,
    Gap.MISSING: "We do not have it, or it does not say enough.",
    Gap.CONFLICTING: "What we have gives two different answers.",
    Gap.ILLEGIBLE: "The copy we have cannot be read.",
    Gap.STALE: "What we have is too old.",
}


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A pended line, with the trace of each leg that needs documents."""

    service: ServiceLine
    traces: tuple[LineTrace, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One open question that a document would answer, with its criteria, the kind of gap, and the lines."""

    text: str
    criteria: tuple[str, ...]
    gap: Gap
    citations: tuple[Citation, ...]
    lines: tuple[ServiceLine, ...]


@dataclass(frozen=True, slots=True)
class DocumentNeed:
    """One document to request, with every question that it would answer."""

    document: str
    questions: tuple[Question, ...]


def documents_needed(lines: Iterable[OpenLine]) -> tuple[DocumentNeed, ...]:
    """Return each document once and each of its questions once, in reading order."""
    needs: dict[str, dict[str, Question]] = {}
    for line in lines:
        for traced in line.traces:
            for each in tests_to_ask(traced):
                if each.leaf.document is not None:
                    questions = needs.setdefault(each.leaf.document, {})
                    _add(questions, each.leaf, line.service)
    return tuple(DocumentNeed(name, tuple(questions.values())) for name, questions in needs.items())


def document_request(
    lines: Sequence[OpenLine],
    answer_by: date,
    audience: Audience,
    context: LetterContext,
    named: tuple[str, ...] = (),
) -> Letter:
    """Write the request of a claim; raises LetterError if no open criterion and no reviewer names a document.

    `named`: the kinds of documents that reviewers asked for.
    """
    needs = documents_needed(lines)
    known = {need.document for need in needs}
    needs += tuple(DocumentNeed(kind, ()) for kind in named if kind not in known)
    if not needs:
        raise LetterError(
            "no open criterion names a document, so there is nothing to request; a reviewer must decide the open criteria"
        )
    for need in needs:
        if need.document not in context.library.documents:
            raise LetterError(
                f"the document {need.document} has no label; add it to the documents of policies/facts.yaml"
            )
    checklist = checklist_for(LetterKind.DOCUMENT_REQUEST, audience, context)
    return assemble(checklist, _composed(lines, needs, answer_by, audience, context), context)


def missing_elements(line: OpenLine, audience: Audience, library: LetterLibrary) -> Iterator[Element]:
    """Yield each document that a denied line lacks, and why it is needed."""
    for label, questions in _grouped(documents_needed([line]), library.documents):
        text, cited = _item(label, questions, audience, several=False)
        yield Element(ElementName.WHAT_IS_MISSING, text, cited)


def _add(questions: dict[str, Question], leaf: TraceNode, line: ServiceLine) -> None:
    """Add a criterion. Two criteria about the same facts are one question, in the words that ask."""
    facts = leaf.test.facts if leaf.test is not None else ()
    key = " ".join(facts) or leaf.text
    known = questions.get(key, Question(leaf.text, (), Gap.MISSING, (), ()))
    questions[key] = Question(
        known.text if known.text.endswith("?") else leaf.text,
        tuple(dict.fromkeys((*known.criteria, leaf.node_id))),
        leaf.gaps[0][1] if leaf.gaps else known.gap,
        tuple(dict.fromkeys((*known.citations, *leaf.citations))),
        tuple(dict.fromkeys((*known.lines, line))),
    )


def _grouped(
    needs: Iterable[DocumentNeed], documents: Mapping[str, DocumentKind]
) -> Iterator[tuple[str, tuple[Question, ...]]]:
    """Yield each item of a request as a provider files it, with its questions: office notes are one item, not six."""
    items: dict[tuple[str, str], list[DocumentNeed]] = {}
    for need in needs:
        kind = documents.get(need.document)
        key = (need.document, "") if kind is None or not kind.group else (kind.group, kind.from_whom)
        items.setdefault(key, []).append(need)
    for (group, _), inside in items.items():
        kind = documents.get(inside[0].document)
        label = group if len(inside) > 1 else inside[0].document if kind is None else kind.label
        yield label, tuple(question for need in inside for question in need.questions)


def _composed(
    lines: Sequence[OpenLine],
    needs: tuple[DocumentNeed, ...],
    answer_by: date,
    audience: Audience,
    context: LetterContext,
) -> Iterator[Element]:
    any_line = any(not need.questions for need in needs)
    asked = "\n".join(f"- {service(line.service, audience)}" for line in lines if any_line or documents_needed([line]))
    lead = (
        "We cannot decide this claim yet. We asked the provider for records. The services are:"
        if audience is Audience.MEMBER
        else "This claim is pended for records. The services are:"
    )
    yield Element(ElementName.DECISION, f"{lead}\n{asked}")
    several = len(lines) > 1
    for label, questions in _grouped(needs, context.library.documents):
        text, cited = _item(label, questions, audience, several=several)
        yield Element(ElementName.DOCUMENT, text, cited)
    yield Element(ElementName.ANSWER_BY, f"We need the records by {in_words(answer_by)}.")


def _item(
    label: str, questions: tuple[Question, ...], audience: Audience, *, several: bool
) -> tuple[str, tuple[Citation, ...]]:
    cited = tuple(dict.fromkeys(c for question in questions for c in question.citations))
    if not questions:
        return f"{label}. A reviewer of the claim needs it.", cited
    if audience is Audience.MEMBER:
        gaps = " ".join(dict.fromkeys(_MEMBER[question.gap] for question in questions))
        many = "a question" if len(questions) == 1 else f"{len(questions)} questions"
        return f"{label}.\n{gaps} It answers {many} that the policy of your plan asks.", cited
    answers = "\n".join(_asked(question, several=several) for question in questions)
    return f"{label}. It should show:\n{answers}", cited


def _asked(question: Question, *, several: bool) -> str:
    why = "" if question.gap is Gap.MISSING else f" {_ASKED[question.gap]}"
    numbers = ", ".join(str(line.number) for line in question.lines)
    lines = f" (line {numbers})" if several else ""
    return f"- {question.text}{why}{lines}"
