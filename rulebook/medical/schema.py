"""The grammar of medical policies: closed, versioned, typed. `claimwright policy schema` exports it for editors.

No expression strings: a criterion is one of a few combinations or one of a short list of tests. Unknown keys are
refused. What the words mean is docs/policies.md; what they become is rulebook/medical/build.py.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, model_validator

from adjudication.policy.tree import Label, RuleKind
from contracts.scalars import PlainDecimal, ascii_text
from rulebook.schema import Cite, Confidence, Dates, Day, Procedure, Record, Slug, Text

FORMAT = "claimwright-policy/1"


def _number(value: object) -> object:
    """Accept whole numbers and quoted decimals: a bare 0.5 has already been through binary floating point."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        msg = "write a whole number, or a decimal in quotes, for example '0.5', or {parameter: name}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into a located message
    return value


NodeId = Annotated[str, ascii_text(r"^[A-Za-z][A-Za-z0-9]*([.-][A-Za-z0-9]+)*$", longest=60)]
FactName = Annotated[str, ascii_text(r"^[a-z][a-z0-9_.]{1,60}$")]
Locator = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^\S")]
ShortText = Annotated[str, Field(min_length=3, max_length=220, pattern=r"^\S")]
ConflictId = Annotated[str, ascii_text(r"^X-[0-9]{2,3}$")]
Number = Annotated[PlainDecimal, BeforeValidator(_number)]
Prefix = Annotated[str, ascii_text(r"^[A-Z0-9][A-Z0-9.]*$")]


class Named(Record):
    """A number kept in parameters.yaml under a name."""

    parameter: Slug


Bound = Number | Named


class ChoiceTest(Record):
    """A coded fact is one of these codes.

    `several`: if a chart gives several true codes, `any` of them is enough, or it must be the `sole` one. Without
    it they are a conflict unless all give the same answer.
    """

    fact: FactName
    one_of: Annotated[tuple[Slug, ...], Field(min_length=1)]
    several: Literal["any", "sole"] | None = None


class MeasureTest(Record):
    """A number within bounds, both inclusive; the unit must be the fact's own."""

    fact: FactName
    at_least: Bound | None = None
    at_most: Bound | None = None
    unit: Slug

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            msg = "a measure needs at_least or at_most, or it tests nothing"
            raise ValueError(msg)
        return self


class DatedTest(Record):
    """An event not before another dated fact, within so many days or calendar months before the date of service, or both.

    `any_of_several`: if a chart gives several days, one that fits is enough. `unsaid_within_days`: the maximum age of the event
    if the chart never mentions `not_before`.
    """

    fact: FactName
    not_before: FactName | None = None
    unsaid_within_days: Bound | None = None
    within_days: Bound | None = None
    within_months: Annotated[StrictInt, Field(ge=1, le=120)] | None = None
    may_follow_service: StrictBool = False
    any_of_several: StrictBool = False


class ElapsedTest(Record):
    """A minimum number of days lies between two dated facts."""

    since: FactName
    until: FactName
    at_least_days: Bound


class CodeTest(Record):
    """A code of the line is in a list: codes, a code set, a diagnosis group or code prefixes."""

    of: Literal["procedure", "diagnosis", "modifier", "place-of-service", "same-day"]
    codes: tuple[Annotated[str, ascii_text(r"^[0-9A-Z.]{2,8}$")], ...] = ()
    code_set: Slug | None = None
    group: Slug | None = None
    prefixes: tuple[Prefix, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.codes or self.code_set or self.group or self.prefixes):
            msg = "a code test needs codes, code_set, group or prefixes, or it tests nothing"
            raise ValueError(msg)
        return self


class EarlierTest(Record):
    """A minimum number of earlier services with one of some codes within some days before the date of service."""

    codes: tuple[Procedure, ...] = ()
    code_set: Slug | None = None
    within_days: Bound
    at_least: Annotated[StrictInt, Field(ge=1, le=99)] = 1


class AgeTest(Record):
    """The member's age in whole years on the date of service, both bounds inclusive."""

    at_least: Bound | None = None
    at_most: Bound | None = None


YIELDING = (RuleKind.EXCLUDED, RuleKind.REVIEW)
"""The kinds of rules that can keep a line from being covered although a covered rule is met, for a clinical reason."""
FOLDS = ("all", "any", "at_least", "not", "applies_when", "part")
TESTS = ("flag", "choice", "measure", "dated", "elapsed", "code_in", "earlier", "age", "judgement")


