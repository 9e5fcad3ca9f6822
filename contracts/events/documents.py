"""`documents.received`: a document for a claim, and the structured facts that a person or a system read from it.

Facts are stated by people or by systems that fill in questionnaires; a document's own text is shown to reviewers and
never interpreted by software. A document finds its claim by the submitter's claim control number, by the attachment
control number announced with the claim (837 PWK06), or both.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from adjudication.steps.coordination_of_benefits import EXPLANATION
from contracts.events.claims import FactPlaceV1, SupportingFactV1
from contracts.events.envelope import CloudEvent, Contract
from contracts.events.feeds import Version
from contracts.events.other_payers import PayerAdjudicationV1
from contracts.events.questionnaires import QuestionnaireResponseV1
from contracts.scalars import FreeText, Identifier, Text, ascii_text


class DocumentFactV1(SupportingFactV1):
    """One fact that a document states: exactly one value, or none if the document is illegible there; `place`: where in its file."""

    author: Text | None = None
    legible: bool = True
    place: FactPlaceV1 | None = None

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        values = sum(value is not None for value in (self.flag, self.day, self.number, self.code))
        if values != (1 if self.legible else 0):
            wanted = (
                "exactly one of flag, day, number or code" if self.legible else "no value, because it is not legible"
            )
            msg = f"this fact needs {wanted}; correct it and send the document again"
            raise ValueError(msg)
        return self


class DocumentReceivedV1(Contract):
    """The whole current state of one document; `version` grows when it is corrected.

    `adjudication`: what another payer did with the claim, read out of its explanation of benefits. `response`: the facts as
    a FHIR R4 QuestionnaireResponse, instead of `facts`.
    """

    document_id: Identifier
    version: Version
    submitter: Identifier
    claim_control_number: Identifier | None = None
    attachment_control_number: Identifier | None = None
    kind: Annotated[str, ascii_text(r"^[a-z][a-z0-9-]{1,40}$")]
    facts: Annotated[tuple[DocumentFactV1, ...], Field(max_length=100)] = ()
    note: FreeText | None = None
    adjudication: PayerAdjudicationV1 | None = None
    response: QuestionnaireResponseV1 | None = None

    @model_validator(mode="after")
    def _finds_its_claim(self) -> Self:
        if self.claim_control_number is None and self.attachment_control_number is None:
            msg = "a document needs claim_control_number or attachment_control_number to find its claim; add one"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _states_what_its_kind_states(self) -> Self:
        if self.adjudication is not None and self.kind != EXPLANATION:
            msg = f"only a document of the kind {EXPLANATION} states an adjudication; correct the kind, or leave it out"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _facts_once(self) -> Self:
        if self.response is not None and self.facts:
            msg = "a document states facts, or has a response; leave one of them out"
            raise ValueError(msg)
        return self

    def with_facts(self) -> Self:
        """Return the document with the facts that its response states; one without a response as it is."""
        if self.response is None:
            return self
        return self.model_copy(update={"facts": tuple(_facts(self.response)), "response": None})


def _facts(response: QuestionnaireResponseV1) -> Iterator[DocumentFactV1]:
    author, source = response.clinician, response.source or response.author
    named = None if source is None else source.name
    for name, about, answer in response.answers():
        number = answer.decimal if answer.quantity is None else answer.quantity.value
        yield DocumentFactV1(
            fact=name,
            flag=answer.boolean,
            day=answer.day,
            number=Decimal(answer.integer) if answer.integer is not None else number,
            code=None if answer.coding is None else answer.coding.code,
            source=named or "questionnaire",
            recorded_on=response.recorded_on,
            about=about,
            author=author,
        )


class DocumentReceived(CloudEvent):
    """The event on `documents.received`."""

    type: Literal["com.claimwright.document.received.v1"] = "com.claimwright.document.received.v1"
    data: DocumentReceivedV1
