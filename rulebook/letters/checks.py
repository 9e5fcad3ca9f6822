"""The checks of the letters' texts and checklists. Each error names the place, the fault and the remedy.

rulebook/letters/texts.py builds the values; this module only checks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product

from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.rules import AppealPath, Proof
from adjudication.letters.letter import COMPOSED, Audience, ElementName, LetterKind, NextLevel
from adjudication.letters.path_times import PATH_TIMES, path_time
from adjudication.letters.readability import LONGEST_SENTENCE, long_sentences, unexplained
from adjudication.letters.wording import (
    LAST_DAY,
    RECOVERY_SLOTS,
    SLOT,
    AppealRoute,
    LetterLibrary,
    Regime,
    RegimePeriod,
    StandardText,
    periods_of_slot,
)
from adjudication.model.reference import OutcomeRule
from adjudication.model.vocabulary import OutcomeCode, PlanId, ProductLine
from contracts.events.reopenings import Reason
from rulebook.checks import refuse_overlaps
from rulebook.errors import PolicyDataError, place
from rulebook.letters.schema import ChecklistsFile, DemandEntry, ReasonsFile
from rulebook.schema import SourceEntry

KINDS = tuple(
    (kind, audience)
    for kind, audience in product(LetterKind, Audience)
    if (kind, audience) != (LetterKind.REMITTANCE, Audience.MEMBER)
)
"""Every kind of letter with its readers: remittance remarks go to providers only."""


def refuse_impossible_readers(where: str, demand: DemandEntry) -> None:
    """Refuse a demand of remittance remarks for members: they never get any."""
    if LetterKind.REMITTANCE in demand.of and Audience.MEMBER in demand.to:
        raise PolicyDataError(where, "remittance remarks go to providers only", "remove member, or remittance")


def refuse_unknown_regime(where: str, regime: str, regimes: Collection[str]) -> None:
    """Refuse a regime that checklists.yaml does not list."""
    if regime not in regimes:
        raise PolicyDataError(
            where, f"the regime {regime} is not known", "list it in letters/checklists.yaml or correct it"
        )


def refuse_overlaps_of_periods(label: str, periods: Iterable[RegimePeriod]) -> None:
    """Refuse two lengths of one time limit on one day."""
    groups: dict[tuple[str, str], list[RegimePeriod]] = {}
    for period in periods:
        groups.setdefault((period.regime, period.name), []).append(period)
    for (regime, name), group in groups.items():
        refuse_overlaps(place(label), f"{regime} {name}", [period.dates for period in group])


def refuse_overlaps_of_texts(label: str, texts: Sequence[StandardText]) -> None:
    """Refuse two paragraphs for the same element, letter and reader on one day."""
    groups: dict[tuple[str, ElementName, LetterKind, Audience], list[StandardText]] = {}
    for text in texts:
        for kind, audience in product(text.kinds, text.audiences):
            groups.setdefault((text.regime, text.element, kind, audience), []).append(text)
    for (regime, element, _, audience), group in groups.items():
        refuse_overlaps(place(label), f"{regime} {element} to the {audience}", [text.dates for text in group])


def refuse_bad_slots(label: str, texts: Iterable[StandardText], periods: Sequence[RegimePeriod]) -> None:
    """Refuse a time limit that the regime does not have on every day of the paragraph."""
    for text in texts:
        where = place(label, key=f"{text.regime} {text.element}")
        rest = SLOT.sub("", text.text)
        if "{" in rest or "}" in rest:
            raise PolicyDataError(
                where, "contains a brace that is not a time limit", "write {name} with a name of periods.yaml"
            )
        for slot in _slots(text) - PATH_TIMES:
            ranges = [p.dates for p in periods if (p.regime, p.name) == (text.regime, slot)]
            turns = [text.dates.starts, *(r.ends for r in ranges if r.ends is not None and r.ends in text.dates)]
            gap = next((day for day in turns if not any(day in r for r in ranges)), None)
            if gap is not None:
                what = f"the regime {text.regime} has no time limit {slot} on {gap}"
                raise PolicyDataError(where, what, "add it to letters/periods.yaml or correct the name")


def refuse_times_of_paths(label: str, periods: Iterable[RegimePeriod]) -> None:
    """Refuse a time limit that the reader's appeal path states already, because the two could differ."""
    for period in periods:
        if period.name in PATH_TIMES:
            raise PolicyDataError(
                place(label, key=f"{period.regime} {period.name}"),
                "the appeal path gives this time",
                "remove it here, and write it in policies/law/appeals",
            )


