"""Loads the texts and checklists of letters (policies/letters/), and refuses data that would fail when a letter is due.

Examples are a demanded element without a text, a missing time limit, and a paragraph that is too hard to read. The
error names place and remedy, so that the author corrects it before any claim needs the letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from adjudication.appeals.rules import AppealRules, Subject
from adjudication.deadlines.periods import Period
from adjudication.letters.letter import Demand, FormLayout, FormSection
from adjudication.letters.wording import (
    CorrectionTexts,
    DocumentKind,
    LetterLibrary,
    Reason,
    Regime,
    RegimeDemand,
    RegimePeriod,
    SourceName,
    StandardText,
)
from adjudication.model.reference import OutcomeRule, Plan
from adjudication.model.vocabulary import OutcomeCode, PlanId
from rulebook.bound_plans import PlanPlaces
from rulebook.checks import Citations, date_range
from rulebook.errors import PolicyDataError, place
from rulebook.letters import checks
from rulebook.letters.letterheads import TAGLINES, load_letterheads, load_taglines
from rulebook.letters.outside_reviewers import OUTSIDE, refuse_unreachable, with_outside
from rulebook.letters.schema import (
    ChecklistsFile,
    FormsFile,
    PeriodEntry,
    PeriodsFile,
    ReasonsFile,
    RegimeEntry,
    TextsFile,
)
from rulebook.letters.spanish import SPANISH, load_spanish
from rulebook.medical.precedence import DocumentEntry
from rulebook.schema import SourceEntry
from rulebook.yaml_files import read_yaml

CHECKLISTS = "letters/checklists.yaml"
TEXTS = "letters/texts.yaml"
PERIODS = "letters/periods.yaml"
REASONS = "letters/reasons.yaml"
FORMS = "letters/forms.yaml"
LETTER_FILES = frozenset({CHECKLISTS, TEXTS, PERIODS, REASONS, TAGLINES, FORMS, SPANISH, OUTSIDE})


def load_letters(
    root: Path,
    citations: Citations,
    outcomes: Mapping[OutcomeCode, OutcomeRule],
    plans: Mapping[PlanId, tuple[Plan, ...]],
    appeals: AppealRules,
) -> LetterLibrary:
    """Load and check everything under policies/letters/; raises PolicyDataError for the first error."""
    checklists = read_yaml(root / CHECKLISTS, CHECKLISTS, ChecklistsFile)
    regimes = _regimes(checklists, citations, PlanPlaces.read(root, plans))
    checks.refuse_unknown_paths(CHECKLISTS, checklists, {path.name for path in appeals.paths})
    names = frozenset(regime.name for regime in regimes)
    periods = _periods(read_yaml(root / PERIODS, PERIODS, PeriodsFile), citations, names, appeals)
    texts = _texts(read_yaml(root / TEXTS, TEXTS, TextsFile), citations, names)
    words = read_yaml(root / REASONS, REASONS, ReasonsFile)
    checks.refuse_bad_slots(TEXTS, texts, periods)
    checks.refuse_times_no_path_has(TEXTS, texts, regimes, appeals.paths)
    checks.refuse_overlaps_of_texts(TEXTS, texts)
    checks.refuse_unreadable(REASONS, TEXTS, words, texts)
    checks.refuse_unworded_outcomes(REASONS, words, outcomes)
    checks.refuse_unworded_appeals(REASONS, words)
    checks.refuse_undated_afterwards(REASONS, words)
    checks.refuse_unknown_sources(REASONS, (*words.sources, *words.internal), citations.sources)
    letterheads, strangers = load_letterheads(root, citations)
    library = LetterLibrary(
        regimes=regimes,
        texts=texts,
        periods=periods,
        reasons=_reasons(words, outcomes),
        labels={label.value: text for label, text in words.labels.items()},
        legs=words.legs,
        payment=words.payment,
        carcs=words.carcs,
        rarcs=words.rarcs,
        short_forms=words.short_forms,
        sources=_sources(citations.sources, words.sources),
        documents={},
        afterwards=words.afterwards,
        corrections=_corrections(words),
        grounds=words.grounds,
        proofs=words.proofs,
        internal=words.internal,
        letterheads=with_outside(root, citations, letterheads, plans),
        for_strangers=strangers,
        taglines=load_taglines(root, citations),
        layouts=_layouts(read_yaml(root / FORMS, FORMS, FormsFile), citations, regimes),
    )
    checks.refuse_unanswerable(CHECKLISTS, library)
    refuse_unreachable(library, plans)
    return replace(library, spanish=load_spanish(root, citations, library))


def _reasons(words: ReasonsFile, outcomes: Mapping[OutcomeCode, OutcomeRule]) -> dict[OutcomeCode, Reason]:
    return {
        OutcomeCode(name): Reason(
            e.member, outcomes[OutcomeCode(name)].label, e.remedy, e.if_separable or "", e.if_inseparable or ""
        )
        for name, e in words.reasons.items()
    }


def _layouts(file: FormsFile, citations: Citations, regimes: Iterable[Regime]) -> tuple[FormLayout, ...]:
    found, used = [], {form for regime in regimes for form in regime.forms}
    for entry in file.forms:
        where = place(FORMS, key=f"forms {entry.form}")
        if entry.form not in used:
            raise PolicyDataError(where, "no regime uses this form", "name it in letters/checklists.yaml, or remove it")
        sections = tuple(FormSection(each.heading, each.elements, each.before, each.after) for each in entry.sections)
        placed = [name for section in sections for name in section.elements]
        if len(placed) != len(set(placed)):
            raise PolicyDataError(where, "an element stands in two sections", "keep one of the two")
        dates, citation = date_range(where, entry.valid), citations.of(where, entry)
        found.append(FormLayout(entry.form, entry.title, dates, sections, citation))
    return tuple(found)


def _corrections(words: ReasonsFile) -> CorrectionTexts:
    checks.refuse_unworded_corrections(REASONS, words)
    because = {reason.value: text for reason, text in words.corrected.items()}
    return CorrectionTexts(words.changed, because, words.recovery)


def with_documents(
    library: LetterLibrary, documents: Mapping[str, DocumentKind], units: Mapping[str, str]
) -> LetterLibrary:
    """Add the documents that can be requested and the units of facts; refuses a document without a text for its remark."""
    checks.refuse_unworded(REASONS, "rarcs", {kind.rarc for kind in documents.values()}, library.rarcs)
    return replace(library, documents=dict(documents), units=dict(units))


def document_kinds(root: Path, entries: Mapping[str, DocumentEntry]) -> dict[str, DocumentKind]:
    """Return the documents of the fact dictionary as a request names them."""
    groups: dict[str, str] = {}
    for group in read_yaml(root / REASONS, REASONS, ReasonsFile).record_groups:
        for name in group.documents:
            if name in groups:
                where = place(REASONS, key=f"record_groups {name}")
                raise PolicyDataError(where, "is in two groups", "keep one of the two")
            groups[name] = group.label
    return {name: DocumentKind(e.label, e.rarc, e.from_whom, groups.get(name, "")) for name, e in entries.items()}


def _regimes(file: ChecklistsFile, citations: Citations, places: PlanPlaces) -> tuple[Regime, ...]:
    found: dict[str, Regime] = {}
    for index, entry in enumerate(file.regimes):
        where = place(CHECKLISTS, key=f"regimes[{index}] {entry.regime}")
        if entry.regime in found:
            raise PolicyDataError(where, "the regime is listed twice", "keep one of the two entries")
        for plan in sorted(frozenset(entry.plans) - places.products.keys()):
            raise PolicyDataError(
                where, f"names the plan {plan}, which is not loaded", "add it under plans/ or correct it"
            )
        bound = frozenset(entry.plans) | places.bound(entry.binds)
        places.refuse_left_out(f"{where}.plans", bound)
        found[entry.regime] = replace(_regime(where, entry, citations), plans=bound)
    return tuple(found.values())


def _regime(where: str, entry: RegimeEntry, citations: Citations) -> Regime:
    demands = []
    for demand in entry.demands:
        at = f"{where}, {demand.element}"
        citation = citations.of(at, demand, entry)
        confidence = demand.confidence or entry.confidence
        demanded = Demand(demand.element, entry.regime, citation, confidence.value if confidence is not None else "")
        demands.append(RegimeDemand(demanded, frozenset(demand.of), frozenset(demand.to), demand.leads_to))
        checks.refuse_impossible_readers(at, demand)
    governed = frozenset(entry.products), frozenset(entry.plans)
    return Regime(entry.regime, *governed, entry.forms, tuple(demands), frozenset(entry.paths))


def _periods(
    file: PeriodsFile, citations: Citations, regimes: frozenset[str], appeals: AppealRules
) -> tuple[RegimePeriod, ...]:
    periods = []
    for index, entry in enumerate(file.periods):
        where = place(PERIODS, key=f"periods[{index}] {entry.name}")
        checks.refuse_unknown_regime(where, entry.regime, regimes)
        citation = citations.resolve(where, entry.citation, entry.confidence)
        dates = date_range(where, entry.valid)
        periods.append(RegimePeriod(entry.name, entry.regime, _period(where, entry, appeals), dates, citation))
    checks.refuse_times_of_paths(PERIODS, periods)
    checks.refuse_overlaps_of_periods(PERIODS, periods)
    return tuple(periods)


def _period(where: str, entry: PeriodEntry, appeals: AppealRules) -> Period:
    """Return the limit written here, or the one of the appeal path that the entry names."""
    named = entry.decision_of or entry.window_of
    if named is None:
        if entry.within is None:
            raise PolicyDataError(where, "gives no time", "write within, decision_of or window_of")
        return entry.within
    if entry.within is not None or (entry.decision_of and entry.window_of):
        remedy = "keep one of within, decision_of and window_of"
        raise PolicyDataError(where, "gives a time and also names where it is given", remedy)
    paths = [path for path in appeals.paths if path.name == named.path]
    levels = [level for path in paths for level in path.levels if level.name == named.level]
    found = [period.period for level in levels for period in level.decisions if period.subject is Subject.PAYMENT]
    if entry.window_of is not None:
        found = [window.period for level in levels for window in level.windows]
    if not found:
        problem = f"{named.path} has no such time at {named.level}"
        raise PolicyDataError(where, problem, "correct decision_of or window_of")
    return found[0]


def _texts(file: TextsFile, citations: Citations, regimes: frozenset[str]) -> tuple[StandardText, ...]:
    texts = []
    for index, entry in enumerate(file.texts):
        where = place(TEXTS, key=f"texts[{index}] {entry.regime} {entry.element}")
        checks.refuse_unknown_regime(where, entry.regime, regimes)
        texts.append(
            StandardText(
                element=entry.element,
                regime=entry.regime,
                kinds=frozenset(entry.of),
                audiences=frozenset(entry.to),
                dates=date_range(where, entry.valid),
                text=entry.text.strip(),
                citation=citations.of(where, entry, file),
            )
        )
    return tuple(texts)


def _sources(sources: Mapping[str, SourceEntry], plain: Mapping[str, str]) -> dict[str, SourceName]:
    return {name: SourceName(entry.title, plain.get(name, entry.title)) for name, entry in sources.items()}
