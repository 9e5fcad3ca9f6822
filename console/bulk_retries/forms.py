"""The forms of bulk retries, read into values; choices for the filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.datastructures import FormData, QueryParams

from adjudication.model.reference import ReferenceData
from adjudication.review.bulk_retry import Mode
from console.web.problems import Problem, invalid
from console.web.zones import Zones
from contracts.actions.bulk_retries import BulkRetryV1, SelectionV1
from contracts.ids import is_action_id
from contracts.records.bulk_retries import NewBulkRetry
from contracts.scalars import read_day

Sent = QueryParams | FormData
_ANY_VERSION: Final = "any version"


def selection_of(sent: Sent, zones: Zones) -> SelectionV1:
    """Read the filters, days as days of the zone of the page; raises Problem for a value that no filter takes."""
    policy, _, version = _text(sent, "policy").partition("@")
    due = _text(sent, "due_before")
    fields: dict[str, Any] = {
        "codes": tuple(dict.fromkeys(str(code) for code in sent.getlist("code"))),
        "policy": policy or None,
        "version": version or None,
        "plan": _text(sent, "plan") or None,
        "served_from": _text(sent, "served_from") or None,
        "served_to": _text(sent, "served_to") or None,
        "due_before": _begins(due, zones) if due else None,
        "held_too": _text(sent, "held_too") == "yes",
    }
    try:
        return SelectionV1.model_validate(fields)
    except ValidationError as error:
        raise invalid(error) from None


def release_of(sent: Sent, selection: SelectionV1) -> NewBulkRetry:
    """Read a proposal; raises Problem for input that is none."""
    key = _text(sent, "key")
    if not is_action_id(key):
        raise Problem(422, "idempotency-key", "this form was not made by the console; load the page again")
    fields = {"selection": selection, "mode": _text(sent, "mode"), "per_second": _text(sent, "per_second")}
    try:
        read = BulkRetryV1.model_validate({**fields, "purpose": _text(sent, "purpose")})
    except ValidationError as error:
        raise invalid(error) from None
    return NewBulkRetry(key, selection, Mode(read.mode), read.per_second, read.purpose)


def _begins(day: str, zones: Zones) -> str:
    """Return the instant at which a day begins; other input stays as it is, for the contract to refuse."""
    try:
        return f"{zones.begins(read_day(day)).astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
    except (ValueError, OverflowError):
        return day


def _text(sent: Sent, name: str) -> str:
    value = sent.get(name)
    return value.strip() if isinstance(value, str) else ""


def fields_of(selection: SelectionV1, zones: Zones) -> tuple[tuple[str, str], ...]:
    """Return a selection as the fields of a form that would send it."""
    version = f"@{selection.version}" if selection.version else ""
    due = selection.due_before
    named = {
        "policy": f"{selection.policy}{version}" if selection.policy else None,
        "plan": selection.plan,
        "served_from": None if selection.served_from is None else selection.served_from.isoformat(),
        "served_to": None if selection.served_to is None else selection.served_to.isoformat(),
        "due_before": None if due is None else zones.local(due).date().isoformat(),
        "held_too": "yes" if selection.held_too else None,
    }
    codes = (("code", code) for code in selection.codes)
    return (*codes, *((name, value) for name, value in named.items() if value))


def address_of(selection: SelectionV1, zones: Zones) -> str:
    """Return the address of the page that shows a selection."""
    return f"/bulk-retries/new?{urlencode(fields_of(selection, zones))}"


def plans(reference: ReferenceData) -> tuple[tuple[str, str], ...]:
    """Return the plans there are, as options."""
    return (("", "Any plan"), *((str(plan), str(plan)) for plan in sorted(reference.plans)))


def policies(reference: ReferenceData) -> tuple[tuple[str, str], ...]:
    """Return the policies there are, with each version, as options."""
    options = [("", "Any policy")]
    for name, policy in sorted(reference.catalog.policies.items()):
        options.append((name, f"{name}, {_ANY_VERSION}"))
        options += [(f"{name}@{each.version}", f"{name}, version {each.version}") for each in policy.versions]
    return tuple(options)


def reasons(reference: ReferenceData, waiting: Mapping[str, int]) -> tuple[tuple[str, str, int], ...]:
    """Return the reasons claims wait for: code, label and how many wait now, the most first."""
    found = ((str(rule.code), rule.label, waiting.get(rule.code, 0)) for rule in reference.pends.values())
    return tuple(sorted(found, key=lambda reason: (-reason[2], reason[0])))
