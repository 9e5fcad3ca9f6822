"""Reads a stored claim as a core claim without validating it again: intake validated it before the ledger took it.

Only claims in the form that intake stores today are read this way: known keys, ASCII, dates and numbers as text. Any other,
such as a claim of an earlier version, is read by its model (contracts/stored.py), and both ways give equal claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import orjson

from adjudication.model.claim import (
    Attachment,
    Claim,
    ClaimLine,
    FactSubject,
    Member,
    Provider,
    Stated,
    SupportingFact,
    Value,
)
from adjudication.model.persons import Relationship
from adjudication.model.vocabulary import AuthorizationNumber, ClaimForm, ClaimId, Frequency, LineNumber
from contracts.claim_intake.mapping import stated_sex, to_core
from contracts.events.claims import ClaimSubmittedV1
from contracts.scalars import read_day
from contracts.stored import read_stored

_Json = Mapping[str, Any]

_CLAIM: Final = frozenset(
    [
        "submitter",
        "claim_control_number",
        "revision",
        "frequency",
        "payer_claim_number",
        "form",
        "place_of_service",
        "bill_type",
        "member",
        "billing",
        "rendering",
        "ordering",
        "facility",
        "referring",
        "supervising",
        "attending",
        "operating",
        "total_charge",
        "diagnoses",
        "authorization_number",
        "authorization_exception",
        "assignment_accepted",
        "benefits_assigned",
        "first_filed_on",
        "attachments",
        "notes",
        "supporting_information",
        "lines",
    ]
)
"""Keys of a claim that are read here; a claim with other keys is read by its model."""
_MEMBER: Final = frozenset(["member_id", "birth_date", "family_name", "given_name", "suffix", "relationship", "sex"])
_PROVIDER: Final = frozenset(["npi", "taxonomy", "name"])
_ATTACHMENT: Final = frozenset(["control_number", "report_type", "transmission"])
_FACT: Final = frozenset(["fact", "flag", "day", "number", "code", "source", "recorded_on", "about"])
_ABOUT: Final = frozenset(["line", "study", "region", "side", "episode"])
_LINE: Final = frozenset(
    [
        "number",
        "code",
        "modifiers",
        "units",
        "unit_basis",
        "charge",
        "service_date",
        "diagnosis_pointers",
        "place_of_service",
        "revenue_code",
        "rendering",
        "authorization_number",
        "description",
        "control_number",
    ]
)
_NUMBER: Final = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")
_FORMS: Final = {form.value: form for form in ClaimForm}
_FREQUENCIES: Final = {frequency.value: frequency for frequency in Frequency}


_day: Final = lru_cache(4096)(read_day)
"""Size of the cache of days: most claims name the same few thousand days."""


class _OtherFormError(Exception):
    """The claim is not in the form that is read here."""


def read_claim(payload: str, claim_id: ClaimId, received_at: datetime) -> Claim:
    """Read a stored claim; `received_at` is the Kafka timestamp of its first delivery."""
    try:
        if payload.isascii():
            return _claim(orjson.loads(payload), claim_id, received_at)
    except (_OtherFormError, AttributeError, KeyError, TypeError, ValueError):
        pass
    return to_core(read_stored(ClaimSubmittedV1, payload), claim_id, received_at)


def _claim(data: _Json, claim_id: ClaimId, received_at: datetime) -> Claim:
    _only(data, _CLAIM)
    get = data.get
    first_filed_on = get("first_filed_on")
    return Claim(
        claim_id=claim_id,
        submitter=_text(data["submitter"]),
        control_number=_text(data["claim_control_number"]),
        revision=_whole(get("revision", 1)),
        received_at=received_at,
        form=_FORMS[data["form"]],
        frequency=_FREQUENCIES[get("frequency", Frequency.ORIGINAL.value)],
        member=_member(data["member"]),
        billing=_a_provider(data["billing"]),
        lines=tuple([_line(line) for line in data["lines"]]),
        diagnoses=_texts(data["diagnoses"]),
        payer_claim_number=_or_none(get("payer_claim_number")),
        bill_type=_or_none(get("bill_type")),
        place_of_service=_or_none(get("place_of_service")),
        rendering=_provider(get("rendering")),
        ordering=_provider(get("ordering")),
        facility=_provider(get("facility")),
        authorization_number=_authorization(get("authorization_number")),
        authorization_exception=_or_none(get("authorization_exception")),
        attachments=tuple([_attachment(each) for each in get("attachments", ())]),
        notes=_texts(get("notes", ())),
        supporting=tuple([_fact(fact) for fact in get("supporting_information", ())]),
        first_filed_on=None if first_filed_on is None else _day(first_filed_on),
        referring=_provider(get("referring")),
        supervising=_provider(get("supervising")),
        attending=_provider(get("attending")),
        operating=_provider(get("operating")),
        assignment_accepted=_answer(get("assignment_accepted")),
        benefits_assigned=_answer(get("benefits_assigned")),
        also_stated=tuple(_stated(data)),
    )


def _member(data: _Json) -> Member:
    _only(data, _MEMBER)
    relationship = data.get("relationship")
    return Member(
        _text(data["member_id"]),
        _day(data["birth_date"]),
        _text(data["family_name"]),
        _or_none(data.get("given_name")) or "",
        _or_none(data.get("suffix")),
        None if relationship is None else Relationship(relationship),
        stated_sex(_or_none(data.get("sex"))),
    )


def _line(data: _Json) -> ClaimLine:
    _only(data, _LINE)
    get = data.get
    revenue_code = _or_none(get("revenue_code"))
    return ClaimLine(
        number=LineNumber(_whole(data["number"])),
        code=_or_none(get("code")) or revenue_code or "",
        modifiers=_texts(get("modifiers", ())),
        units=_number(data["units"]),
        charge=_number(data["charge"]),
        service_date=_day(data["service_date"]),
        diagnosis_pointers=tuple([_whole(pointer) for pointer in get("diagnosis_pointers", ())]),
        place_of_service=_or_none(get("place_of_service")),
        revenue_code=revenue_code,
        rendering=_provider(get("rendering")),
        authorization_number=_authorization(get("authorization_number")),
        description=_or_none(get("description")),
        control_number=_or_none(get("control_number")),
        unit_basis=_or_none(get("unit_basis")),
    )


def _fact(data: _Json) -> SupportingFact:
    """Read a fact. Inlined for speed, since a claim states dozens of facts."""
    if not data.keys() <= _FACT:
        raise _OtherFormError
    get = data.get
    value: Value | None = get("flag")
    if value is None:
        value = _day_or_number(data)
    elif value.__class__ is not bool:
        raise _OtherFormError
    name, source, about = data["fact"], data["source"], get("about")
    if name.__class__ is not str or source.__class__ is not str:
        raise _OtherFormError
    return SupportingFact(
        name,
        value,
        source,
        _day(data["recorded_on"]),
        None,
        None,
        False,
        True,
        None if about is None else _about(about),
    )


def _day_or_number(data: _Json) -> Value:
    """Read the first value that a fact states besides a flag, in the order of contracts/claim_intake/mapping.py."""
    if (day := data.get("day")) is not None:
        return _day(day)
    if (number := data.get("number")) is not None:
        return _number(number)
    return _text(data["code"])


def _about(data: _Json) -> FactSubject:
    if not data.keys() <= _ABOUT:
        raise _OtherFormError
    get = data.get
    return _subject(get("line"), get("study"), get("region"), get("side"), get("episode"))


@lru_cache(4096, typed=True)
def _subject(line: object, study: object, region: object, side: object, episode: str | None) -> FactSubject:
    """Read the subject of a fact. Cached, since most facts share a few subjects."""
    return FactSubject(
        None if line is None else LineNumber(_whole(line)),
        _or_none(study),
        _or_none(region),
        _or_none(side),
        None if episode is None else _day(episode),
    )


def _attachment(data: _Json) -> Attachment:
    _only(data, _ATTACHMENT)
    return Attachment(_text(data["control_number"]), _text(data["report_type"]), _text(data["transmission"]))


def _provider(data: _Json | None) -> Provider | None:
    return None if data is None else _a_provider(data)


def _a_provider(data: _Json) -> Provider:
    _only(data, _PROVIDER)
    return Provider(_text(data["npi"]), _or_none(data.get("taxonomy")), _or_none(data.get("name")))


def _stated(data: _Json) -> Iterator[Stated]:
    """Yield the notes of contracts/claim_intake/stated.py on these keys, in its order."""
    for key, words in (("assignment_accepted", "assignment accepted"), ("benefits_assigned", "benefits assigned")):
        answer = data.get(key)
        if answer is not None:
            yield Stated(words, {True: "yes", False: "no"}[answer])
    for line in data["lines"]:
        if (own := line.get("control_number")) is not None:
            yield Stated("line control number", own, LineNumber(line["number"]))


def _only(data: _Json, keys: frozenset[str]) -> None:
    if not data.keys() <= keys:
        raise _OtherFormError


def _text(value: object) -> str:
    if value.__class__ is not str:
        raise _OtherFormError
    return str(value)


def _or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _answer(value: object) -> bool | None:
    if value is not None and value.__class__ is not bool:
        raise _OtherFormError
    return None if value is None else bool(value)


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple([_text(value) for value in values])


def _whole(value: Any) -> int:
    if value.__class__ is not int:
        raise _OtherFormError
    return int(value)


@lru_cache(4096)
def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise _OtherFormError
    return Decimal(text)


def _authorization(number: object) -> AuthorizationNumber | None:
    return None if number is None else AuthorizationNumber(_text(number))
