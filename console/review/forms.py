"""Reads the forms of the review screen into actions, with an error text for each wrong field.

The input is kept unchanged, so that a refused form can show it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import orjson
from pydantic import ValidationError
from starlette.datastructures import FormData

from adjudication.model.fact_dictionary import FactDictionary
from adjudication.review.rationale import SHORTEST_RATIONALE, rationale_refusal
from console.review.eob_form import read_explained
from console.web.problems import Problem
from console.web.zones import Zones
from contracts.actions.review import REVIEW_ACTION, ReviewActionV1
from contracts.ids import is_action_id
from contracts.problem_words import ValueProblem, value_problems
from contracts.scalars import read_number, read_whole

_WORDS: Final = {
    "missing": "fill this in",
    "string_too_short": "fill this in",
    "too_short": "choose at least one",
    "calendar_date": "a day, as 2025-08-31",
    "rfc3339_time": "a day and a time",
    "plain_number": "a number, such as 6 or 6.5",
    "greater_than": "above zero",
    "decimal_max_places": "dollars and cents, at most two decimals",
    "enum": "choose one",
}


@dataclass(frozen=True, slots=True)
class FormInput:
    """The input of one form: every field as a list of texts, and the errors by field."""

    action: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def first(self, name: str, otherwise: str = "") -> str:
        """Return a field's text."""
        return next(iter(self.values.get(name, ())), otherwise)

    def all(self, name: str) -> tuple[str, ...]:
        """Return every text of a field that may come several times."""
        return self.values.get(name, ())

    def about(self, action: str) -> FormInput:
        """Return the input if it was typed into the form of this action."""
        return self if self.action == action else FormInput()


@dataclass(frozen=True, slots=True)
class Sent:
    """One action to carry out under its id."""

    action_id: str
    content: ReviewActionV1


class FormError(Exception):
    """A form that cannot be read into an action; `errors` by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Keep the errors."""
        super().__init__("form")
        self.errors = errors


def typed_of(action: str, form: FormData) -> FormInput:
    """Return the input with every text of a form."""
    names = [name for name in form if name != "csrf"]
    return FormInput(action, {name: tuple(v for v in form.getlist(name) if isinstance(v, str)) for name in names})


def read_form(typed: FormInput, dictionary: FactDictionary) -> tuple[Sent, ...]:
    """Return the actions that a form requests: one, or one per line for a resolution of several; raises FormError."""
    reader = FORMS.get(typed.action)
    if reader is None:
        raise Problem(404, "no-such-action", "there is no such action on a case")
    if typed.action in ("decide", "recommend"):
        return _settlements(typed, reader)
    content = _facts(typed, dictionary) if typed.action == "record-facts" else reader(typed)
    return (Sent(_action_id(typed.first("action_id")), _contract(typed.action, content)),)


def _action_id(sent: str) -> str:
    if not is_action_id(sent):
        raise Problem(422, "invalid", "this form is not one of this page; load the page again")
    return sent


def _settlements(typed: FormInput, reader: Callable[[FormInput], dict[str, Any]]) -> tuple[Sent, ...]:
    """Make one action per chosen line, with the same reasons."""
    chosen = typed.all("pend")
    if not chosen:
        raise FormError({"pend": "choose at least one line"})
    content = reader(typed)
    return tuple(_settlement(each, typed.action, content) for each in chosen)


def _settlement(chosen: str, action: str, content: dict[str, Any]) -> Sent:
    parts = chosen.split("|")
    line = _whole(parts[0])
    if len(parts) != 4 or (line is None and parts[0]):
        raise Problem(422, "invalid", "this form is not one of this page; load the page again")
    _, outcome, about, action_id = parts
    named = {"line": line, "outcome": outcome, **({"about": about} if action == "decide" else {})}
    return Sent(_action_id(action_id), _contract(action, {**content, **named}))


def _contract(action: str, content: Mapping[str, Any]) -> ReviewActionV1:
    given = {name: value for name, value in content.items() if value not in (None, "")}
    try:
        return REVIEW_ACTION.validate_json(orjson.dumps({"action": action, **given}))
    except ValidationError as error:
        raise FormError(
            dict(_field_error(each) for each in value_problems(error.errors(include_input=False, include_url=False)))
        ) from None


