"""Turns the QuestionnaireResponse of a document into its facts, or says why none of it may be used.

All facts that a sender writes are kept, and unusable ones are named. A response answers our own questions: an answer
to a question that we do not ask, or of another kind, means that the two sides disagree on the form, so all of it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adjudication.model.fact_dictionary import FactDictionary, FactKind
from adjudication.steps.unusable_facts import fact_problem
from contracts.claim_intake.mapping import document_fact
from contracts.events.documents import DocumentReceived, DocumentReceivedV1
from contracts.events.questionnaires import SYSTEM, AnswerV1
from contracts.events.status import StatusReasonV1

RESPONSE: Final = "response-answer"
FIELD: Final = "data.response"
MOST_FACTS: Final = 100


def read_response(
    event: DocumentReceived, dictionary: FactDictionary
) -> tuple[DocumentReceived, tuple[StatusReasonV1, ...]]:
    """Return the event with the facts of its response, or the reasons why the response is refused."""
    document = event.data
    if document.response is None:
        return event, ()
    stated = document.with_facts()
    reasons = tuple(_reasons(document, stated, dictionary))
    return event.model_copy(update={"data": stated}), reasons


def _reasons(
    document: DocumentReceivedV1, stated: DocumentReceivedV1, dictionary: FactDictionary
) -> Iterator[StatusReasonV1]:
    if document.response is None:
        return
    answers = [answer for _, _, answer in document.response.answers()]
    if len(answers) > MOST_FACTS:
        message = f"a response has at most {MOST_FACTS} answers; send the others as another document"
        yield StatusReasonV1(code=RESPONSE, field=FIELD, message=message)
    for place, (fact, answer) in enumerate(zip(stated.facts, answers, strict=True), 1):
        problem = fact_problem(document_fact(fact, document.document_id), dictionary)
        kind = dictionary.get(fact.fact)
        words = problem[1] if problem is not None else None if kind is None else _wrong(fact.fact, answer, kind)
        if words is not None:
            yield StatusReasonV1(code=RESPONSE, field=FIELD, message=f"answer {place}: {words}")


def _wrong(fact: str, answer: AnswerV1, kind: FactKind) -> str | None:
    """Return whether a choice is not in the question's list, or a number has another unit."""
    if answer.coding is not None and answer.coding.system not in (None, f"{SYSTEM}{fact}"):
        return f"the code is of another system than {SYSTEM}{fact}"
    quantity = answer.quantity
    if quantity is not None and any(each not in (None, kind.unit) for each in (quantity.unit, quantity.code)):
        return f"the number is in another unit than {kind.unit}"
    return None