class NodeRecord(Record):
    """One criterion: exactly one of the combinations or tests, with its text and where it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: NodeId | None = None
    text: ShortText | None = None
    at: Locator | None = None
    source: Slug | None = None
    request: Slug | None = None
    conflicts: tuple[ConflictId, ...] = ()
    repeats: StrictBool = False
    # combinations
    all: Annotated[tuple[NodeRecord, ...], Field(min_length=1)] | None = None
    any: Annotated[tuple[NodeRecord, ...], Field(min_length=1)] | None = None
    at_least: Annotated[StrictInt, Field(ge=1, le=99)] | None = None
    of: Annotated[tuple[NodeRecord, ...], Field(min_length=1)] | None = None
    not_: Annotated[NodeRecord | None, Field(alias="not")] = None
    applies_when: NodeRecord | None = None
    then: NodeRecord | None = None
    if_exempt: Literal["counts", "does-not-count"] | None = None
    part: Slug | None = None
    # tests
    flag: FactName | None = None
    choice: ChoiceTest | None = None
    measure: MeasureTest | None = None
    dated: DatedTest | None = None
    elapsed: ElapsedTest | None = None
    code_in: CodeTest | None = None
    earlier: EarlierTest | None = None
    age: AgeTest | None = None
    judgement: FactName | None = None
    silent: Literal["met", "not-met"] | None = None
    presumption: Slug | None = None

    @property
    def kind(self) -> str:
        """The one combination or test this criterion is."""
        return next(name for name in (*FOLDS, *TESTS) if self._given(name))

    def _given(self, name: str) -> bool:
        return getattr(self, "not_" if name == "not" else name) is not None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in (*FOLDS, *TESTS) if self._given(name)]
        if len(given) != 1:
            found = "none" if not given else " and ".join(given)
            msg = f"a criterion is exactly one of {', '.join((*FOLDS, *TESTS))}; this one has {found}"
            raise ValueError(msg)
        if (self.at_least is None) != (self.of is None):
            msg = "at_least and of go together: at_least: 2, of: [...]"
            raise ValueError(msg)
        if (self.applies_when is None) != (self.then is None):
            msg = "applies_when and then go together: the condition, and what is demanded under it"
            raise ValueError(msg)
        if self.if_exempt is not None and self.applies_when is None:
            msg = "if_exempt belongs to applies_when only"
            raise ValueError(msg)
        if self.silent is not None and self.flag is None and self.choice is None:
            msg = "silent belongs to flag and choice only: the answer when nothing on file mentions the fact"
            raise ValueError(msg)
        if self.presumption is not None and self.silent is None:
            msg = "presumption belongs to silent only: for the plans that presume it silence counts"
            raise ValueError(msg)
        if self.at_least is not None and self.of is not None and self.at_least > len(self.of):
            msg = f"at_least {self.at_least} of {len(self.of)} can never be met"
            raise ValueError(msg)
        return self


class TierRecord(Record):
    """The part of a policy that takes precedence over a general exclusion: its condition, and its place in the source."""

    part: Slug
    at: Locator
    conflicts: tuple[ConflictId, ...] = ()


class RuleRecord(Record):
    """One labeled part of a policy. `rule` is the id under which the register of rules lists it.

    `yields_to`: the tiers of the version's `precedence` that lift the rule; `stands_against`: those that do not, and why.
    """

    rule: NodeId
    kind: RuleKind
    title: ShortText
    governs: Annotated[tuple[Slug | Procedure, ...], Field(min_length=1)]
    at: Locator
    source: Slug | None = None
    applies: NodeRecord | None = None
    criteria: NodeRecord | None = None
    unless: NodeRecord | None = None
    label: Label | None = None
    rule_out: StrictBool = False
    refers_to: Slug | None = None
    first_reviewer: Literal["nurse", "physician", "coder"] = "nurse"
    unaddressed: StrictBool = False
    passes_on: StrictBool = False
    conflicts: tuple[ConflictId, ...] = ()
    yields_to: tuple[Slug, ...] = ()
    stands_against: dict[Slug, ShortText] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        labeled = self.kind in (RuleKind.EXCLUDED, RuleKind.ADMINISTRATIVE, RuleKind.OTHERWISE)
        if labeled != (self.label is not None):
            does = "needs a label" if labeled else "takes no label"
            msg = f"a rule of kind {self.kind} {does}"
            raise ValueError(msg)
        if (self.kind is RuleKind.REFERS) != (self.refers_to is not None):
            msg = "refers_to and kind: refers go together"
            raise ValueError(msg)
        if self.kind is RuleKind.COVERED and self.criteria is None:
            msg = "a covered rule needs criteria: nothing is covered without a condition"
            raise ValueError(msg)
        if self.unless is not None and self.kind is not RuleKind.EXCLUDED:
            msg = "unless belongs to an excluded rule only"
            raise ValueError(msg)
        if self.passes_on and self.kind not in YIELDING:
            msg = "passes_on belongs to excluded and review rules only"
            raise ValueError(msg)
        if self.kind not in YIELDING and (self.yields_to or self.stands_against):
            msg = "yields_to and stands_against belong to excluded and review rules only"
            raise ValueError(msg)
        if self.kind is RuleKind.OTHERWISE and (self.applies is not None or self.criteria is not None):
            msg = "an otherwise rule has no criteria: it holds when nothing else does"
            raise ValueError(msg)
        return self


class VersionFile(Record):
    """medical/<policy>/<version>/version.yaml: the head of a version; its chapters lie in the same folder. Immutable once released."""

    format: Literal["claimwright-policy/1"]
    policy: Slug
    version: Annotated[str, ascii_text(r"^[0-9A-Za-z][0-9A-Za-z.-]*$")]
    title: Text
    source: Slug
    confidence: Confidence
    owner: Slug
    in_force: Dates
    published_on: Day
    next_review: Day | None = None
    supersedes: Text | None = None
    precedence: dict[Slug, TierRecord] = Field(default_factory=dict)
    notes: tuple[Text, ...] = ()


class ChapterFile(Record):
    """medical/<policy>/<version>/<chapter>.yaml: some of its rules, and parts that rules of any chapter may use."""

    chapter: ShortText
    parts: dict[Slug, NodeRecord] = Field(default_factory=dict)
    rules: tuple[RuleRecord, ...] = ()


class UnloadedEntry(Record):
    """Days on which some text was in force that is not held; `governs` says for which codes that matters."""

    dates: Dates
    governs: Annotated[tuple[Slug | Procedure, ...], Field(min_length=1)]
    why: Text
    citation: Cite
    confidence: Confidence


class PolicyFile(Record):
    """medical/<policy>/policy.yaml: the properties that all versions of one policy share."""

    policy: Slug
    title: Text
    owner: Slug
    unloaded: tuple[UnloadedEntry, ...] = ()
    retired_on: Day | None = None