def _field_error(problem: ValueProblem) -> tuple[str, str]:
    """Return the field of an error, and our text for it."""
    places = [str(part) for part in problem.place[1:]]
    name = places[0] if places else "form"
    if name == "facts" and places[-2:-1] == ["about"]:
        name = f"about-{places[-1]}"
    return name, _WORDS.get(problem.kind, problem.words)


def _facts(typed: FormInput, dictionary: FactDictionary) -> dict[str, Any]:
    """Read each answered fact by its kind in the dictionary; one source is stated for all of them."""
    source, facts = typed.first("source").strip(), []
    about = _about(typed)
    reason, corrects = typed.first("reason").strip(), bool(typed.all("corrects"))
    settles = corrects or bool(typed.all("settles"))
    errors: dict[str, str] = {}
    place = _place(typed, errors)
    for name in typed.values:
        fact = name.removeprefix("fact:")
        text = typed.first(name).strip()
        if fact == name or not text:
            continue
        known = dictionary.get(fact)
        if known is None:
            errors[name] = "no criterion asks for this"
            continue
        shape = {"flag": "flag", "date": "day", "number": "number"}.get(known.kind, "code")
        value: object = text == "yes" if known.kind == "flag" else text
        if known.kind == "number" and not _is_number(text):
            errors[name] = f"a number of {known.unit or 'units'}, such as 6"
        for part in about.keys() - set(known.subjects):
            errors["facts"] = f"{fact} is never about one {part}; leave that empty, or answer the question by itself"
        stated = {"fact": fact, shape: value, "source": source, "settles": settles, **place}
        facts.append({**stated, "about": about} if about else stated)
    if not facts and not errors:
        errors["facts"] = "answer at least one question"
    if not source:
        errors["source"] = "say where you read it: a document, or what you examined"
    if corrects and not reason:
        errors["reason"] = "say why what is on record is wrong"
    if errors:
        raise FormError(errors)
    return {"facts": facts, "reason": reason}


def _about(typed: FormInput) -> dict[str, Any]:
    """Read the subject of a form's facts; empty for the whole claim. The contract checks each value."""
    line = _whole(typed.first("about-line"))
    texts = {part: typed.first(f"about-{part}").strip() for part in ("study", "region", "side", "episode")}
    return {**({} if line is None else {"line": line}), **{part: text for part, text in texts.items() if text}}


def _place(typed: FormInput, errors: dict[str, str]) -> dict[str, Any]:
    """Read where in the document the answers stand: a page, and the words there."""
    page, quote = typed.first("page").strip(), " ".join(typed.first("quote").split())
    number = _whole(page)
    if page and number is None:
        errors["page"] = "a number, such as 2"
    if quote and not page:
        errors["page"] = "say on which page the words stand"
    if number is None:
        return {}
    return {"place": {"page": number, **({"quote": quote} if quote else {})}}


def _is_number(text: str) -> bool:
    try:
        read_number(text)
    except ValueError:
        return False
    return True


def _explained(typed: FormInput) -> dict[str, Any]:
    content, errors = read_explained({name: typed.first(name) for name in typed.values})
    if errors:
        raise FormError(errors)
    return content


def _decide(typed: FormInput) -> dict[str, Any]:
    resolution, _, denies_as = typed.first("way").partition(":")
    rationale = _rationale(typed)
    errors = {} if resolution else {"way": "choose how it is settled"}
    if denies_as and "necessity." in denies_as and not typed.all("criteria") and typed.first("signs") == "yes":
        errors["criteria"] = "name the criteria you found not met; the policy's text alone is not a reason"
    if resolution == "priced" and not typed.first("allowed").strip():
        errors["allowed"] = "say the allowed amount a unit, in dollars"
    if errors or "error" in rationale:
        raise FormError({**errors, **({"rationale": rationale["error"]} if "error" in rationale else {})})
    return {
        "resolution": resolution,
        "denies_as": denies_as,
        "rationale": rationale["text"],
        "criteria": list(typed.all("criteria")),
        "evidence": list(typed.all("evidence")),
        "allowed": typed.first("allowed").strip() if resolution == "priced" else None,
    }


