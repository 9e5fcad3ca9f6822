"""The schema of the tables that medical policies refer to: facts, documents, parameters, code sets, precedence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from rulebook.medical.presumptions import PresumptionEntry
from rulebook.medical.schema import FactName, Number, ShortText
from rulebook.schema import Cite, Cited, Confidence, Day, Procedure, Record, RemarkCode, Slug, Text


class FactEntry(Record):
    """One fact: its kind of value, the question it answers in plain words, and the document that holds the answer.

    `screens`: yes-or-no facts that a yes to this one answers with no, as a screening for all of them does. `stated_in`:
    the kinds of documents that may state it; the claim's own statement does not count. Empty: any source may state it.
    `subject`: whether it has one value per claim, study or region. `of_regions`: choices that are possible for
    these regions only; `of_any`: choices that apply to every line.
    """

    kind: Literal["flag", "date", "number", "code"]
    asks: ShortText
    document: Slug | None = None
    unit: Slug | None = None
    choices: tuple[Slug, ...] = ()
    judgement: StrictBool = False
    screens: tuple[FactName, ...] = ()
    stated_in: tuple[Slug, ...] = ()
    subject: Literal["claim", "study", "region"] = "claim"
    of_regions: dict[Slug, tuple[Slug, ...]] = Field(default_factory=dict)
    of_any: tuple[Slug, ...] = ()


class DocumentEntry(Record):
    """One kind of document to request from a provider; the remark is how a remittance names it (domain: CARC 252).

    `clinical`: a denial because it was not received is a clinical judgment. False for administrative records.
    """

    label: ShortText
    rarc: RemarkCode
    from_whom: Literal["ordering-provider", "rendering-provider", "facility", "billing-provider"] = "ordering-provider"
    clinical: StrictBool = True


class FactsFile(Record):
    """facts.yaml."""

    documents: dict[Slug, DocumentEntry]
    facts: dict[FactName, FactEntry]


class ParameterValue(Record):
    """A value and the first day it governs."""

    starts: Day
    value: Number
    citation: Cite
    confidence: Confidence


class ParameterEntry(Record):
    """A named number that policies share and payers may set."""

    text: ShortText
    unit: Slug
    values: Annotated[tuple[ParameterValue, ...], Field(min_length=1)]


class ParametersFile(Record):
    """parameters.yaml."""

    parameters: dict[Slug, ParameterEntry]
    presumptions: dict[Slug, PresumptionEntry] = Field(default_factory=dict)


class CodeSetEntry(Cited):
    """A named list of procedure codes."""

    codes: Annotated[tuple[Procedure, ...], Field(min_length=1)]


class CodeSetsFile(Cited):
    """codes/code_sets.yaml."""

    code_sets: dict[Slug, CodeSetEntry]


class SearchEntry(Cited):
    """Codes for which the author looked for a policy of the authority and found none that decides.

    `found: leaves-open`: there is one, and it leaves the criteria to the next authority.
    """

    codes: Annotated[tuple[Slug | Procedure, ...], Field(min_length=1)]
    found: Literal["none", "leaves-open"]
    searched_on: Day
    note: Text | None = None


class AuthorityEntry(Cited):
    """One authority in the order of a leg.

    A public authority decides only codes for which its policies have rules; `searched` lists codes for which none has. A code
    in neither pends.
    """

    authority: Literal["statute", "ncd", "lcd", "manual", "state-guideline", "plan-policy", "guideline", "vendor"]
    policies: tuple[Slug, ...] = ()
    searched: tuple[SearchEntry, ...] = ()
    note: Text | None = None


class LegEntry(Record):
    """One benefit and its order of authorities; `after`: the results of the previous leg for which this leg is evaluated."""

    leg: Slug
    after: tuple[Slug, ...] = ()
    excludes: tuple[Procedure, ...] = ()
    order: Annotated[tuple[AuthorityEntry, ...], Field(min_length=1)]


class PrecedenceEntry(Cited):
    """One order of authorities, leg by leg; a plan names it."""

    precedence: Slug
    legs: Annotated[tuple[LegEntry, ...], Field(min_length=1)]


class PrecedenceFile(Record):
    """payers/*/precedence.yaml: the orders of authorities of one payer's plans."""

    orders: Annotated[tuple[PrecedenceEntry, ...], Field(min_length=1)]
