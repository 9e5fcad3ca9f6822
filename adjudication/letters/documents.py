"""Writes the one request for all missing documents of a claim, from the open tests of its policy traces.

A claim gets one request, because providers often answer only one of several. The provider reads each question with
its criterion. The member reads which records are missing and why, but no questions: a list of questions about serious
illness, most of which will be answered no, would only frighten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from adjudication.letters.assembly import LetterContext, ServiceLine, assemble, checklist_for
from adjudication.letters.dates import in_words
from adjudication.letters.letter import Audience, Element, ElementName, Letter, LetterError, LetterKind
from adjudication.letters.line_trace import LineTrace, open_tests
from adjudication.letters.reasons import service, source_title
from adjudication.letters.wording import LetterLibrary
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
            for each in open_tests(traced):
                if each.leaf.document is not None:
                    questions = needs.setdefault(each.leaf.document, {})
                    _add(questions, each.leaf, line.service)
    return tuple(DocumentNeed(name, tuple(questions.values())) for name, questions in needs.items())


def document_request(lines: Sequence[OpenLine], answer_by: date, audience: Audience, context: LetterContext) -> Letter:
    """Write the request of a claim; raises LetterError if no open criterion names a document."""
    needs = documents_needed(lines)
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
    for need in documents_needed([line]):
        text, cited = _need(need, audience, library)
        yield Element(ElementName.WHAT_IS_MISSING, text, cited)


def _add(questions: dict[str, Question], leaf: TraceNode, line: ServiceLine) -> None:
    """Add a criterion. Two criteria with the same words are one question."""
    known = questions.get(leaf.text, Question(leaf.text, (), Gap.MISSING, (), ()))
    questions[leaf.text] = Question(
        leaf.text,
        tuple(dict.fromkeys((*known.criteria, leaf.node_id))),
        leaf.gaps[0][1] if leaf.gaps else known.gap,
        tuple(dict.fromkeys((*known.citations, *leaf.citations))),
        tuple(dict.fromkeys((*known.lines, line))),
    )


def _composed(
    lines: Sequence[OpenLine],
    needs: tuple[DocumentNeed, ...],
    answer_by: date,
    audience: Audience,
    context: LetterContext,
) -> Iterator[Element]:
    asked = "\n".join(f"- {service(line.service, audience)}" for line in lines if documents_needed([line]))
    lead = (
        "We cannot decide this claim yet. We asked the provider for records. The services are:"
        if audience is Audience.MEMBER
        else "This claim is pended for records. The services are:"
    )
    yield Element(ElementName.DECISION, f"{lead}\n{asked}")
    for need in needs:
        text, cited = _need(need, audience, context.library)
        yield Element(ElementName.DOCUMENT, text, cited)
    day = in_words(answer_by) if audience is Audience.MEMBER else answer_by.isoformat()
    yield Element(ElementName.ANSWER_BY, f"We need the records by {day}.")


def _need(need: DocumentNeed, audience: Audience, library: LetterLibrary) -> tuple[str, tuple[Citation, ...]]:
    kind = library.documents.get(need.document)
    label = need.document if kind is None else kind.label
    cited = tuple(dict.fromkeys(c for question in need.questions for c in question.citations))
    if audience is Audience.MEMBER:
        gaps = " ".join(dict.fromkeys(_MEMBER[question.gap] for question in need.questions))
        many = "a question" if len(need.questions) == 1 else f"{len(need.questions)} questions"
        return f"{label}.\n{gaps} It answers {many} that the policy of your plan asks.", cited
    head = f"{label}, from the {kind.from_whom.replace('-', ' ')}" if kind is not None else label
    answers = "\n".join(_asked(question, library) for question in need.questions)
    return f"{head}. It must answer:\n{answers}", cited


def _asked(question: Question, library: LetterLibrary) -> str:
    numbers = ", ".join(str(line.number) for line in question.lines)
    where = "; ".join(f"{source_title(c.source, library)}, {c.locator}" for c in question.citations)
    criteria = ", ".join(question.criteria)
    return f"- {question.text} {_ASKED[question.gap]} (criterion {criteria}; {where}; line {numbers})"
