"""The checks of the loader of appeal rules; each refusal has a place and a remedy. It reads no files and builds no rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adjudication.appeals.rules import AppealLevel, AppealPath, CountedFrom, Forum, Subject, Urgency
from adjudication.deadlines.periods import Unit
from adjudication.model.reference import CombinationRules
from adjudication.model.vocabulary import DateRange
from rulebook.appeals.schema import AppealCodeEntry, DecisionEntry, LevelEntry, WindowEntry
from rulebook.errors import PolicyDataError, place


def refuse_repeats(label: str, what: str, names: Sequence[str]) -> None:
    """Refuse a name given twice in one file."""
    again = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if again is not None:
        raise PolicyDataError(place(label), f"{what} {again} is listed twice", "keep one of the two entries")


def refuse_unknown_plans(label: str, path: AppealPath, plans: frozenset[str]) -> None:
    """Refuse a path for a plan that does not exist."""
    for plan in sorted(path.plans):
        if plan not in plans:
            raise PolicyDataError(
                place(label, key="plans"),
                f"names the plan {plan}, which is not loaded",
                "add it under plans/ or correct it",
            )


def refuse_same_ground(label: str, path: AppealPath, others: Iterable[AppealPath]) -> None:
    """Refuse two paths for one appellant and denial: it would be undefined which one governs."""
    for other in others:
        if other.name == path.name and _overlap(other.dates, path.dates):
            raise PolicyDataError(place(label, key="path"), f"{path.name} has another file", "give it another name")
        whose = (path.product_lines & other.product_lines) | (path.plans & other.plans)
        who = {s.appellant for s in path.standing} & {s.appellant for s in other.standing}
        if whose and who and path.matters & other.matters and _overlap(other.dates, path.dates):
            raise PolicyDataError(
                place(label),
                f"governs the same denials as {other.name} ({', '.join(sorted(whose))}; {', '.join(sorted(who))})",
                "divide product lines, plans, matters, appellants or dates between them",
            )


def refuse_unusable_window(where: str, entry: WindowEntry) -> None:
    """Refuse a window counted in hours, and a presumption that no window uses."""
    if entry.within.unit is Unit.HOURS:
        raise PolicyDataError(
            f"{where}.windows", "a filing window is not counted in hours", "give it in days or months"
        )
    if entry.presumed_receipt_days and entry.counted_from is not CountedFrom.RECEIPT:
        raise PolicyDataError(
            f"{where}.windows", "presumes receipt but counts from the notice", "write counted_from: receipt"
        )


def refuse_unusable_extension(where: str, entry: DecisionEntry) -> None:
    """Refuse an extension that cannot be added to an instant."""
    if entry.extension is not None and entry.extension.unit not in (Unit.DAYS, Unit.HOURS):
        raise PolicyDataError(f"{where}.decisions", "an extension is counted in days or hours", "give it in days")
    if entry.extension_notice is not None and entry.extension is None:
        raise PolicyDataError(
            f"{where}.decisions", "a notice of an extension is timed and none is allowed", "add extension, or remove it"
        )


def refuse_foreign_entries(where: str, entry: LevelEntry) -> None:
    """Refuse rules for deciding on a level of another forum, and a level of the plan without them."""
    own = entry.forum is Forum.PLAN
    if not own and (entry.decisions or entry.decider or entry.missed or entry.acknowledge):
        raise PolicyDataError(
            where,
            f"says how the plan decides, but {entry.forum} decides it",
            "remove decisions, decider, missed and acknowledge, or write forum: plan",
        )
    if own and not (entry.decisions and entry.decider and entry.missed):
        raise PolicyDataError(
            where,
            "the plan decides it, but decisions, decider or missed is not said",
            "say within what time, by whom, and what a missed time means",
        )
    standard = {d.subject for d in entry.decisions if d.urgency is Urgency.STANDARD}
    hurried = sorted({d.subject for d in entry.decisions} - standard)
    if hurried:
        raise PolicyDataError(f"{where}.decisions", f"{hurried[0]} has no standard period", "add it")
    refuse_repeats(f"{where}.decisions", "the period", [f"{d.subject} {d.urgency}" for d in entry.decisions])


def refuse_broken_levels(label: str, path: AppealPath) -> None:
    """Refuse a path with a level that cannot be reached or left."""
    names = {level.name for level in path.levels}
    reached = {path.levels[0].name}
    for index, level in enumerate(path.levels):
        where = place(label, key=f"levels[{index}] {level.name}")
        for name in _followers(level):
            if name not in names:
                raise PolicyDataError(
                    where, f"goes on to {name}, which is not a level here", "add the level or correct it"
                )
            reached.add(name)
        _refuse_no_effect(where, level)
    first = path.levels[0]
    if first.forum is not Forum.PLAN:
        raise PolicyDataError(place(label), "the first level is not the plan's", "start with the level filed here")
    _refuse_windowless(label, path)
    stranded = sorted(names - reached)
    if stranded:
        raise PolicyDataError(
            place(label), f"no level goes on to {stranded[0]}", "name it in next or forward, or remove it"
        )


def refuse_unsendable(where: str, entry: AppealCodeEntry, combinations: CombinationRules) -> None:
    """Refuse combinations that combinations.yaml forbids on any day."""
    if entry.carc in combinations.deactivated:
        raise PolicyDataError(where, f"CARC {entry.carc} was deactivated", "use the code that replaced it")
    if entry.carc in combinations.remark_required and not set(entry.rarcs) - combinations.alert_remarks:
        raise PolicyDataError(where, f"CARC {entry.carc} needs a remark that is not an alert", "add the RARC")
    allowed = combinations.only_group.get(entry.carc)
    if allowed is not None and entry.group not in allowed:
        raise PolicyDataError(
            where, f"CARC {entry.carc} stands only with {', '.join(sorted(allowed))}", "add that group"
        )


def _refuse_windowless(label: str, path: AppealPath) -> None:
    first = path.levels[0]
    for standing in path.standing:
        if first.window(standing.appellant) is None:
            raise PolicyDataError(
                place(label, key=f"levels[0] {first.name}"),
                f"has no window for a {standing.appellant}",
                "add one, or a window without appellants, for all of them",
            )


def _refuse_no_effect(where: str, level: AppealLevel) -> None:
    decides = {decision.subject for decision in level.decisions} or {Subject.PAYMENT}
    missing = sorted(decides - {effect.subject for effect in level.effectuation if effect.urgency is Urgency.STANDARD})
    if missing:
        raise PolicyDataError(
            f"{where}.effectuation", f"does not say when a reversed {missing[0]} is carried out", "add the time"
        )


def _followers(level: AppealLevel) -> tuple[str, ...]:
    forward = () if level.forward is None else (level.forward.to,)
    review = () if level.dismissal is None else (level.dismissal.review_by,)
    return (*level.next, *forward, *review)


def _overlap(one: DateRange, other: DateRange) -> bool:
    return (one.ends is None or other.starts < one.ends) and (other.ends is None or one.starts < other.ends)
