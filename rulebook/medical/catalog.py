"""Loads every medical policy, its vocabulary and its precedence into a catalog for adjudication.

A version whose content differs from its released hash is refused: released text never changes, a correction is a new
version. A version that was never released is a draft: only the authoring tools read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import digits

from adjudication.model.reference import DiagnosisGroup
from adjudication.model.vocabulary import DateRange
from adjudication.policy.catalog import Authority, Leg, PolicyCatalog, Precedence
from adjudication.policy.tree import Policy, PolicyVersion, UnloadedPeriod
from rulebook.checks import Citations, date_range
from rulebook.errors import PolicyDataError, place
from rulebook.medical.build import build_version
from rulebook.medical.fact_dictionary import read_vocabulary
from rulebook.medical.names import Names, PolicyText, SharedEntry, Vocabulary
from rulebook.medical.precedence import AuthorityEntry, LegEntry, PrecedenceEntry, PrecedenceFile
from rulebook.medical.presumptions import by_plan
from rulebook.medical.rule_register import ConflictEntry, ConflictsFile, ReleasedFile, StatementEntry
from rulebook.medical.schema import ChapterFile, PolicyFile, VersionFile
from rulebook.medical.shared_entries import SharedEntries, entry_hashes, latest, refuse_unreleased, with_screens
from rulebook.source_places import readable
from rulebook.yaml_files import payer_files, read_yaml

MEDICAL = "medical"
CASES = "cases"
VERSION = "version.yaml"
TABLES = frozenset(
    {"facts.yaml", "parameters.yaml", "codes/code_sets.yaml", "conflicts.yaml", "rules.yaml", "released.yaml"}
)


@dataclass(frozen=True, slots=True)
class MedicalLibrary:
    """The catalog, and texts for screens and tools. `drafts`: versions not released yet."""

    catalog: PolicyCatalog
    vocabulary: Vocabulary
    conflicts: Mapping[str, ConflictEntry]
    titles: Mapping[str, str]
    drafts: tuple[tuple[str, str], ...]
    entries: SharedEntries


def load_medical(
    root: Path,
    citations: Citations,
    groups: Mapping[str, tuple[DiagnosisGroup, ...]],
    codes: Iterable[str],
    *,
    with_drafts: bool = False,
) -> MedicalLibrary:
    """Load everything under medical/ and every payer's precedence.yaml; raises PolicyDataError for the first error."""
    conflicts = read_yaml(root / "conflicts.yaml", "conflicts.yaml", ConflictsFile).conflicts
    vocabulary = read_vocabulary(root, citations, groups, codes, conflicts)
    file = read_yaml(root / "released.yaml", "released.yaml", ReleasedFile)
    loader = _Loader(root, vocabulary, file.released, with_drafts=with_drafts)
    policies = {policy.policy: policy for policy in map(loader.policy, _folders(root / MEDICAL))}
    entries = SharedEntries(loader.reads, entry_hashes(vocabulary, loader.files, loader.reads.values()))
    if not with_drafts:
        refuse_unreleased(entries, file)
    precedences = _precedences(root, vocabulary, policies)
    _refuse_circles(policies)
    presumed = by_plan(vocabulary.plan_presumptions)
    catalog = PolicyCatalog(policies, precedences, vocabulary.screens, latest(file), presumed)
    readable_conflicts = _readable(conflicts, citations)
    return MedicalLibrary(catalog, vocabulary, readable_conflicts, loader.titles, tuple(loader.drafts), entries)


def _readable(conflicts: Mapping[str, ConflictEntry], citations: Citations) -> dict[str, ConflictEntry]:
    """Return the register of conflicts with places in the sources as a reader can find them."""

    def shown(name: str, said: StatementEntry) -> StatementEntry:
        where = place("conflicts.yaml", key=f"conflicts.{name}")
        return said.model_copy(update={"at": readable(citations.places, where, said.source, said.at)})

    return {
        name: entry.model_copy(update={"says": tuple(shown(name, said) for said in entry.says)})
        for name, entry in conflicts.items()
    }


def version_hash(folder: Path) -> str:
    """Hash the chapters and the header of one version (names, lengths, bytes); its cases are not part of it."""
    digest = hashlib.sha256()
    for path in _files(folder):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


