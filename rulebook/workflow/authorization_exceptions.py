"""law/authorization_exceptions.yaml: the signs of each circumstance, and the law on emergency services by product line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, StrictBool

from adjudication.model.authorization_exceptions import AuthorizationExceptions, Circumstance, Signs
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import ProductLine
from contracts.scalars import PlaceOfService, ascii_text
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited

AUTHORIZATION_EXCEPTIONS: Final = "law/authorization_exceptions.yaml"


class SignsEntry(Cited):
    """The signs of one circumstance on a claim."""

    circumstance: Circumstance
    places_of_service: tuple[PlaceOfService, ...] = ()
    revenue_codes: tuple[Annotated[str, ascii_text(r"^[0-9]{3,4}$")], ...] = ()
    bill_types: tuple[Annotated[str, ascii_text(r"^[0-9]{2}[0-9A-Z]?$")], ...] = ()
    exception_codes: tuple[Annotated[str, ascii_text(r"^[1-7]$")], ...] = ()
    billed_elsewhere: tuple[Annotated[str, ascii_text(r"^[0-9A-Z][0-9]{2,4}$")], ...] = ()
    admission_types: tuple[Annotated[str, ascii_text(r"^[1-59]$")], ...] = ()
    line_indicator: StrictBool = False


class EmergencyEntry(Cited):
    """The law that frees emergency services from authorization, for some product lines."""

    products: Annotated[tuple[ProductLine, ...], Field(min_length=1)]


class AuthorizationExceptionsFile(Cited):
    """law/authorization_exceptions.yaml."""

    signs: Annotated[tuple[SignsEntry, ...], Field(min_length=1)]
    emergency: tuple[EmergencyEntry, ...]


def authorization_exceptions(
    label: str, file: AuthorizationExceptionsFile, citations: Citations
) -> Mapping[ProductLine, AuthorizationExceptions]:
    """Build the exceptions per product line, to which each plan adds its own; refuse a circumstance or product that is listed twice."""
    signs: dict[Circumstance, Signs] = {}
    for index, entry in enumerate(file.signs):
        where = place(label, key=f"signs[{index}] {entry.circumstance}")
        citations.of(where, entry, file)
        if entry.circumstance in signs:
            raise PolicyDataError(where, "the circumstance is listed twice", "put the two entries together")
        signs[entry.circumstance] = Signs(
            frozenset(entry.places_of_service),
            entry.revenue_codes,
            entry.bill_types,
            frozenset(entry.exception_codes),
            entry.billed_elsewhere,
            frozenset(entry.admission_types),
            entry.line_indicator,
        )
    laws: dict[ProductLine, Citation] = {}
    for index, law in enumerate(file.emergency):
        where = place(label, key=f"emergency[{index}]")
        for product in law.products:
            if product in laws:
                raise PolicyDataError(where, f"{product} is listed twice", "keep it under one law")
            laws[product] = citations.of(where, law, file)
    return {product: AuthorizationExceptions(signs, {}, laws.get(product)) for product in ProductLine}
