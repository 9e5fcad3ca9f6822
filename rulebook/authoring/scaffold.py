"""Starts a policy, or a new version of one: files that load, lint and pass their own cases right away.

It changes no existing file, because a released version may not change, not even its end. New files that do not load are
removed again.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml

from adjudication.policy.tree import Policy, PolicyVersion
from contracts.scalars import read_day
from rulebook.authoring.scaffold_text import Header, cases_text, chapter_text, header_text, policy_text, precedence_text
from rulebook.errors import PolicyDataError
from rulebook.library import load_library
from rulebook.medical.catalog import CASES, MEDICAL, VERSION, MedicalLibrary
from rulebook.medical.schema import VersionFile
from rulebook.yaml_files import PAYERS, read_yaml

_DAY = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b")
_SLUG = re.compile(r"[a-z0-9][a-z0-9.-]*")
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*")


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates that only the author knows: when a version governs and when it was published.

    `corrects`: the version replaces the one it is copied from, from its first day on.
    """

    starts: date
    published_on: date
    ends: date | None = None
    corrects: bool = False


def new_policy(root: Path, library: MedicalLibrary, header: Header, dates: Dates, payer: str | None) -> list[Path]:
    """Write a policy with its first version, and the order of precedence of a new payer; returns the files."""
    _require(header.policy, _SLUG, "a policy name", "write small letters, digits, dots and hyphens")
    _require(header.version, _NUMBER, "a version", "write for example 1.0.2026")
    if header.policy in library.catalog.policies:
        raise PolicyDataError(f"{MEDICAL}/{header.policy}", "exists", "give another name, or name a new VERSION of it")
    _require_dates(dates)
    folder = root / MEDICAL / header.policy
    texts = {
        folder / "policy.yaml": policy_text(header),
        folder / header.version / VERSION: header_text(header, dates.starts, dates.ends, dates.published_on, None),
        folder / header.version / "rules.yaml": chapter_text(header, library.vocabulary),
        folder / header.version / CASES / "first.yaml": cases_text(header, library.vocabulary, dates.starts),
    }
    if payer is not None:
        texts[_precedence(root, library, payer)] = precedence_text(header, payer)
    return _written(root, texts)


def new_version(root: Path, policy: Policy, version: str, base: PolicyVersion, dates: Dates) -> list[Path]:
    """Write a new version with the chapters and cases of an older one; the cases move with its first day."""
    _require(version, _NUMBER, "a version", "write for example 1.0.2026")
    folder = root / MEDICAL / policy.policy
    if (folder / version).exists():
        raise PolicyDataError(f"{MEDICAL}/{policy.policy}/{version}", "exists", "give the new version another number")
    _require_dates(dates)
    supersedes = _corrected(policy, base, dates) if dates.corrects else superseded(policy, dates)
    held = read_yaml(
        folder / base.version / VERSION, f"{MEDICAL}/{policy.policy}/{base.version}/{VERSION}", VersionFile
    )
    header = Header(
        policy=held.policy,
        version=version,
        title=held.title,
        source=held.source,
        owner=held.owner,
        confidence=held.confidence.value,
    )
    shift = dates.starts - base.in_force.starts
    text = header_text(header, dates.starts, dates.ends, dates.published_on, supersedes)
    if held.precedence:
        tiers = {
            "precedence": {
                name: tier.model_dump(mode="json", exclude_defaults=True) for name, tier in held.precedence.items()
            }
        }
        text += yaml.safe_dump(tiers, sort_keys=False)
    texts = {folder / version / VERSION: text}
    for path in sorted((folder / base.version).glob("*.yaml")):
        if path.name != VERSION:
            texts[folder / version / path.name] = path.read_text("utf-8")
    for path in sorted((folder / base.version / CASES).glob("*.yaml")):
        texts[folder / version / CASES / path.name] = _moved(path.read_text("utf-8"), shift)
    return _written(root, texts)


def superseded(policy: Policy, dates: Dates) -> str | None:
    """Name the version the new one takes over from: the latest of those that share a day with it.

    Refuses dates that would change the past: a version starting no later than one it overlaps is a correction, whose
    `supersedes` its author writes on purpose.
    """
    shared = [v for v in policy.versions if _share(v, dates)]
    for version in shared:
        where = f"{policy.policy} {version.version}"
        if dates.starts <= version.in_force.starts:
            what = f"is in force from {version.in_force.starts}, so the new version would replace it from its first day"
            raise PolicyDataError(where, what, "start later; or add --correction, if it corrects that version")
        if dates.published_on <= version.published_on:
            what = f"was published on {version.published_on}, not before the new version"
            raise PolicyDataError(where, what, "give the day on which the new version was published")
    newest = max(shared, key=lambda v: (v.in_force.starts, v.published_on), default=None)
    return None if newest is None else newest.version


def _corrected(policy: Policy, base: PolicyVersion, dates: Dates) -> str:
    """Name the version that a correction supersedes: the one it is copied from, from the same day on."""
    where = f"{policy.policy} {base.version}"
    by = next((each.version for each in policy.versions if each.supersedes == base.version), None)
    if by is not None:
        raise PolicyDataError(where, f"was corrected by {by} already", f"correct that one: --from {by}")
    if dates.starts != base.in_force.starts:
        what = f"is in force from {base.in_force.starts}, and its correction would start on {dates.starts}"
        raise PolicyDataError(where, what, f"write --starts {base.in_force.starts}, or leave --correction out")
    if dates.published_on < base.published_on:
        what = f"was published on {base.published_on}, after its correction"
        raise PolicyDataError(where, what, "give the day on which the correction was published")
    return base.version


def _share(version: PolicyVersion, dates: Dates) -> bool:
    ends = version.in_force.ends
    return (dates.ends is None or version.in_force.starts < dates.ends) and (ends is None or dates.starts < ends)


def _require_dates(dates: Dates) -> None:
    if dates.ends is not None and dates.ends <= dates.starts:
        what = f"ends {dates.ends} is not after starts {dates.starts}"
        raise PolicyDataError("--ends", what, "ranges are half-open: give the first day no longer inside")


def _require(given: str, pattern: re.Pattern[str], what: str, remedy: str) -> None:
    if pattern.fullmatch(given) is None:
        raise PolicyDataError(given, f"is not {what}", remedy)


def _precedence(root: Path, library: MedicalLibrary, payer: str) -> Path:
    _require(payer, _SLUG, "the name of an order of precedence", "write small letters, digits, dots and hyphens")
    if payer in library.catalog.precedences:
        remedy = "leave --payer out, and add the policy to that order of precedence by hand"
        raise PolicyDataError("precedence.yaml", f"an order called {payer} exists", remedy)
    path = root / PAYERS / payer / "precedence.yaml"
    if path.exists():
        remedy = "leave --payer out, and add the policy to an order of precedence in that file by hand"
        raise PolicyDataError(f"{PAYERS}/{payer}/precedence.yaml", "exists", remedy)
    return path


def _moved(text: str, shift: timedelta) -> str:
    return _DAY.sub(lambda found: str(read_day(found[0]) + shift), text)


def _written(root: Path, texts: Mapping[Path, str]) -> list[Path]:
    new_folders = [
        parent for path in texts for parent in path.parents if parent.is_relative_to(root) and not parent.exists()
    ]
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    try:
        load_library(root, with_drafts=True)
    except PolicyDataError:
        for path in texts:
            path.unlink()
        for folder in new_folders:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return list(texts)
