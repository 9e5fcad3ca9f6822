"""Checks a file of events as intake and the feeds do, before any event is published."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from adjudication.model.fact_dictionary import FactDictionary
from adjudication.steps.unusable_facts import fact_problem
from contracts.claim_intake.mapping import document_fact, fact_of
from contracts.claim_intake.responses import read_response
from contracts.events.appeals import AppealFiled
from contracts.events.claims import ClaimSubmitted
from contracts.events.documents import DocumentReceived
from contracts.events.envelope import CloudEvent
from contracts.events.feeds import AuthorizationChanged, CoverageChanged, ProviderChanged
from contracts.events.letters import LetterSent
from contracts.events.status import StatusReasonV1
from contracts.events.topics import CLAIMS_SUBMITTED
from runtime.clients.json_places import line_and_column, place_of
from streams.intake.decode import Refused, decode_event, decode_submission
from streams.kafka.records import Record

_MODELS: Final[tuple[type[CloudEvent], ...]] = (
    ClaimSubmitted,
    CoverageChanged,
    AuthorizationChanged,
    ProviderChanged,
    DocumentReceived,
    AppealFiled,
    LetterSent,
)
_BY_TYPE: Final = {model.model_fields["type"].default: model for model in _MODELS}
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in a file, and its place: line and column from 1."""

    line: int
    column: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Part:
    """One event of a file: its text, the line and column where the text begins, and the path of the event in it."""

    text: str
    line: int
    path: tuple[int, ...]
    event: Any


def problems_of(content: bytes, dictionary: FactDictionary | None = None) -> tuple[Problem, ...]:
    """Return why the events of a file would be refused; empty if all would be accepted. At most 20 are returned.

    With a `dictionary` the answers of questionnaire responses are looked up, too.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        line, column = line_and_column(before, len(before))
        return (Problem(line, column, "this is not text in UTF-8; send events as JSON"),)
    found: list[Problem] = []
    for part in _parts(text):
        found.extend((part,) if isinstance(part, Problem) else tuple(_refusals(part, dictionary)))
    if not found and not text.strip():
        found.append(Problem(1, 1, "the file is empty; docs/asyncapi.json describes the events"))
    return tuple(found[:_SHOWN])


def notices_of(content: bytes, dictionary: FactDictionary) -> tuple[Problem, ...]:
    """Return the facts of a file's claims and documents that no criterion will read; such facts do not stop the publication."""
    found: list[Problem] = []
    for part in _parts(content.decode()):
        if isinstance(part, _Part):
            found.extend(_notices(part, dictionary))
    return tuple(found[:_SHOWN])


def _notices(part: _Part, dictionary: FactDictionary) -> Iterator[Problem]:
    model = _BY_TYPE[part.event["type"]]
    event = model.model_validate_json(json.dumps(part.event))
    if isinstance(event, ClaimSubmitted):
        facts, name = [fact_of(each) for each in event.data.supporting_information], "supporting_information"
    elif isinstance(event, DocumentReceived) and event.data.response is None:
        facts, name = [document_fact(each, event.data.document_id) for each in event.data.facts], "facts"
    else:
        return
    for index, fact in enumerate(facts):
        problem = fact_problem(fact, dictionary)
        if problem is not None:
            yield _problem(part, ("data", name, index), f"{name}[{index}]: {problem[1]}")


def _parts(text: str) -> Iterator[_Part | Problem]:
    """Yield the events of one JSON object, a JSON array, or one object per line."""
    if not text.strip():
        return
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if not any(_is_object(line) for _, line in lines):
            yield Problem(error.lineno, error.colno, f"this is not JSON: {error.msg}")
            return
        for number, line in lines:
            try:
                yield _Part(line, number, (), json.loads(line))
            except json.JSONDecodeError as error:
                yield Problem(number, error.colno, f"this is not JSON: {error.msg}")
        return
    if isinstance(whole, list):
        yield from (_Part(text, 1, (index,), event) for index, event in enumerate(whole))
        if not whole:
            yield Problem(1, 1, "the list is empty; docs/asyncapi.json describes the events")
    else:
        yield _Part(text, 1, (), whole)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except json.JSONDecodeError:
        return False


def _refusals(part: _Part, dictionary: FactDictionary | None) -> Iterator[Problem]:
    named = part.event.get("type") if isinstance(part.event, dict) else None
    model = _BY_TYPE.get(named) if isinstance(named, str) else None
    if model is None:
        known = ", ".join(sorted(_BY_TYPE))
        yield _problem(part, ("type",), f"the event has no type that is taken here; the types are: {known}")
        return
    record = Record(CLAIMS_SUBMITTED, 0, 0, datetime.now(UTC), None, json.dumps(part.event).encode())
    decoded = decode_submission(record) if model is ClaimSubmitted else decode_event(record, model)
    reasons: Sequence[StatusReasonV1] = ()
    if isinstance(decoded, Refused):
        reasons = decoded.reasons
    elif isinstance(decoded, DocumentReceived) and dictionary is not None:
        reasons = read_response(decoded, dictionary)[1]
    for reason in reasons:
        yield _problem(part, _path(reason.field, model), f"{reason.field or 'event'}: {reason.message}")


def _path(field: str | None, model: type[CloudEvent]) -> tuple[str | int, ...]:
    """Return the path of a field; a business rule of a claim names it within the claim."""
    parts = tuple(int(each) if each.isdigit() else each for each in (field or "").split(".") if each)
    inside = parts and parts[0] not in model.model_fields
    return ("data", *parts) if inside else parts


def _problem(part: _Part, path: tuple[str | int, ...], reason: str) -> Problem:
    line, column = place_of(part.text, (*part.path, *path))
    return Problem(part.line + line - 1, column, reason)
