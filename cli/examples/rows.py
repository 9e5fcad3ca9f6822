"""Reads the table of ordinary claims: examples/claims/*.yaml, one row per example, in the order of their numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from adjudication.appeals.rules import Appellant
from rulebook.yaml_files import read_yaml

DAY: Final = date(2025, 11, 10)
"""The day of service where a row names none."""

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)


class BilledLine(BaseModel):
    """A line that says more than its phrase: see cli/examples/phrases.py for the phrase. `states`: further fields, as they are sent."""

    model_config = _STRICT
    line: str
    number: int | None = None
    description: str | None = None
    auth: str | None = None
    diagnosis_pointers: list[int] | None = None
    through: date | None = None
    basis: str | None = None
    states: dict[str, object] = {}


class FirstPayer(BaseModel):
    """The earlier payer's decision on a claim of one line; the rest of its charge is its contract's write-off.

    `denied`: the reason code of its denial. `off_by`: the difference in US dollars by which its figures do not balance.
    """

    model_config = _STRICT
    paid: str
    coinsurance: str = "0.00"
    denied: str | None = None
    off_by: str = "0.00"


class Decided(BaseModel):
    """A reviewer's decision on pended lines. `documents_late`: requested documents did not come in time."""

    model_config = _STRICT
    by: str
    denies: list[int] = []
    passes: list[int] = []
    documents_late: bool = False


class Appeal(BaseModel):
    """The appellant, and the levels open to them: `ny-utilization-review until 2026-05-24`. `ends`: the codes of the appeal's result."""

    model_config = _STRICT
    by: Appellant
    goes: str
    result: Literal["upheld", "upheld-outside", "overturned"] | None = None
    ends: str | None = None


class Differs(BaseModel):
    """The product's present wrong answer, and why it is wrong."""

    model_config = _STRICT
    says: list[str]
    why: str


class ClaimFields(BaseModel):
    """One claim. Omitted fields are ordinary: the center, its office, the usual day, a documented failed treatment, for each
    line a diagnosis of its region.

    `states`: further fields of the event (docs/asyncapi.json), as they are sent. `ordering: none`: the claim names none. `taxonomy: none`,
    `ordering_taxonomy: none`: the claim does not say what kind of provider bills or orders.
    """

    model_config = _STRICT
    billed: list[str | BilledLine] = []
    comes: list[str] = []
    later: list[str] = []
    rejected: list[str] = []
    by: str = "center"
    taxonomy: str | None = None
    rendering: str | None = None
    ordering: str | None = None
    ordering_taxonomy: str | None = None
    facility: str | None = None
    at: str | None = None
    bill: str | None = None
    frequency: str | None = None
    number_of_original: str | None = None
    replaces: int | None = None
    voids: int | None = None
    control: str | None = None
    day: date = DAY
    received: date | None = None
    waited: bool = False
    in_process: bool = False
    dx: list[str] = []
    facts: str = "trial"
    with_: dict[str, bool | int | date | str] = Field(default={}, alias="with")
    without: list[str] = []
    region: str | None = None
    documented_by: str | None = None
    unsigned: bool = False
    both_values: str | None = None
    attachments: bool = False
    auth: str | None = None
    exception: str | None = None
    delay: str | None = None
    states: dict[str, object] = {}
    total: str | None = None
    person: str = "member"
    born: date | None = None
    claimed_born: date | None = None
    sex: Literal["female", "male", "other", "unknown"] | None = None
    first_payer: FirstPayer | None = None
    decided: Decided | None = None
    appeal: Appeal | None = None

    @field_validator("states")
    @classmethod
    def _named_by_text(cls, states: dict[str, object]) -> dict[str, object]:
        """Refuse a key that YAML reads as another type, such as `on`, which is true."""
        waiting: list[object] = [states]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                if wrong := [key for key in value if not isinstance(key, str)]:
                    raise PydanticCustomError("key", f'the key {wrong[0]!r} is no text; put it in quotes, such as "on"')
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value
        return states

    def answer(self) -> list[str]:
        """Return the right answer: one phrase per line, the claim's later outcome, and the appeal that is open."""
        appeal = [] if self.appeal is None else [f"appeal {self.appeal.by} {self.appeal.goes}"]
        appeal += [] if self.appeal is None or self.appeal.ends is None else [self.appeal.ends]
        return [*self.rejected, *self.comes, *appeal, *self.later]


class Row(ClaimFields):
    """One example: its claims in the order in which they arrive, and the member, plan and provider behind them.

    A field of a claim that the row states stands for all of its claims. `source` says where the answer comes from. `on_roster`:
    the taxonomies that the roster gives of providers.
    """

    number: int
    words: str
    source: str
    confidence: Literal["high", "medium", "low"] = "high"
    claims: list[dict[str, object]] = []
    plan: str = "HUDSON-COMM"
    covered: list[str] | None = None
    enrolled_sex: Literal["female", "male", "other", "unknown"] | None = None
    enrolled: date | None = None
    persons: list[str | dict[str, str]] = []
    authorized: dict[str, str | int] = {}
    other: Literal["primary", "secondary", "unknown"] | None = None
    on_roster: dict[str, str] = {}
    contract: Literal["yes", "none", "not-listed", "investigated"] = "yes"
    differs: Differs | None = None

    def each_claim(self) -> list[ClaimFields]:
        """Return the claims, each with the fields that the row states for all of them."""
        shared = {
            name: value
            for name, value in self.model_dump(by_alias=True, exclude_unset=True).items()
            if name in _CLAIM_NAMES
        }
        return [ClaimFields.model_validate({**shared, **own}) for own in self.claims or [{}]]

    def whole_answer(self) -> list[str]:
        """Return the right answers of all claims, in order."""
        return [phrase for claim in self.each_claim() for phrase in claim.answer()]


_CLAIM_NAMES: Final = frozenset(field.alias or name for name, field in ClaimFields.model_fields.items())


class _File(BaseModel):
    model_config = _STRICT
    rows: list[Row]


def read_rows(folder: Path) -> list[Row]:
    """Return every row of the folder. Raises PolicyDataError for a file that cannot be read, ValueError for a repeated number."""
    rows = [row for path in sorted(folder.glob("*.yaml")) for row in read_yaml(path, path.name, _File).rows]
    numbers = [row.number for row in rows]
    repeated = sorted({number for number in numbers if numbers.count(number) > 1})
    if not rows or repeated:
        msg = f"{folder}: numbers given twice: {repeated}" if repeated else f"{folder} holds no rows"
        raise ValueError(msg)
    return rows
