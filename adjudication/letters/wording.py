"""The texts that letters are written with: checklists, dated standard paragraphs, time limits and reasons.

rulebook/letters/texts.py loads them from policies/letters/. If no paragraph covers the day of a letter, the letter is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from typing import Final

from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.rules import AppealPath, Proof
from adjudication.deadlines.periods import Period, Unit, add_months
from adjudication.letters.dates import in_words
from adjudication.letters.letter import (
    Audience,
    Checklist,
    Demand,
    Element,
    ElementName,
    FormLayout,
    LetterError,
    LetterKind,
    NextLevel,
)
from adjudication.letters.letterhead import Letterhead
from adjudication.letters.path_times import PATH_TIMES, path_time
from adjudication.letters.spanish import Spanish
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange, GroupCode, OutcomeCode, PlanId, ProductLine

LAST_DAY: Final = "last-day"
"""The slot of the last day on which an authorization may be requested after the service."""

SLOT: Final = re.compile(r"\{([a-z-]+)\}")
_ENDS: Final = "-ends"
_PRESUMED_ENDS: Final = "-presumed-ends"
_RECEIPT: Final = "receipt-presumed"


def periods_of_slot(slot: str) -> tuple[str, ...]:
    """Return the time limits behind a slot.

    `{appeal-file-ends}` is the last day of `appeal-file` counted from the date of the letter; with `-presumed-ends` it is
    counted from the day on which the letter counts as received.
    """
    if slot.endswith(_PRESUMED_ENDS):
        return slot.removesuffix(_PRESUMED_ENDS), _RECEIPT
    return (slot.removesuffix(_ENDS),)


@dataclass(frozen=True, slots=True)
class RegimePeriod:
    """A dated time limit of a regime that belongs to no appeal path, such as how long experts may take."""

    name: str
    regime: str
    period: Period
    dates: DateRange
    citation: Citation


@dataclass(frozen=True, slots=True)
class StandardText:
    """A dated standard paragraph; `{name}` stands for a time limit of the reader's path or of the same regime."""

    element: ElementName
    regime: str
    kinds: frozenset[LetterKind]
    audiences: frozenset[Audience]
    dates: DateRange
    text: str
    citation: Citation

    def suits(self, kind: LetterKind, audience: Audience, day: date) -> bool:
        """Return whether the paragraph belongs in such a letter on a day."""
        return kind in self.kinds and audience in self.audiences and day in self.dates


@dataclass(frozen=True, slots=True)
class RegimeDemand:
    """An element that a regime demands of some kinds of letters to some readers.

    `leads_to`: demanded only if the next level of the appeal is this one; None for any.
    """

    demand: Demand
    kinds: frozenset[LetterKind]
    audiences: frozenset[Audience]
    leads_to: NextLevel | None = None

    def asks(self, kind: LetterKind, audience: Audience, onward: frozenset[NextLevel]) -> bool:
        """Return whether the regime demands the element in such a letter."""
        return kind in self.kinds and audience in self.audiences and (self.leads_to is None or self.leads_to in onward)


@dataclass(frozen=True, slots=True)
class AppealRoute:
    """The appeal path that a letter is about, and the levels that can follow the present one. `path` None: any path."""

    path: AppealPath | None
    onward: frozenset[NextLevel]


@dataclass(frozen=True, slots=True)
class Regime:
    """A body of rules about letters, which governs product lines and single plans.

    `paths`: the appeal paths that it opens; on these it goes before the other regimes that govern.
    """

    name: str
    products: frozenset[ProductLine]
    plans: frozenset[PlanId]
    forms: tuple[str, ...]
    demands: tuple[RegimeDemand, ...]
    paths: frozenset[str] = frozenset()

    def governs(self, product_line: ProductLine, plan_id: PlanId) -> bool:
        """Return whether it governs a plan."""
        return product_line in self.products or plan_id in self.plans


@dataclass(frozen=True, slots=True)
class Reason:
    """The texts for one outcome: for the member, for the provider, and what could change it.

    `if_separable` and `if_inseparable` replace `remedy` where it is known whether a modifier may open a pair of services.
    """

    member: str
    provider: str
    remedy: str
    if_separable: str = ""
    if_inseparable: str = ""


