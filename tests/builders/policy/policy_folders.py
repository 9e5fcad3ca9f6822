"""A whole policies/ folder a test may spoil: the shipped tables, and the small library in place of every medical policy."""

from __future__ import annotations

import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

from adjudication.model.claim import SupportingFact, Value
from rulebook.library import default_policies_dir
from tests.builders.policy.policies import LIBRARY

CHAPTER = "medical/brain-mrs/1.0/general.yaml"
HEADER = "medical/brain-mrs/1.0/version.yaml"
CASES = "medical/brain-mrs/1.0/cases/general.yaml"
_OF_OTHER_POLICIES = ("medical", "precedence.yaml", "parameters.yaml", "code_pages", "rules.yaml")
_CODE = re.compile(r'code: "([0-9A-Z]{5})"')
_PRECEDENCE = re.compile(r"precedence: \S+")

SOUND: dict[str, Value] = {
    "indication": "tumour",
    "imaging.limited": True,
    "imaging.date": date(2025, 5, 20),
    "tx.start": date(2025, 1, 1),
    "tx.end": date(2025, 3, 1),
    "tx.outcome": "failed",
    "pain.score": Decimal(8),
    "implant.unsafe": False,
}
"""Facts under which brain-mrs covers 76390 for a person of 65 or older on 2025-06-02."""


def sound_facts(**changes: Value | None) -> tuple[SupportingFact, ...]:
    """The sound facts as a claim states them; underscores in a name stand for dots, None leaves a fact out."""
    values = {**SOUND, **{name.replace("_", "."): value for name, value in changes.items()}}
    return tuple(
        SupportingFact(name, value, "claim", date(2025, 6, 3), author="SYN-CLERK")
        for name, value in values.items()
        if value is not None
    )


def small_folder(parent: Path) -> Path:
    """Copy the folder: one policy (brain-mrs 1.0, a draft), one order of precedence, which every plan follows."""
    shipped = default_policies_dir()
    root = Path(shutil.copytree(shipped, parent / "policies", ignore=shutil.ignore_patterns(*_OF_OTHER_POLICIES)))
    shutil.copytree(LIBRARY, root, dirs_exist_ok=True)
    for plan in sorted((root / "payers").glob("*/plans.yaml")):
        text, named = _PRECEDENCE.subn("precedence: small", plan.read_text(encoding="utf-8"))
        assert named, f"{plan} names no order of precedence"
        plan.write_text(text, encoding="utf-8")
    _search_public_authorities(root)
    return root


def _search_public_authorities(root: Path) -> None:
    """Government plans are among those that follow the small order: every public authority was searched for every code."""
    codes = sorted(set(_CODE.findall((root / "codes/procedures.yaml").read_text(encoding="utf-8"))))
    assert codes, "the shipped codes are listed under another key"
    found = f"{{codes: {codes}, found: none, searched_on: 2025-01-01}}".replace("'", '"')
    kinds = ("ncd", "lcd", "state-guideline")
    public = ", ".join(f"{{authority: {kind}, searched: [{found}]}}" for kind in kinds)
    spoil(root, "payers/small/precedence.yaml", "order: [", f"order: [{public}, ")


def spoil(root: Path, name: str, old: str, new: str) -> None:
    """Replace what stands in a file; a test that expects something else to stand there fails here."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the test expects {old!r} in {name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
