"""Reads a caller's details from the form into a search; errors are reported per field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from adjudication.people import Role
from contracts.records.caller_search import CallerSearch
from contracts.scalars import read_day, read_number

REASONS: Final = {
    "": "Choose",
    "member-asks": "The member asks about a claim",
    "representative-asks": "The member's representative asks, with proof on file",
    "provider-asks": "The billing provider asks about a claim",
    "complaint": "A complaint or an appeal",
    "correction": "Something on record is to be corrected",
}
FIELDS: Final = ("why", "member_id", "born", "family_name", "given_name", "npi", "served_on", "amount")
_Value = TypeVar("_Value")
_NEEDED: Final = "a member id, or a birth date with a family name"


class CallError(Exception):
    """A form without enough valid details for a search; `errors` by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Keep the errors."""
        super().__init__("call")
        self.errors = errors


def read_call(typed: Mapping[str, str], roles: frozenset[Role]) -> tuple[CallerSearch, str]:
    """Return the search and its reason; raises CallError."""
    given = {name: typed.get(name, "").strip().replace("\x00", "") for name in FIELDS}
    errors: dict[str, str] = {}
    if given["why"] not in REASONS or not given["why"]:
        errors["why"] = "choose a reason; it is recorded"
    born = _read(given, "born", read_day, "a day, as 1961-04-03", errors)
    served = _read(given, "served_on", read_day, "a day, as 2025-08-20", errors)
    money = {**given, "amount": given["amount"].removeprefix("$").replace(",", "")}
    amount = _read(money, "amount", read_number, "dollars and cents, as 500.00", errors)
    npi = "".join(each for each in given["npi"] if each not in " -")
    if npi and not re.fullmatch("[0-9]{10}", npi):
        errors["npi"] = "an NPI has ten digits"
    if not given["member_id"] and not (given["born"] and given["family_name"]):
        errors["member_id"] = f"these details are not enough; ask for {_NEEDED}"
    if roles <= {Role.PROVIDER_SERVICES} and not npi:
        errors["npi"] = "a provider may only hear about claims that it billed; ask for the NPI"
    if roles <= {Role.MEMBER_SERVICES} and given["member_id"] and not given["born"]:
        errors["born"] = "a member id alone does not identify the caller; ask for the birth date too"
    if errors:
        raise CallError(errors)
    search = CallerSearch(
        member_ids=forms_of(given["member_id"]),
        born=born,
        family_name=given["family_name"],
        given_name=given["given_name"],
        npi=npi,
        served_on=served,
        amount=amount,
    )
    return search, given["why"]


def forms_of(member_id: str) -> tuple[str, ...]:
    """Return the spellings in which an id may be stored: upper and lower case, with and without blanks and dashes."""
    if not member_id:
        return ()
    plain = "".join(each for each in member_id if each.isalnum())
    letters = len(plain) - len(plain.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
    dashed = f"{plain[:letters]}-{plain[letters:]}" if 0 < letters < len(plain) else plain
    spellings = (member_id, "".join(member_id.split()), plain, dashed)
    return tuple(dict.fromkeys(form for each in spellings for form in (each, each.upper(), each.lower())))


def _read(
    given: Mapping[str, str], name: str, read: Callable[[str], _Value], words: str, errors: dict[str, str]
) -> _Value | None:
    if not given[name]:
        return None
    try:
        return read(given[name])
    except (ValueError, ArithmeticError):
        errors[name] = words
        return None
