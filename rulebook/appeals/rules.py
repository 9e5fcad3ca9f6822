"""Loads policies/law/appeals/ and workflow/appeal_results.yaml into the appeal rules of the core.

It refuses data with which an appeal could not continue: a level that cannot be reached or decided, a forward to nowhere, two paths for one denial.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from adjudication.appeals import rules
from adjudication.appeals.rules import AppealLevel, AppealPath, AppealRules, Appellant, Matter
from adjudication.model.reference import CombinationRules, Plan
from adjudication.model.vocabulary import PlanId
from rulebook.appeals import checks
from rulebook.appeals.schema import (
    AppealCodeEntry,
    AppealCodesFile,
    DecisionEntry,
    EffectuationEntry,
    LevelEntry,
    PathFile,
    StandingEntry,
    WindowEntry,
)
from rulebook.bound_plans import PlanPlaces
from rulebook.checks import Citations, date_range
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cited
from rulebook.yaml_files import read_yaml

APPEALS = "law/appeals"
CODES = "workflow/appeal_results.yaml"


def load_appeals(
    root: Path, citations: Citations, plans: Mapping[PlanId, tuple[Plan, ...]], combinations: CombinationRules
) -> AppealRules:
    """Load every path and the codes; raises PolicyDataError for the first error."""
    paths: list[AppealPath] = []
    known, places = frozenset(plans), PlanPlaces.read(root, plans)
    labels = [f"{APPEALS}/{file.name}" for file in sorted((root / APPEALS).glob("*.yaml"))]
    files = {label: read_yaml(root / label, label, PathFile) for label in labels}
    for label, file in files.items():
        path = _path(label, _built(label, file, files.values()), citations)
        path = replace(path, plans=path.plans | places.bound(file.binds))
        checks.refuse_unknown_plans(label, path, known)
        places.refuse_left_out(place(label, key="plans"), path.plans)
        checks.refuse_same_ground(label, path, paths)
        paths.append(path)
    codes = read_yaml(root / CODES, CODES, AppealCodesFile)
    default = codes.default_plan
    if default is not None:
        where = place(CODES, key="default_plan")
        citations.of(where, default, codes)
        if default.plan not in known:
            raise PolicyDataError(where, f"names the plan {default.plan}, which is not loaded", "correct it")
    return AppealRules(
        paths=tuple(paths),
        maintained=_result_codes("maintained", codes.maintained, codes, citations, combinations),
        maintained_outside=_result_codes(
            "maintained_outside", codes.maintained_outside, codes, citations, combinations
        ),
        reversal_remarks=_remarks(codes, citations),
        default_plan=None if default is None else default.plan,
    )


def _built(label: str, file: PathFile, files: Iterable[PathFile]) -> PathFile:
    """Return a path with the parts it takes from the path it builds on."""
    changes = {"also_next": frozenset(file.also_next), "effectuation": frozenset(file.effectuation)}
    if file.builds_on is None:
        lacks = [f"{key} without builds_on" for key, levels in changes.items() if levels]
        lacks += [f"no {key}" for key, found in (("standing", file.standing), ("levels", file.levels)) if not found]
        if lacks:
            raise PolicyDataError(place(label), f"has {lacks[0]}", "add builds_on, or list standing and levels in full")
        return file
    base = next((other for other in files if other.path == file.builds_on and other.builds_on is None), None)
    if base is None:
        problem = f"builds on {file.builds_on}, which is not a path that is written in full"
        raise PolicyDataError(place(label, key="builds_on"), problem, "name a path of law/appeals that builds on none")
    for key, named in changes.items():
        unknown = sorted(named - {level.level for level in base.levels})
        if unknown:
            problem = f"names {unknown[0]}, which is not a level of {file.builds_on}"
            raise PolicyDataError(place(label, key=key), problem, "correct the name")
    unused = {level.level for level in base.levels if level.clinical_only and Matter.CLINICAL not in file.matters}
    levels = tuple(_changed(level, file, unused) for level in base.levels if level.level not in unused)
    return file.model_copy(update={"standing": file.standing or base.standing, "levels": (*levels, *file.levels)})


def _changed(level: LevelEntry, file: PathFile, unused: Collection[str]) -> LevelEntry:
    """Return a level of the other path with the levels that `file` adds after it, and with its times for a reversal.

    `unused`: levels for clinical denials only, which a path for other denials leaves out.
    """
    own = file.effectuation.get(level.level, ())
    replaced = {(each.subject, each.urgency) for each in own}
    kept = tuple(each for each in level.effectuation if (each.subject, each.urgency) not in replaced)
    following = tuple(n for n in (*level.next, *file.also_next.get(level.level, ())) if n not in unused)
    return level.model_copy(update={"next": following, "effectuation": (*own, *kept)})


def _path(label: str, file: PathFile, citations: Citations) -> AppealPath:
    checks.refuse_repeats(label, "the level", [level.level for level in file.levels])
    checks.refuse_repeats(label, "the appellant", [entry.appellant for entry in file.standing])
    if not (file.product_lines or file.plans or file.binds):
        raise PolicyDataError(
            place(label), "names neither product_lines, plans nor binds", "say whose denials it is for"
        )
    path = AppealPath(
        name=file.path,
        title=file.title,
        product_lines=frozenset(file.product_lines),
        plans=frozenset(file.plans),
        matters=frozenset(file.matters),
        standing=tuple(_standing(label, index, file, citations) for index in range(len(file.standing))),
        levels=tuple(_level(label, index, file, citations) for index in range(len(file.levels))),
        dates=date_range(place(label, key="valid"), file.valid),
        citation=citations.of(place(label), file),
        builds_on=file.builds_on,
    )
    checks.refuse_broken_levels(label, path)
    return path


def _standing(label: str, index: int, file: PathFile, citations: Citations) -> rules.Standing:
    entry: StandingEntry = file.standing[index]
    where = place(label, key=f"standing[{index}] {entry.appellant}")
    if bool(entry.proofs) != (entry.proof_within is not None):
        raise PolicyDataError(where, "proofs and proof_within go together", "say how long a missing proof is awaited")
    within = entry.proof_within
    citation = citations.of(where, entry, file)
    return rules.Standing(entry.appellant, frozenset(entry.proofs), entry.waits_for_proof, within, citation)


def _level(label: str, index: int, file: PathFile, citations: Citations) -> AppealLevel:
    entry = file.levels[index]
    where = place(label, key=f"levels[{index}] {entry.level}")
    checks.refuse_foreign_entries(where, entry)
    made = _Parts(where, entry, file, citations)
    return AppealLevel(
        name=entry.level,
        forum=entry.forum,
        windows=tuple(made.window(window) for window in entry.windows),
        decisions=tuple(made.decision(decision) for decision in entry.decisions),
        decider=made.decider(),
        acknowledge=made.acknowledgement(),
        late_decision=entry.missed,
        forward=made.forward(),
        next=entry.next,
        effectuation=tuple(made.effectuation(effect) for effect in entry.effectuation),
        continuation=made.continuation(),
        dismissal=made.dismissal(),
        citation=citations.of(where, entry, file),
        clinical_only=entry.clinical_only,
    )


class _Parts:
    """Builds the parts of one level, each cited by its own entry, else its level's, else its file's."""

    def __init__(self, where: str, entry: LevelEntry, file: PathFile, citations: Citations) -> None:
        self.where = where
        self.entry = entry
        self.levels: Sequence[Cited] = (entry, file)
        self.citations = citations

    def window(self, entry: WindowEntry) -> rules.FilingWindow:
        checks.refuse_unusable_window(self.where, entry)
        return rules.FilingWindow(
            period=entry.within,
            counted_from=entry.counted_from,
            filed_when=entry.filed_when,
            citation=self.citations.of(f"{self.where}.windows", entry, *self.levels),
            presumed_receipt_days=entry.presumed_receipt_days,
            good_cause=entry.good_cause,
            rolls=entry.rolls,
            appellants=frozenset(entry.appellants),
        )

    def decision(self, entry: DecisionEntry) -> rules.DecisionPeriod:
        checks.refuse_unusable_extension(self.where, entry)
        citation = self.citations.of(f"{self.where}.decisions", entry, *self.levels)
        longer = entry.extension, entry.extension_notice
        return rules.DecisionPeriod(entry.subject, entry.urgency, entry.within, citation, *longer)

    def effectuation(self, entry: EffectuationEntry) -> rules.Effectuation:
        citation = self.citations.of(f"{self.where}.effectuation", entry, *self.levels)
        return rules.Effectuation(entry.subject, entry.urgency, entry.within, entry.counted_from, citation)

    def acknowledgement(self) -> rules.Acknowledgement | None:
        entry = self.entry.acknowledge
        if entry is None:
            return None
        citation = self.citations.of(f"{self.where}.acknowledge", entry, *self.levels)
        return rules.Acknowledgement(entry.within, citation)

    def decider(self) -> rules.DeciderRule | None:
        entry = self.entry.decider
        if entry is None:
            return None
        citation = self.citations.of(f"{self.where}.decider", entry, *self.levels)
        return rules.DeciderRule(entry.not_involved, entry.not_subordinate, entry.judgement, citation)

    def forward(self) -> rules.ForwardRule | None:
        entry = self.entry.forward
        if entry is None:
            return None
        citation = self.citations.of(f"{self.where}.forward", entry, *self.levels)
        within = entry.expedited_within
        return rules.ForwardRule(entry.to, citation, within)

    def continuation(self) -> rules.Continuation | None:
        entry = self.entry.continuation
        if entry is None:
            return None
        citation = self.citations.of(f"{self.where}.continuation", entry, *self.levels)
        return rules.Continuation(entry.ask_within, citation)

    def dismissal(self) -> rules.DismissalRule | None:
        entry = self.entry.dismissal
        if entry is None:
            return None
        citation = self.citations.of(f"{self.where}.dismissal", entry, *self.levels)
        return rules.DismissalRule(entry.vacate_within, entry.review_within, entry.review_by, citation)


def _result_codes(
    key: str, entry: AppealCodeEntry, file: AppealCodesFile, citations: Citations, combinations: CombinationRules
) -> rules.ResultCodes:
    where = place(CODES, key=key)
    checks.refuse_unsendable(where, entry, combinations)
    return rules.ResultCodes(entry.carc, entry.rarcs, citations.of(where, entry, file), entry.group)


def _remarks(file: AppealCodesFile, citations: Citations) -> dict[Appellant, str]:
    where = place(CODES, key="reversal_remarks")
    citations.of(where, file)
    missing = sorted(set(Appellant) - file.reversal_remarks.keys())
    if missing:
        raise PolicyDataError(where, f"has no remark for {missing[0]}", "add the remark a reversal carries")
    return dict(file.reversal_remarks)