def refuse_times_no_path_has(
    label: str, texts: Iterable[StandardText], regimes: Iterable[Regime], paths: Collection[AppealPath]
) -> None:
    """Refuse a paragraph with a time that none of the appeal paths of its regime has."""
    opened = {regime.name: [path for path in paths if path.name in regime.paths] for regime in regimes}
    for text in texts:
        own = opened[text.regime]
        for slot, audience in product(sorted(_slots(text) & PATH_TIMES), sorted(text.audiences)):
            if own and not any(path_time(path, slot, audience) for path in own):
                what = f"no appeal path of {text.regime} has {slot} for the {audience}"
                remedy = "add it to the path in policies/law/appeals, or correct the name"
                raise PolicyDataError(place(label, key=f"{text.regime} {text.element}"), what, remedy)


def _slots(text: StandardText) -> frozenset[str]:
    return frozenset(name for found in SLOT.findall(text.text) for name in periods_of_slot(found))


def refuse_unreadable(reasons: str, label: str, words: ReasonsFile, texts: Iterable[StandardText]) -> None:
    """Refuse members' texts with long sentences or unexplained short forms."""
    member_texts = [
        (place(label, key=f"{t.regime} {t.element}"), t.text) for t in texts if Audience.MEMBER in t.audiences
    ]
    for name, entry in words.reasons.items():
        own = (entry.member, entry.remedy, entry.if_separable or "", entry.if_inseparable or "")
        member_texts += [(place(reasons, key=f"reasons.{name}"), text) for text in own]
    member_texts.append((place(reasons, key="afterwards"), words.afterwards))
    member_texts.append((place(reasons, key="changed"), words.changed))
    member_texts += [(place(reasons, key=f"corrected.{name}"), text) for name, text in words.corrected.items()]
    member_texts += [(place(reasons, key=f"payment.{group}"), text) for group, text in words.payment.items()]
    member_texts += [(place(reasons, key=f"labels.{name}"), text) for name, text in words.labels.items()]
    member_texts += [(place(reasons, key=f"grounds.{name}"), text) for name, text in words.grounds.items()]
    member_texts += [(place(reasons, key=f"proofs.{name}"), text) for name, text in words.proofs.items()]
    member_texts += [(place(reasons, key=f"sources.{name}"), text) for name, text in words.sources.items()]
    for where, text in member_texts:
        for sentence in long_sentences(text):
            what = f"a sentence for members has {len(sentence.split())} words ({sentence[:40]}...)"
            raise PolicyDataError(where, what, f"write sentences of at most {LONGEST_SENTENCE} words")
        for short in unexplained(text):
            raise PolicyDataError(
                where, f"members meet {short} unexplained", f"write what it means ({short}), or leave it out"
            )


def refuse_unworded_outcomes(label: str, words: ReasonsFile, outcomes: Mapping[OutcomeCode, OutcomeRule]) -> None:
    """Refuse an outcome that can deny without a plain text, and codes in use without a short text."""
    for name in words.reasons:
        if OutcomeCode(name) not in outcomes:
            raise PolicyDataError(
                place(label, key=f"reasons.{name}"), "no step reaches this outcome", "remove or correct it"
            )
    refuse_unworded(label, "reasons", {o for o, rule in outcomes.items() if rule.carc is not None}, words.reasons)
    refuse_unworded(label, "carcs", {rule.carc for rule in outcomes.values() if rule.carc is not None}, words.carcs)
    refuse_unworded(label, "rarcs", {rarc for rule in outcomes.values() for rarc in rule.rarcs}, words.rarcs)
    refuse_unworded(
        label, "payment", {rule.group for rule in outcomes.values() if rule.carc is not None}, words.payment
    )


