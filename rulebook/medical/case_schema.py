"""The shape of the cases of a policy version: one sentence, one claim line, some facts, the expected result.

It checks the form only; case_values.py checks the facts against the vocabulary.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StrictInt

from adjudication.policy.tree import Label
from adjudication.policy.verdict import Result
from contracts.scalars import Modifier, PlaceOfService
from rulebook.medical.schema import FactName, NodeId
from rulebook.schema import Day, Diagnosis, Procedure, Record, Slug

Sentence = Annotated[str, Field(min_length=12, max_length=220, pattern=r"^\S+ .*\S$")]
FactValues = dict[FactName, Any]
"""Values as YAML reads them; cases.py checks each against the kind of its fact."""


class ServiceRecord(Record):
    """An earlier service of the member."""

    code: Procedure
    service_date: Day


class LineRecord(Record):
    """The claim line under review; received on the date of service unless `received` is given.

    `presumes`: its plan's presumptions about silent charts (presumptions of parameters.yaml).
    """

    code: Procedure
    service_date: Day
    received_on: Day | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    place_of_service: PlaceOfService | None = None
    same_day: tuple[Procedure, ...] = ()
    history: tuple[ServiceRecord, ...] = ()
    age: Annotated[StrictInt, Field(ge=0, le=130)] | None = None
    presumes: tuple[Slug, ...] = ()


class ExpectRecord(Record):
    """The expected result. No `rule`: no rule decided. `documents`: all requested documents; left out: none."""

    result: Result
    rule: NodeId | None = None
    label: Label | None = None
    documents: tuple[Slug, ...] = ()
    open: tuple[NodeId, ...] | None = None


class CaseRecord(Record):
    """One case; its own facts override those of the fact sets it is given."""

    case: Sentence
    line: LineRecord
    given: tuple[Slug, ...] = ()
    facts: FactValues = Field(default_factory=dict)
    expect: ExpectRecord


class CasesFile(Record):
    """medical/<policy>/<version>/cases/*.yaml; `given` are named fact sets its cases share."""

    given: dict[Slug, FactValues] = Field(default_factory=dict)
    cases: Annotated[tuple[CaseRecord, ...], Field(min_length=1)]
