"""The NCCI pair and unit tables of one quarter, as the edits read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import ClaimForm, DateRange, EditProgram


@dataclass(frozen=True, slots=True)
class PairEdit:
    """A procedure-to-procedure edit: column 1 is paid, column 2 denied; indicator 0 no modifier opens it, 1 one may."""

    column_one: str
    column_two: str
    indicator: str


@dataclass(frozen=True, slots=True)
class UnitLimit:
    """A medically unlikely edit: at most `units` per day; the adjudication indicator says how firm it is."""

    code: str
    units: Decimal
    indicator: str


@dataclass(frozen=True, slots=True)
class EditRelease:
    """One quarterly release of the pair and unit tables of one program, for one claim form.

    `carried_forward` marks a range for which the payer applies an older release until the next is loaded. `complete_for`:
    groups of codes; the limits of each and its pairs within a group are known on these dates. None: of all codes held.
    """

    release: str
    form: ClaimForm
    dates: DateRange
    carried_forward: bool
    pairs: Mapping[tuple[str, str], PairEdit]
    units: Mapping[str, UnitLimit]
    citation: Citation
    program: EditProgram = EditProgram.MEDICARE
    complete_for: tuple[frozenset[str], ...] | None = None
    by_column_one: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    by_column_two: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the pairs by each column, so that a line meets its pairs without asking every other line."""
        ones: dict[str, set[str]] = {}
        twos: dict[str, set[str]] = {}
        for one, two in self.pairs:
            ones.setdefault(one, set()).add(two)
            twos.setdefault(two, set()).add(one)
        object.__setattr__(self, "by_column_one", {code: frozenset(codes) for code, codes in ones.items()})
        object.__setattr__(self, "by_column_two", {code: frozenset(codes) for code, codes in twos.items()})
