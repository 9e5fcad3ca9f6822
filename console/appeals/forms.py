"""Actions on appeals as forms: which fields each asks for, and what was typed turned into the action itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from pydantic import ValidationError

from adjudication.appeals.independence import Ruling
from adjudication.appeals.rules import Judgment
from console.appeals.models import AppealCaseResponse, AppealLineResponse
from console.web.problems import invalid
from contracts.actions.appeals import APPEAL_ACTION, AppealActionV1

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
    """One action as a form. `action_id`: sent again it has one effect. `failed`: it was sent and refused, `error` says why."""

    action: str
    title: str
    button: str
    says: str
    fields: tuple[FieldView, ...]
    action_id: str
    error: str = ""
    failed: bool = False
    danger: bool = False


_WORDS: Final = {
    "decide": ("Decide this level", "Sign and decide", "Your ruling on every line, and why. It is told at once."),
    "assign-decider": ("Give it to a decider", "Give it", "Nobody who took part before, or works under somebody who did."),
    "acknowledge": ("Acknowledge", "Record it", "The appellant was told that the appeal is here."),
    "receive-proof": ("Record a proof", "Record it", "Where the clock waits for proof, it starts with the last one."),
    "decide-good-cause": ("Weigh the cause of the delay", "Record it", "Refusing does not end it; dismissing does."),
    "decide-urgency": ("Say how urgent it is", "Record it", "Only a clinician may say that waiting does no harm."),
    "extend": ("Take the extension", "Take it", "Once, before the time is over, with notice to the appellant."),
    "withdraw": ("Record a withdrawal", "Record it", "Only at the appellant's own request. Its letter confirms it: see Letters."),
    "dismiss": ("Dismiss it unheard", "Dismiss it", "Its letter says why, and what the appellant may still do: see Letters."),
    "hear-anyway": ("Hear it all the same", "Hear it", "You find no reason to dismiss it."),
    "vacate-dismissal": ("Take the dismissal back", "Take it back", "For good cause, within the time the rule gives."),
    "record-outside-ruling": ("Record the other forum's decision", "Record it", "What it overturned is determined again at once."),
    "record-effectuation": ("Record that it was carried out", "Record it", "What was overturned has been given or paid."),
    "open-level": ("Open the next level", "Open it", "The appellant asks for it."),
    "add-documents": ("Add documents", "Add them", "Late ones too: they are kept, and go on with the file."),
    "settle": ("Settle what an overturned line waits for", "Settle it", "The line is determined as soon as nothing of it waits."),
    "try-again": ("Try again", "Try again", "Determines what was overturned with the tables and claims as they are now."),
}  # fmt: skip
_WITH_ADVICE: Final = frozenset({Judgment.ANY.value, Judgment.CONSULT.value})
_DANGER: Final = frozenset({"dismiss", "withdraw"})
_REFERENCE: Final = FieldView("reference", "Where it is written down", hint="A document or letter, by its id.")
_RATIONALE: Final = FieldView(
    "rationale", "Why", "textarea", "About this member's own facts, in a sentence or more: eight different words."
)
_RULINGS: Final = (
    ("", "Choose"),
    (Ruling.UPHELD.value, "Upheld: the denial stands"),
    (Ruling.OVERTURNED.value, "Overturned"),
    (Ruling.PARTLY.value, "Overturned in part"),
)


def forms_of(case: AppealCaseResponse) -> tuple[FormView, ...]:
    """Return the forms of what this person may do now, the weightiest first."""
    order = {name: place for place, name in enumerate(_WORDS)}
    may = sorted((offer.action for offer in case.offers if offer.why_not is None), key=lambda name: order[name])
    return tuple(form_of(name, case) for name in dict.fromkeys(may))


def form_of(action: str, case: AppealCaseResponse, action_id: str | None = None) -> FormView:
    """Return the form of one action."""
    title, button, says = _WORDS[action]
    fields = tuple(_fields(action, case))
    return FormView(action, title, button, says, fields, action_id or str(uuid4()), danger=action in _DANGER)


def known(action: str) -> bool:
    """Say whether there is a form for an action."""
    return action in _WORDS


def title_of(action: str) -> str:
    """Return what an action is called on the page."""
    return _WORDS[action][0] if action in _WORDS else action


def refilled(form: FormView, typed: Typed, error: str, errors: Mapping[str, str] | None = None) -> FormView:
    """Return a form with what was typed, and what was wrong with it."""
    named = errors or {}
    fields = tuple(
        replace(each, value=typed.get(each.name, ""), error=named.get(each.name, "")) for each in form.fields
    )
    return replace(form, fields=fields, error=error, failed=True)


def read(action: str, case: AppealCaseResponse, typed: Typed) -> AppealActionV1 | dict[str, str]:
    """Turn what was typed into the action; what is wrong comes back by field, in words."""
    missing = {
        each.name: "fill this in"
        for each in _fields(action, case)
        if each.required and not typed.get(each.name, "").strip()
    }
    if missing:
        return missing
    try:
        return APPEAL_ACTION.validate_python(_sent(action, case, typed), strict=False)
    except ValidationError as error:
        told = invalid(error)
        return {"": told.detail}


def _fields(  # noqa: C901, PLR0911 - one case an action
    action: str, case: AppealCaseResponse
) -> list[FieldView]:
    match action:
        case "decide":
            return [*_ruling_fields(case), _RATIONALE, *_advice(case)]
        case "record-outside-ruling":
            return [*_ruling_fields(case), _REFERENCE]
        case "assign-decider":
            may = tuple((each.person_id, each.person_id) for each in case.deciders if each.why_not is None)
            return [FieldView("person", "Decider", "select", options=(("", "Choose"), *may))]
        case "receive-proof":
            proofs = () if case.standing is None else case.standing.proofs
            missing = tuple((each.proof, each.proof) for each in proofs if not each.here)
            return [FieldView("proof", "Proof", "select", options=missing), _REFERENCE]
        case "decide-good-cause":
            options = (("", "Choose"), ("yes", "There was good cause"), ("no", "There was none"))
            return [FieldView("accepted", "Finding", "select", options=options), _REFERENCE]
        case "decide-urgency":
            options = (("", "Choose"), ("yes", "Expedited"), ("no", "Standard: waiting does no harm"))
            return [FieldView("expedited", "Finding", "select", options=options)]
        case "dismiss":
            ground = case.dismissal_ground or _ground_of(case)
            return [FieldView("ground", "On the ground that the record shows", "select", options=((ground, ground),))]
        case "add-documents":
            return [FieldView("references", "Documents", "textarea", "Their ids, one a line.")]
        case "open-level":
            levels = tuple((name, name) for name in case.next_levels)
            at = FieldView("received_at", "Asked for on", "date", "The day the request came in.")
            return [FieldView("level", "Level", "select", options=levels), at]
        case "settle":
            return _settling_fields(case)
        case "acknowledge" | "try-again":
            return []
    return [_REFERENCE]


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
    """Ask for the clinician consulted where the rule lets somebody else decide with their advice."""
    asked = any(level.stage == "now" and level.judge in _WITH_ADVICE for level in case.levels)
    hint = "Their id, where you are none: they sign with you."
    return [FieldView("consulted", "Clinician consulted", hint=hint, required=False)] if asked else []


def _settling_fields(case: AppealCaseResponse) -> list[FieldView]:
    waits = tuple(
        (f"{each.line or ''}|{each.outcome}", f"{'Line ' + str(each.line) if each.line else 'All lines'}: {each.label}")
        for each in case.appeal.pends
    )
    answers = (("passes", "It passes"), ("priced", "It has a price"), ("denies", "It is denied"))
    return [
        FieldView("what", "What waits", "select", options=waits),
        FieldView("answer", "Answer", "select", options=answers),
        FieldView("allowed", "Allowed amount a unit, in dollars", hint="Only for a price.", required=False),
        FieldView("denies_as", "Denied as", hint="Only for a denial: the outcome's name.", required=False),
        _RATIONALE,
    ]


def _open_lines(case: AppealCaseResponse) -> list[AppealLineResponse]:
    won = Ruling.OVERTURNED.value
    return [line for line in case.lines if line.appealed and all(each.ruling != won for each in line.rulings)]


def _ground_of(case: AppealCaseResponse) -> str:
    late = any("dismissal, for it came late" in each for each in case.appeal.waits_for)
    return "late-without-good-cause" if late else "no-proof"


def _sent(  # noqa: PLR0911 - one case an action
    action: str, case: AppealCaseResponse, typed: Typed
) -> dict[str, Any]:
    given: dict[str, Any] = {name: typed[name].strip() for name in _names(action, case) if typed.get(name, "").strip()}
    match action:
        case "decide" | "record-outside-ruling":
            rulings = [_ruling(line.line, given) for line in _open_lines(case)]
            kept = {name: value for name, value in given.items() if not name.startswith(("ruling-", "units-"))}
            return {"action": action, "rulings": rulings, **kept}
        case "decide-good-cause":
            return {"action": action, "accepted": given["accepted"] == "yes", "reference": given["reference"]}
        case "decide-urgency":
            return {"action": action, "expedited": given["expedited"] == "yes"}
        case "add-documents":
            return {"action": action, "references": given["references"].split()}
        case "open-level":
            return {"action": action, "level": given["level"], "received_at": f"{given['received_at']}T00:00:00Z"}
        case "settle":
            return {"action": action, **_settlement(given)}
    return {"action": action, **given}


def _names(action: str, case: AppealCaseResponse) -> list[str]:
    return [each.name for each in _fields(action, case)]


def _ruling(line: int, given: Mapping[str, Any]) -> dict[str, Any]:
    ruling = {"line": line, "ruling": given.get(f"ruling-{line}")}
    units = given.get(f"units-{line}")
    return ruling if units is None else {**ruling, "units": units}


def _settlement(given: Mapping[str, Any]) -> dict[str, Any]:
    line, _, outcome = str(given["what"]).partition("|")
    told: dict[str, Any] = {"line": line or None, "outcome": outcome, "rationale": given["rationale"]}
    if given["answer"] == "priced":
        told["allowed"] = given.get("allowed", "0")
    if given["answer"] == "denies":
        told["denies_as"] = given.get("denies_as", "")
    return told