def refuse_unworded_appeals(label: str, words: ReasonsFile) -> None:
    """Refuse a ground of dismissal, or a proof that may be missing, without a text for letters."""
    refuse_unworded(label, "grounds", DismissalGround, words.grounds)
    refuse_unworded(label, "proofs", Proof, words.proofs)


def refuse_undated_afterwards(label: str, words: ReasonsFile) -> None:
    """Refuse an offer to request an authorization afterwards that names no last day."""
    if SLOT.findall(words.afterwards) != [LAST_DAY]:
        what = f"does not name {{{LAST_DAY}}}, and nothing else in braces"
        raise PolicyDataError(place(label, key="afterwards"), what, "say until when the request may be sent")


def refuse_unworded_corrections(label: str, words: ReasonsFile) -> None:
    """Refuse a reason for a correction without a text, and a notice of an overpayment without its amount and days."""
    refuse_unworded(label, "corrected", Reason, words.corrected)
    if sorted(SLOT.findall(words.recovery)) != sorted(RECOVERY_SLOTS):
        what = f"names {{{'}, {'.join(SLOT.findall(words.recovery))}}}"
        raise PolicyDataError(place(label, key="recovery"), what, f"name each of {', '.join(RECOVERY_SLOTS)} once")


def refuse_unknown_paths(label: str, file: ChecklistsFile, paths: Collection[str]) -> None:
    """Refuse an appeal path that is not loaded, and one that two regimes claim."""
    claimed: set[str] = set()
    for entry in file.regimes:
        where = place(label, key=f"regimes {entry.regime}")
        for path in entry.paths:
            if path not in paths:
                raise PolicyDataError(where, f"names the appeal path {path}, which is not loaded", "add or correct it")
            if path in claimed:
                raise PolicyDataError(where, f"another regime has the appeal path {path} too", "keep one of the two")
            claimed.add(path)


def refuse_unworded(label: str, table: str, used: Iterable[str], worded: Collection[str]) -> None:
    """Refuse a name in use without an entry in a table of texts."""
    missing = sorted(set(used) - set(worded))
    if missing:
        raise PolicyDataError(
            place(label, key=table), f"{missing[0]} is in use and has no words here", f"add {missing[0]} to {table}"
        )


def refuse_unknown_sources(label: str, named: Iterable[str], sources: Mapping[str, SourceEntry]) -> None:
    """Refuse plain words for a source that sources.yaml does not list."""
    for name in named:
        if name not in sources:
            raise PolicyDataError(
                place(label, key=f"sources.{name}"), "sources.yaml does not list this source", "add or correct it"
            )


def refuse_unanswerable(label: str, library: LetterLibrary) -> None:
    """Refuse a demanded element that, for some plan, is neither written by code nor covered by an open-ended paragraph."""
    plans = {plan for regime in library.regimes for plan in regime.plans} | {PlanId("")}
    everywhere = AppealRoute(None, frozenset(NextLevel))
    for (kind, audience), line, plan in product(KINDS, ProductLine, sorted(plans)):
        checklist = library.checklist(kind, audience, line, plan, everywhere)
        if not checklist.demands:
            raise PolicyDataError(
                place(label), f"no element is demanded of a {kind} to the {audience}, {line}", "list its elements"
            )
        for demand in checklist.demands:
            answered = demand.element in COMPOSED[kind] or any(
                text.element is demand.element
                and text.regime in checklist.regimes
                and text.dates.ends is None
                and kind in text.kinds
                and audience in text.audiences
                for text in library.texts
            )
            if not answered:
                what = f"{demand.regime} demands {demand.element} of a {kind} to the {audience}, and no text has it"
                raise PolicyDataError(place(label), what, "add the paragraph to letters/texts.yaml, or drop the demand")
