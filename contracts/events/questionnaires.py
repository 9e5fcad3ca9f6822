"""A FHIR R4 QuestionnaireResponse in a document event: its items become the document's facts.

The link id of an item is the name of a fact, and after a slash its subject: `tx.weeks`, `tx.weeks/region=lumbar`.
Elements of FHIR that state no fact (identifiers, extensions, displays) are not read and not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Literal, Self
from urllib.parse import quote, unquote

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from contracts.events.claims import FactSubjectV1
from contracts.scalars import Identifier, Measurement, PlausibleDate, Text, ascii_text, read_whole

SYSTEM: Final = "urn:claimwright:fact:"
"""Prefix of a code system's URI; the name of a coded fact follows."""
UNITS: Final = "urn:claimwright:unit"
GROUP: Final = "group/"
"""The first characters of a group's link id; a group has no answer."""
_ABOUT: Final = ("line", "study", "region", "side", "episode")
_CLINICIANS: Final = ("Practitioner", "PractitionerRole")
_NAME: Final = TypeAdapter(Annotated[str, ascii_text(r"^[a-z][a-z0-9_.]{1,60}$")])
_SUBJECT: Final = TypeAdapter(FactSubjectV1)
_DAY: Final = TypeAdapter(PlausibleDate)
_MOST_DEEP: Final = 5


class _Fhir(BaseModel):
    """A part of a resource: further FHIR elements are ignored, those read are strict."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class ReferenceV1(_Fhir):
    """The author of a text or an answer: a reference such as Practitioner/123, or a type, with a name."""

    reference: Text | None = None
    type: Text | None = None
    display: Text | None = None

    @property
    def kind(self) -> str:
        """The type of resource; empty when it is not stated."""
        return self.type or (self.reference or "").rpartition("/")[0].rpartition("/")[2]

    @property
    def name(self) -> str | None:
        """Return its name for people."""
        return self.display or self.reference


class CodingV1(_Fhir):
    """A choice; `system` is that of the fact, or left out."""

    system: Text | None = None
    code: Identifier


class QuantityV1(_Fhir):
    """A number with its unit; one with a comparator is not a number."""

    value: Measurement
    comparator: Text | None = None
    unit: Text | None = None
    code: Text | None = None


class AnswerV1(_Fhir):
    """One answer with exactly one value."""

    boolean: bool | None = Field(default=None, alias="valueBoolean")
    day: PlausibleDate | None = Field(default=None, alias="valueDate")
    decimal: Measurement | None = Field(default=None, alias="valueDecimal")
    integer: Annotated[int, Field(ge=-(10**7), le=10**7)] | None = Field(default=None, alias="valueInteger")
    quantity: QuantityV1 | None = Field(default=None, alias="valueQuantity")
    coding: CodingV1 | None = Field(default=None, alias="valueCoding")

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        values = (self.boolean, self.day, self.decimal, self.integer, self.quantity, self.coding)
        if sum(value is not None for value in values) != 1:
            msg = "an answer needs one of valueBoolean, valueDate, valueDecimal, valueInteger, valueQuantity or valueCoding"
            raise ValueError(msg)
        if self.quantity is not None and self.quantity.comparator is not None:
            msg = "a number with a comparator says less than a number; send the number, or leave the answer out"
            raise ValueError(msg)
        return self


class ItemV1(_Fhir):
    """One question with its answers, or a group of them. Without an answer nothing is stated."""

    link_id: Annotated[str, ascii_text("^[!-~]+$", 1, 200)] = Field(alias="linkId")
    answer: Annotated[tuple[AnswerV1, ...], Field(max_length=20)] = ()
    item: Annotated[tuple[ItemV1, ...], Field(max_length=300)] = ()

    @model_validator(mode="after")
    def _link_is_known(self) -> Self:
        if self.link_id.startswith(GROUP):
            if self.answer:
                msg = "a group has no answer; answer its questions"
                raise ValueError(msg)
            return self
        read_link(self.link_id)
        return self


class QuestionnaireResponseV1(_Fhir):
    """A completed response. `authored` is the day on which its answers were recorded."""

    resource_type: Literal["QuestionnaireResponse"] = Field(alias="resourceType")
    status: Literal["completed", "amended"]
    authored: Text
    author: ReferenceV1 | None = None
    source: ReferenceV1 | None = None
    item: Annotated[tuple[ItemV1, ...], Field(min_length=1, max_length=300)]

    @model_validator(mode="after")
    def _authored_on_a_day(self) -> Self:
        _ = self.recorded_on
        if _depth(self.item) > _MOST_DEEP:
            msg = f"groups lie deeper than {_MOST_DEEP}; send the questions in fewer groups"
            raise ValueError(msg)
        return self

    @property
    def recorded_on(self) -> date:
        """The day of `authored` where it was written."""
        try:
            return _DAY.validate_python(self.authored[:10])
        except ValidationError:
            msg = "authored needs a whole day, such as 2025-08-01 or 2025-08-01T10:30:00-04:00"
            raise ValueError(msg) from None

    @property
    def clinician(self) -> str | None:
        """Return the clinician responsible for the answers: one who wrote them, unless a patient, relative or device gave them."""
        if self.author is None or self.author.kind not in _CLINICIANS:
            return None
        return self.author.name if self.source is None or self.source.kind in _CLINICIANS else None

    def answers(self) -> Iterator[tuple[str, FactSubjectV1 | None, AnswerV1]]:
        """Yield each answer with its fact and the fact's subject, in order."""
        waiting = list(reversed(self.item))
        while waiting:
            item = waiting.pop()
            waiting += reversed(item.item)
            if item.answer:
                name, about = read_link(item.link_id)
                yield from ((name, about, each) for each in item.answer)


def link_of(fact: str, about: FactSubjectV1 | None = None) -> str:
    """Write the link id of a fact and its subject."""
    parts = [] if about is None else [(name, getattr(about, name)) for name in _ABOUT]
    return "/".join([fact, *(f"{name}={quote(str(value))}" for name, value in parts if value is not None)])


def read_link(link: str) -> tuple[str, FactSubjectV1 | None]:
    """Return the fact of a link id and its subject; raises ValueError, which names no value."""
    name, *parts = link.split("/")
    texts = {key: unquote(value) for key, _, value in (part.partition("=") for part in parts)}
    msg = "this link id is none of our questionnaires': write the name of a fact, such as tx.weeks or tx.weeks/region=lumbar"
    values = {key: read_whole(value) if key == "line" else value for key, value in texts.items()}
    if len(texts) != len(parts) or not set(texts) <= set(_ABOUT) or None in values.values():
        raise ValueError(msg)
    try:
        return _NAME.validate_python(name), _SUBJECT.validate_python(values) if values else None
    except ValueError:
        raise ValueError(msg) from None


def _depth(items: tuple[ItemV1, ...]) -> int:
    return 1 + max((_depth(item.item) for item in items), default=0)
