"""The forms of the actions on an appeal: the fields of each, and the message that its input becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from adjudication.appeals.independence import Ruling
from adjudication.appeals.rules import Judgment
from console.appeals.models import AppealCaseResponse, AppealLineResponse
from console.web.problems import invalid
from contracts.actions.appeal_messages import AppealActionV1
from contracts.actions.appeals import APPEAL_ACTION, APPEAL_ACTIONS
from contracts.scalars import read_day

Typed = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of a form; `options` of a select are (value, words)."""

    name: str
    label: str
    type: str = "text"
    hint: str = ""
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class FormView:
    """One action as a form. `failed`: it was sent and refused, and `error` says why."""

    action: str
    title: str
    button: str
    hint: str
    fields: tuple[FieldView, ...]
    action_id: str
    error: str = ""
    failed: bool = False
    danger: bool = False


_WITH_ADVICE: Final = frozenset({Judgment.ANY.value, Judgment.CONSULT.value})
_DANGER: Final = frozenset({"dismiss", "withdraw"})
_REFERENCE: Final = FieldView("reference", "Document or letter", hint="The id of the document or letter that shows it.")
_RATIONALE: Final = FieldView(
    "rationale", "Why", "textarea", "About this member's own facts, in a sentence or more: eight different words."
)
_WHY_LONGER: Final = FieldView(
    "why_longer",
    "Why more time is needed",
    "textarea",
    "In plain words: the notice of the extension gives this reason and is issued with it. Empty if a notice was issued before.",
    required=False,
)
_RULINGS: Final = (
    ("", "Choose"),
    (Ruling.UPHELD.value, "Upheld: the denial stands"),
    (Ruling.OVERTURNED.value, "Overturned"),
    (Ruling.PARTLY.value, "Overturned in part"),
)


def forms_of(case: AppealCaseResponse) -> tuple[FormView, ...]:
    """Return the forms of the actions that this person may take now, the weightiest first."""
    may = {offer.action for offer in case.offers if offer.why_not is None}
    return tuple(form_of(name, case) for name in APPEAL_ACTIONS if name in may)


def form_of(action: str, case: AppealCaseResponse, action_id: str | None = None) -> FormView:
    """Return the form of one action. The same `action_id` sent again has one effect."""
    entry, fields = APPEAL_ACTIONS[action], tuple(FORMS[action].fields(case))
    danger = action in _DANGER
    return FormView(action, entry.title, entry.button, entry.hint, fields, action_id or str(uuid4()), danger=danger)


def refilled(form: FormView, typed: Typed, error: str, errors: Mapping[str, str] | None = None) -> FormView:
    """Return a form with the input, and its errors."""
    named = errors or {}
    fields = tuple(
        replace(each, value=typed.get(each.name, ""), error=named.get(each.name, "")) for each in form.fields
    )
    return replace(form, fields=fields, error=error, failed=True)


def read(action: str, case: AppealCaseResponse, typed: Typed) -> AppealActionV1 | dict[str, str]:
    """Return the message that a form's input becomes, or its errors by field."""
    fields = FORMS[action].fields(case)
    given = {each.name: typed[each.name].strip() for each in fields if typed.get(each.name, "").strip()}
    missing = {each.name: "fill this in" for each in fields if each.required and each.name not in given}
    if missing:
        return missing
    try:
        return APPEAL_ACTION.validate_python({"action": action, **FORMS[action].content(case, given)}, strict=False)
    except ValidationError as error:
        return {"": invalid(error).detail}


def _ruling_fields(case: AppealCaseResponse) -> list[FieldView]:
    """A ruling for every line still under appeal; one of a single unit is not granted in part."""
    fields = []
    for line in _open_lines(case):
        billed = f"{line.units.normalize():f}"
        several = line.units > 1
        options = _RULINGS if several else _RULINGS[:-1]
        label = f"Line {line.line}, {line.code} x {billed}"
        fields.append(FieldView(f"ruling-{line.line}", label, "select", options=options))
        if several:
            hint = f"Only where it is overturned in part: fewer than {billed}."
            units = FieldView(f"units-{line.line}", f"Units granted of line {line.line}", hint=hint, required=False)
            fields.append(units)
    return fields


def _advice(case: AppealCaseResponse) -> list[FieldView]:
    """Ask for the clinician consulted where the rule lets another person decide with their advice."""
    asked = any(level.stage == "now" and level.judge in _WITH_ADVICE for level in case.levels)
    hint = "Their id, where you are none: they sign with you."
    return [FieldView("consulted", "Clinician consulted", hint=hint, required=False)] if asked else []


def _settlement_fields(case: AppealCaseResponse) -> list[FieldView]:
    waits = tuple(
        (f"{each.line or ''}|{each.outcome}", f"{'Line ' + str(each.line) if each.line else 'All lines'}: {each.label}")
        for each in case.appeal.pends
    )
    answers = (("passes", "It passes"), ("priced", "It has a price"), ("denies", "It is denied"))
    return [
        FieldView("what", "Pend", "select", options=waits),
        FieldView("answer", "Answer", "select", options=answers),
        FieldView("allowed", "Allowed amount per unit, in dollars", hint="Only for a price.", required=False),
        FieldView("denies_as", "Denied as", hint="Only for a denial: the outcome's name.", required=False),
        _RATIONALE,
    ]