@dataclass(frozen=True, slots=True)
class SourceName:
    """The title of a cited source, and a name for it that a member understands."""

    title: str
    plain: str


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of document that can be requested. `rarc`: the remark that names it on a remittance.

    `group`: what the provider calls the records of which it is a part; empty if it stands alone.
    """

    label: str
    rarc: str
    from_whom: str
    group: str = ""


RECOVERY_SLOTS: Final = ("amount", "recover-after", "dispute-until")


@dataclass(frozen=True, slots=True)
class CorrectionTexts:
    """Texts about a corrected decision: that it changed, the reason by reopening reason, and the amount to repay."""

    changed: str = ""
    because: Mapping[str, str] = field(default_factory=dict)
    recovery: str = ""


@dataclass(frozen=True, slots=True)
class LetterLibrary:
    """Everything that letters are written with. The order of the regimes is their precedence.

    `afterwards`: the text that an authorization may still be requested until `{last-day}`. `internal`: the letter's name of a source
    that only we can look up. `units`: the unit of each fact that is a number.
    `taglines`: the offer of free help by language. `layouts`: those of official forms. `for_strangers`: the plan that answers the provider of a person whom no
    enrollment names; None if no payer does.
    """

    regimes: tuple[Regime, ...]
    texts: tuple[StandardText, ...]
    periods: tuple[RegimePeriod, ...]
    reasons: Mapping[OutcomeCode, Reason]
    labels: Mapping[str, str]
    legs: Mapping[str, str]
    payment: Mapping[GroupCode, str]
    carcs: Mapping[str, str]
    rarcs: Mapping[str, str]
    short_forms: Mapping[str, str]
    sources: Mapping[str, SourceName]
    documents: Mapping[str, DocumentKind]
    afterwards: str
    grounds: Mapping[DismissalGround, str]
    proofs: Mapping[Proof, str]
    internal: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    letterheads: Mapping[PlanId, Letterhead] = field(default_factory=dict)
    taglines: Mapping[str, str] = field(default_factory=dict)
    layouts: tuple[FormLayout, ...] = ()
    corrections: CorrectionTexts = field(default_factory=CorrectionTexts)
    for_strangers: PlanId | None = None
    spanish: Spanish | None = None

    def in_spanish(self) -> Spanish:
        """Return the Spanish translator; raises LetterError if its list is not loaded."""
        if self.spanish is None:
            raise LetterError("no Spanish texts are loaded; add policies/letters/spanish.yaml")
        return self.spanish

    def checklist(
        self,
        kind: LetterKind,
        audience: Audience,
        product_line: ProductLine,
        plan_id: PlanId,
        route: AppealRoute | None = None,
    ) -> Checklist:
        """Return the required content of such a letter for a plan: the demands of every regime that governs the plan."""
        path = None if route is None or route.path is None else route.path.name
        onward = frozenset[NextLevel]() if route is None else route.onward
        governing = tuple(regime for regime in self.regimes if regime.governs(product_line, plan_id))
        governing = tuple(sorted(governing, key=lambda regime: path not in regime.paths))
        demands = tuple(
            entry.demand for regime in governing for entry in regime.demands if entry.asks(kind, audience, onward)
        )
        denies = kind in (LetterKind.ADMINISTRATIVE_DENIAL, LetterKind.CLINICAL_DENIAL)
        forms = tuple(form for r in governing for form in r.forms) if denies and audience is Audience.MEMBER else ()
        return Checklist(kind, audience, product_line, tuple(r.name for r in governing), demands, forms)

    def paragraph(
        self, name: ElementName, checklist: Checklist, day: date, route: AppealRoute | None = None
    ) -> Element | None:
        """Return the standard paragraph in force of the first governing regime that has one, or None.

        Also None if the text names a time limit that the reader's path does not have.
        """
        for regime in checklist.regimes:
            for text in self.texts:
                if (
                    text.regime == regime
                    and text.element is name
                    and text.suits(checklist.kind, checklist.audience, day)
                ):
                    return self._filled(text, checklist.audience, day, route)
        return None

    def period(self, regime: str, name: str, day: date) -> RegimePeriod | None:
        """Return a time limit in force, or None."""
        return next((p for p in self.periods if (p.regime, p.name) == (regime, name) and day in p.dates), None)

    def _filled(self, text: StandardText, audience: Audience, day: date, route: AppealRoute | None) -> Element | None:
        words, citations = text.text, [text.citation]
        for slot in SLOT.findall(text.text):
            times = [self._time(text.regime, name, audience, day, route) for name in periods_of_slot(slot)]
            known = [time for time in times if time is not None]
            if len(known) != len(times):
                return None
            value = str(known[0][0])
            if slot.endswith(_ENDS):
                value = in_words(reduce(_later, (period for period, _ in reversed(known)), day))
            words = words.replace(f"{{{slot}}}", value)
            citations += [citation for _, citation in known]
        return Element(text.element, words, tuple(dict.fromkeys(citations)))

    def _time(
        self, regime: str, name: str, audience: Audience, day: date, route: AppealRoute | None
    ) -> tuple[Period, Citation] | None:
        if name in PATH_TIMES:
            return None if route is None or route.path is None else path_time(route.path, name, audience)
        found = self.period(regime, name, day)
        return None if found is None else (found.period, found.citation)


def _later(day: date, period: Period) -> date:
    match period.unit:
        case Unit.DAYS:
            return day + timedelta(days=period.length)
        case Unit.MONTHS:
            return add_months(day, period.length)
        case unit:
            msg = f"the last day of {period} cannot be counted in {unit}; write the time limit instead of its last day"
            raise LetterError(msg)