class _Loader:
    def __init__(
        self, root: Path, vocabulary: Vocabulary, released: Mapping[str, Mapping[str, str]], *, with_drafts: bool
    ) -> None:
        self._root, self._vocabulary, self._released = root, vocabulary, released
        self._with_drafts = with_drafts
        self.titles: dict[str, str] = {}
        self.files: dict[str, PolicyFile] = {}
        self.reads: dict[tuple[str, str], frozenset[SharedEntry]] = {}
        self.drafts: list[tuple[str, str]] = []

    def policy(self, folder: Path) -> Policy:
        label = self._label(folder / "policy.yaml")
        file = read_yaml(folder / "policy.yaml", label, PolicyFile)
        if file.policy != folder.name:
            raise PolicyDataError(
                place(label), f"the policy is called {file.policy} in a folder called {folder.name}", "rename one"
            )
        self.titles[file.policy] = file.title
        self.files[file.policy] = file
        built = [self._version(path, file.policy) for path in _folders(folder)]
        versions = tuple(version for version in built if version is not None)
        _refuse_overlaps(label, versions)
        return Policy(file.policy, versions, self._unloaded(label, file), file.retired_on)

    def _unloaded(self, label: str, file: PolicyFile) -> tuple[UnloadedPeriod, ...]:
        periods = []
        for index, entry in enumerate(file.unloaded):
            where = place(label, key=f"unloaded[{index}]")
            self._vocabulary.citations.resolve(where, entry.citation, entry.confidence)
            codes = _codes(entry.governs, self._vocabulary)
            dates = date_range(where, entry.dates)
            periods.append(UnloadedPeriod(DateRange(dates.starts, dates.ends), codes, entry.why))
        return tuple(periods)

    def _version(self, folder: Path, policy: str) -> PolicyVersion | None:
        label = self._label(folder / VERSION)
        header = read_yaml(folder / VERSION, label, VersionFile)
        if (header.policy, header.version) != (policy, folder.name):
            named = f"{header.policy} {header.version}"
            raise PolicyDataError(
                place(label), f"calls itself {named} in the folder {policy}/{folder.name}", "make them agree"
            )
        found = version_hash(folder)
        released = self._released.get(policy, {}).get(header.version)
        if released is None:
            self.drafts.append((policy, header.version))
            if not self._with_drafts:
                return None
        elif released != found:
            what = f"the released version {policy} {header.version} was changed"
            remedy = f"undo the change, and write it as a new version: claimwright policy new {policy} VERSION"
            raise PolicyDataError(place(label), what, remedy)
        return self._built(folder, header, found)

    def _built(self, folder: Path, header: VersionFile, found: str) -> PolicyVersion:
        paths = [path for path in _files(folder) if path.name != VERSION]
        chapters = {self._label(path): read_yaml(path, self._label(path), ChapterFile) for path in paths}
        if not any(chapter.rules for chapter in chapters.values()):
            raise PolicyDataError(
                place(self._label(folder)), "has no rules", "add a chapter file with rules to the folder"
            )
        where = place(self._label(folder / VERSION), key="in_force")
        texts = {self._label(path): path.read_text(encoding="utf-8") for path in paths}
        names = Names(PolicyText(texts), self._vocabulary, date_range(where, header.in_force), header.source)
        built = build_version(header, chapters, names, found)
        unloaded = {name for period in self.files[header.policy].unloaded for name in period.governs}
        listed = {("code-set", name) for name in unloaded & self._vocabulary.code_sets.keys()}
        read = {*names.reads, *listed, ("policy", header.policy)}
        self.reads[header.policy, header.version] = with_screens(read, self._vocabulary)
        return built

    def _label(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def _refuse_overlaps(label: str, versions: tuple[PolicyVersion, ...]) -> None:
    """Refuse two versions for one day, unless the later published names the other as superseded."""
    for one in versions:
        for other in versions:
            if one is other or one.published_on < other.published_on or other.version in _superseded(one, versions):
                continue
            if one.published_on == other.published_on and one.version in _superseded(other, versions):
                continue
            if _share_a_day(one.in_force, other.in_force):
                raise PolicyDataError(
                    place(label),
                    f"the versions {other.version} and {one.version} are both in force on a day",
                    f"end the earlier one before, or write supersedes: '{other.version}' in the correction",
                )


def _superseded(version: PolicyVersion, versions: tuple[PolicyVersion, ...]) -> list[str]:
    """Return the versions that a version supersedes, directly and through others."""
    found: list[str] = []
    by_name = {each.version: each.supersedes for each in versions}
    name = version.supersedes
    while name is not None and name not in found:
        found.append(name)
        name = by_name.get(name)
    return found


def _share_a_day(one: DateRange, other: DateRange) -> bool:
    return (one.ends is None or other.starts < one.ends) and (other.ends is None or one.starts < other.ends)


def _codes(names: Iterable[str], vocabulary: Vocabulary) -> frozenset[str]:
    """Return procedure codes that are named one by one or by the lists that hold them."""
    sets = vocabulary.code_sets
    return frozenset(code for name in names for code in (sets[name].codes if name in sets else (name,)))


def _precedences(root: Path, vocabulary: Vocabulary, policies: Mapping[str, Policy]) -> dict[str, Precedence]:
    """Build every payer's orders of authorities; an order may name only policies that are loaded."""
    found: dict[str, Precedence] = {}
    for label in payer_files(root, "precedence"):
        for index, entry in enumerate(read_yaml(root / label, label, PrecedenceFile).orders):
            where = place(label, key=f"orders[{index}] {entry.precedence}")
            if entry.precedence in found:
                raise PolicyDataError(where, "another order has this name", "rename one of the two")
            order = _precedence(where, entry, vocabulary)
            for name in (name for leg in order.legs for authority in leg.authorities for name in authority.policies):
                if name not in policies:
                    what = f"names the policy {name}, which is not loaded"
                    raise PolicyDataError(where, what, f"add {MEDICAL}/{name}/policy.yaml or correct the name")
            found[entry.precedence] = order
    return found


def _precedence(where: str, entry: PrecedenceEntry, vocabulary: Vocabulary) -> Precedence:
    def leg(index: int, row: LegEntry) -> Leg:
        authorities = tuple(
            _authority(f"{where}.legs[{index}].order[{n}]", each, entry, vocabulary) for n, each in enumerate(row.order)
        )
        return Leg(row.leg, authorities, frozenset(row.after), frozenset(row.excludes))

    if any(bool(row.after) == (index == 0) for index, row in enumerate(entry.legs)):
        what = "the first leg must not have `after`; every other leg needs it"
        raise PolicyDataError(f"{where}.legs", what, "say when a leg is asked")
    legs = tuple(leg(index, row) for index, row in enumerate(entry.legs))
    return Precedence(entry.precedence, legs, vocabulary.citations.of(where, entry))


def _authority(where: str, row: AuthorityEntry, entry: PrecedenceEntry, vocabulary: Vocabulary) -> Authority:
    searched: set[str] = set()
    for index, search in enumerate(row.searched):
        at = f"{where}.searched[{index}]"
        vocabulary.citations.of(at, search, row, entry)
        unknown = sorted(name for name in search.codes if name[0] not in digits and name not in vocabulary.code_sets)
        if unknown:
            raise PolicyDataError(
                at, f"names the list {unknown[0]}, which is not known", "add it to codes/code_sets.yaml"
            )
        searched |= _codes(search.codes, vocabulary)
    citation = vocabulary.citations.of(where, row, entry)
    return Authority(row.authority, row.policies, citation, frozenset(searched))


def _refuse_circles(policies: Mapping[str, Policy]) -> None:
    """Refuse policies that refer to each other in a circle, because none of them could decide."""
    refers = {
        name: {rule.refers_to for version in policy.versions for rule in version.rules if rule.refers_to}
        for name, policy in policies.items()
    }
    for start, first in refers.items():
        seen, waiting = set[str](), list(first)
        while waiting:
            name = waiting.pop()
            if name == start:
                where = f"{MEDICAL}/{start}"
                raise PolicyDataError(where, "refers to itself, through the policies it refers to", "break the circle")
            if name not in seen:
                seen.add(name)
                waiting += refers.get(name, set())


def _folders(parent: Path) -> list[Path]:
    return sorted(path for path in parent.iterdir() if path.is_dir() and path.name != CASES)


def _files(parent: Path) -> list[Path]:
    return sorted(parent.glob("*.yaml"))