def _recommend(typed: FormInput) -> dict[str, Any]:
    rationale = _rationale(typed)
    errors = {} if typed.first("resolution") else {"resolution": "choose what you recommend"}
    if "error" in rationale:
        errors["rationale"] = rationale["error"]
    if errors:
        raise FormError(errors)
    return {"resolution": typed.first("resolution"), "rationale": rationale["text"]}


def _rationale(typed: FormInput) -> dict[str, str]:
    text = typed.first("rationale").strip()
    if len(text) < SHORTEST_RATIONALE:
        short = f"say why, about this member's own facts: at least {SHORTEST_RATIONALE} characters, now {len(text)}"
        return {"error": short}
    refusal = rationale_refusal(text)
    return {"text": text} if refusal is None else {"error": refusal.words}


def _send_back(typed: FormInput) -> dict[str, Any]:
    outcome, _, about = typed.first("held").partition("|")
    reason = typed.first("reason").strip()
    errors = {} if outcome else {"held": "choose what you looked at"}
    if not typed.first("error"):
        errors["error"] = "choose what is wrong"
    if len(reason) < SHORTEST_RATIONALE:
        errors["reason"] = (
            f"at least {SHORTEST_RATIONALE} characters, now {len(reason)}: its makers decide it again by this"
        )
    if errors:
        raise FormError(errors)
    return {"outcome": outcome, "about": about, "error": typed.first("error"), "reason": reason, "line": _line(typed)}


def _hand_over(typed: FormInput) -> dict[str, Any]:
    return {"to_role": typed.first("to_role"), "to_person": typed.first("to_person").strip(), "reason": typed.first("reason").strip()}  # fmt: skip


def _documents(typed: FormInput) -> dict[str, Any]:
    if not typed.all("kinds"):
        raise FormError({"kinds": "choose at least one document"})
    return {"kinds": list(typed.all("kinds")), "lines": [line for line in map(_whole, typed.all("lines")) if line]}


def _opinion(typed: FormInput) -> dict[str, Any]:
    return {"expertise": typed.first("expertise"), "question": typed.first("question").strip(), "line": _line(typed)}


def _call(typed: FormInput) -> dict[str, Any]:
    """Read the time in the zone that the form named."""
    text, zone = typed.first("at"), typed.first("zone", "Etc/UTC")
    if zone not in available_timezones():
        raise Problem(422, "invalid", "this form is not one of this page; load the page again")
    try:
        return {"at": f"{Zones(ZoneInfo(zone)).at(text):%Y-%m-%dT%H:%M}:00Z" if text else None}
    except ValueError:
        raise FormError(
            {"at": "a day and a time that the clocks show; where they are put forward, an hour is skipped"}
        ) from None


def _called(typed: FormInput) -> dict[str, Any]:
    held = typed.first("held")
    if held not in ("yes", "no"):
        raise FormError({"held": "say whether the call was held"})
    return {"held": held == "yes", "note": typed.first("note").strip()}


def _correct(typed: FormInput) -> dict[str, Any]:
    return {"field": typed.first("field"), "value": typed.first("value").strip(), "line": _line(typed)}


def _line(typed: FormInput) -> int | None:
    return _whole(typed.first("line"))


def _whole(text: str) -> int | None:
    """Read the number of a line; None for input that is not a number, or has too many digits."""
    return read_whole(text) if len(text) < 6 else None


def _nothing(_typed: FormInput) -> dict[str, Any]:
    return {}


FORMS: Final[Mapping[str, Callable[[FormInput], dict[str, Any]]]] = {
    "take": _nothing,
    "release": _nothing,
    "hand-over": _hand_over,
    "request-documents": _documents,
    "record-facts": _nothing,
    "record-adjudication": _explained,
    "recommend": _recommend,
    "decide": _decide,
    "send-back": _send_back,
    "second-opinion": _opinion,
    "withdraw-second-opinion": lambda typed: {"line": _line(typed)},
    "schedule-peer-to-peer": _call,
    "record-peer-to-peer": _called,
    "correct": _correct,
}