def _open_lines(case: AppealCaseResponse) -> list[AppealLineResponse]:
    won = Ruling.OVERTURNED.value
    return [line for line in case.lines if line.appealed and all(each.ruling != won for each in line.rulings)]


def _ground_of(case: AppealCaseResponse) -> str:
    late = any("dismissal, because it was filed late" in each for each in case.appeal.waits_for)
    return "late-without-good-cause" if late else "no-proof"


def _ruling(line: int, given: Typed) -> dict[str, Any]:
    ruling: dict[str, Any] = {"line": line, "ruling": given.get(f"ruling-{line}")}
    units = given.get(f"units-{line}")
    return ruling if units is None else {**ruling, "units": units}


def _settlement(_case: AppealCaseResponse, given: Typed) -> dict[str, Any]:
    line, _, outcome = str(given["what"]).partition("|")
    content: dict[str, Any] = {"line": line or None, "outcome": outcome, "rationale": given["rationale"]}
    if given["answer"] == "priced":
        content["allowed"] = given.get("allowed", "0")
    if given["answer"] == "denies":
        content["denies_as"] = given.get("denies_as", "")
    return content


def _rulings(case: AppealCaseResponse, given: Typed) -> dict[str, Any]:
    rest = {name: value for name, value in given.items() if not name.startswith(("ruling-", "units-"))}
    return {"rulings": [_ruling(line.line, given) for line in _open_lines(case)], **rest}


def _decider_fields(case: AppealCaseResponse) -> list[FieldView]:
    may = tuple((each.person_id, each.person_id) for each in case.deciders if each.why_not is None)
    return [FieldView("person", "Decider", "select", options=(("", "Choose"), *may))]


def _proof_fields(case: AppealCaseResponse) -> list[FieldView]:
    proofs = () if case.standing is None else case.standing.proofs
    missing = tuple((each.proof, each.proof) for each in proofs if not each.here)
    return [FieldView("proof", "Proof", "select", options=missing), _REFERENCE]


def _dismissal_fields(case: AppealCaseResponse) -> list[FieldView]:
    ground = case.dismissal_ground or _ground_of(case)
    return [FieldView("ground", "Ground that the record shows", "select", options=((ground, ground),))]


def _level_fields(case: AppealCaseResponse) -> list[FieldView]:
    levels = tuple((name, name) for name in case.next_levels)
    received = FieldView("received_at", "Received on", "date", "The day the request was received.")
    return [FieldView("level", "Level", "select", options=levels), received]


def _level(case: AppealCaseResponse, given: Typed) -> dict[str, Any]:
    """Turn the day into the instant it began in the time zone of the plan, so that it is that legal day there."""
    try:
        began = datetime.combine(read_day(given["received_at"]), time(), ZoneInfo(case.time_zone or "UTC"))
    except ValueError:
        return {"level": given["level"], "received_at": given["received_at"]}
    return {"level": given["level"], "received_at": began.isoformat()}


def _choice(name: str, yes: str, no: str) -> FieldView:
    return FieldView(name, "Finding", "select", options=(("", "Choose"), ("yes", yes), ("no", no)))


def _as_typed(_case: AppealCaseResponse, given: Typed) -> dict[str, Any]:
    return dict(given)


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one action: its fields, and the content of its message from the input."""

    fields: Callable[[AppealCaseResponse], list[FieldView]] = lambda _case: [_REFERENCE]
    content: Callable[[AppealCaseResponse, Typed], dict[str, Any]] = _as_typed


_NO_FIELDS: Final = Form(fields=lambda _case: [])
_GOOD_CAUSE: Final = _choice("accepted", "There was good cause", "There was none")
_URGENCY: Final = _choice("expedited", "Expedited", "Standard: waiting does no harm")
_DOCUMENTS: Final = FieldView("references", "Documents", "textarea", "Their ids, one per line.")

FORMS: Final[Mapping[str, Form]] = {
    "acknowledge": _NO_FIELDS,
    "receive-proof": Form(_proof_fields),
    "add-documents": Form(lambda _case: [_DOCUMENTS], lambda _case, given: {"references": given["references"].split()}),
    "decide-good-cause": Form(
        lambda _case: [_GOOD_CAUSE, _REFERENCE],
        lambda _case, given: {"accepted": given["accepted"] == "yes", "reference": given["reference"]},
    ),
    "decide-urgency": Form(lambda _case: [_URGENCY], lambda _case, given: {"expedited": given["expedited"] == "yes"}),
    "assign-decider": Form(_decider_fields),
    "extend": Form(lambda _case: [_REFERENCE, _WHY_LONGER]),
    "decide": Form(lambda case: [*_ruling_fields(case), _RATIONALE, *_advice(case)], _rulings),
    "record-forward": Form(),
    "record-outside-ruling": Form(lambda case: [*_ruling_fields(case), _REFERENCE], _rulings),
    "open-level": Form(_level_fields, _level),
    "withdraw": Form(),
    "dismiss": Form(_dismissal_fields),
    "vacate-dismissal": Form(),
    "hear-anyway": Form(),
    "record-effectuation": Form(),
    "settle": Form(_settlement_fields, _settlement),
    "try-again": _NO_FIELDS,
}
"""The form of every action on an appeal, by name."""
