"""The words notices are made of, as values: checklists, dated standard paragraphs, time limits, plain reasons.

Loaded from policies/letters/ by rulebook/letters/texts.py. A day that no paragraph covers is a gap: the notice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from adjudication.appeals.filing import Ground
from adjudication.appeals.rules import Proof
from adjudication.deadlines.periods import Period
from adjudication.letters.elements import Audience, Element, ElementName, LetterKind, NextLevel
from adjudication.letters.letter import Checklist, Demand
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange, GroupCode, OutcomeCode, PlanId, ProductLine

SLOT: Final = re.compile(r"\{([a-z-]+)\}")


@dataclass(frozen=True, slots=True)
class RegimePeriod:
    """A time limit of a regime while in force, for example 60 days to appeal."""

    name: str
    regime: str
    period: Period
    dates: DateRange
    citation: Citation


@dataclass(frozen=True, slots=True)
class StandardText:
    """One paragraph of ours while in force; `{name}` stands for a period of the same regime."""

    element: ElementName
    regime: str
    kinds: frozenset[LetterKind]
    audiences: frozenset[Audience]
    dates: DateRange
    text: str
    citation: Citation

    def suits(self, kind: LetterKind, audience: Audience, day: date) -> bool:
        """Say whether the paragraph may stand in such a notice on a day."""
        return kind in self.kinds and audience in self.audiences and day in self.dates


@dataclass(frozen=True, slots=True)
class RegimeDemand:
    """An element that a regime demands of some kinds of notice to some readers.

    `leads_to`: only where the appeal leads on to there; None: wherever it leads.
    """

    demand: Demand
    kinds: frozenset[LetterKind]
    audiences: frozenset[Audience]
    leads_to: NextLevel | None = None

    def asks(self, kind: LetterKind, audience: Audience, onward: frozenset[NextLevel]) -> bool:
        """Say whether it is demanded of such a notice."""
        return kind in self.kinds and audience in self.audiences and (self.leads_to is None or self.leads_to in onward)


@dataclass(frozen=True, slots=True)
class AppealRoute:
    """The appeal path a notice of an appeal is written on, and where its level leads on to."""

    path: str
    onward: frozenset[NextLevel]


@dataclass(frozen=True, slots=True)
class Regime:
    """A body of rules about notices; it governs whole product lines, and single plans beyond them.

    `paths`: the appeal paths it opens; on them it speaks before the other regimes that govern.
    """

    name: str
    products: frozenset[ProductLine]
    plans: frozenset[PlanId]
    forms: tuple[str, ...]
    demands: tuple[RegimeDemand, ...]
    paths: frozenset[str] = frozenset()

    def governs(self, product_line: ProductLine, plan_id: PlanId) -> bool:
        """Say whether it speaks for a plan."""
        return product_line in self.products or plan_id in self.plans


@dataclass(frozen=True, slots=True)
class Reason:
    """One outcome in words: for the member, for the provider, and what could change it."""

    member: str
    provider: str
    remedy: str


@dataclass(frozen=True, slots=True)
class SourceName:
    """What a cited source is called: its title, and a name a member understands."""

    title: str
    plain: str


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of document that can be asked for; the remark is how a remittance names it."""

    label: str
    rarc: str
    from_whom: str


@dataclass(frozen=True, slots=True)
class LetterLibrary:
    """Everything notices are worded with; the order of the regimes is their precedence."""

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
    grounds: Mapping[Ground, str]
    proofs: Mapping[Proof, str]

    def checklist(
        self,
        kind: LetterKind,
        audience: Audience,
        product_line: ProductLine,
        plan_id: PlanId,
        way: AppealRoute | None = None,
    ) -> Checklist:
        """Return what such a notice must contain for a plan: the demands of every regime that governs it."""
        path, onward = (None, frozenset[NextLevel]()) if way is None else (way.path, way.onward)
        governing = tuple(regime for regime in self.regimes if regime.governs(product_line, plan_id))
        governing = tuple(sorted(governing, key=lambda regime: path not in regime.paths))
        demands = tuple(
            entry.demand for regime in governing for entry in regime.demands if entry.asks(kind, audience, onward)
        )
        denies = kind in (LetterKind.ADMINISTRATIVE_DENIAL, LetterKind.CLINICAL_DENIAL)
        forms = tuple(form for r in governing for form in r.forms) if denies and audience is Audience.MEMBER else ()
        return Checklist(kind, audience, product_line, tuple(r.name for r in governing), demands, forms)

    def paragraph(self, name: ElementName, checklist: Checklist, day: date) -> Element | None:
        """Return the standard paragraph in force, of the first governing regime that has one; None when there is none."""
        for regime in checklist.regimes:
            for text in self.texts:
                if (
                    text.regime == regime
                    and text.element is name
                    and text.suits(checklist.kind, checklist.audience, day)
                ):
                    return self._filled(text, day)
        return None

    def period(self, regime: str, name: str, day: date) -> RegimePeriod | None:
        """Return a time limit in force, or None."""
        return next((p for p in self.periods if (p.regime, p.name) == (regime, name) and day in p.dates), None)

    def _filled(self, text: StandardText, day: date) -> Element | None:
        words, citations = text.text, [text.citation]
        for slot in SLOT.findall(text.text):
            period = self.period(text.regime, slot, day)
            if period is None:
                return None
            words = words.replace(f"{{{slot}}}", str(period.period))
            citations.append(period.citation)
        return Element(text.element, words, tuple(dict.fromkeys(citations)))
