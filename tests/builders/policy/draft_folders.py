"""A small policies folder whose policy is released, a draft of its next version, and charts on both sides of what they differ in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

from contracts.claim_intake.registration import Submission
from rulebook.authoring.releasing import release
from rulebook.medical.rule_register import ApprovalEntry
from tests.builders.ledger.recorded import submitted
from tests.builders.policy.policy_folders import CHAPTER, small_folder, sound_facts, spoil

APPROVAL = ApprovalEntry(
    author="SYN-OWNER", approver="SYN-DIRECTOR", reasons="The first.", approved_on=date(2025, 9, 1)
)
STRICTER = (("at_least: 7, unit: points", "at_least: 9, unit: points"), ("at_least_days: 42", "at_least_days: 70"))
"""The other version: nine points of pain, and ten weeks of treatment, of which the charts show eight."""


def released_folder(parent: Path, *changes: tuple[str, str]) -> Path:
    """Write a folder in which brain-mrs 1.0, with these changes of its chapter, is released; a folder below `parent`."""
    parent.mkdir()
    root = small_folder(parent)
    spoil(root, CHAPTER, "at_least: 65}, id: T-01.old", "at_least: 60}, id: T-01.old")  # the synthetic member is 64
    spoil(root, "payers/hudson/rates.yaml", '"72148": "412.50"', '"72148": "412.50"\n          "76390": "700.00"')
    for old, new in changes:
        spoil(root, CHAPTER, old, new)
    release(root, "brain-mrs", "1.0", APPROVAL)
    return root


def add_draft(root: Path, *changes: tuple[str, str]) -> None:
    """Put a draft 2.0 of brain-mrs next to 1.0, with these changes of its text."""
    folder = root / "medical" / "brain-mrs"
    (folder / "2.0").mkdir(exist_ok=True)
    for name in ("version.yaml", "general.yaml"):
        text = (folder / "1.0" / name).read_text().replace('version: "1.0"', 'version: "2.0"\nsupersedes: "1.0"')
        for old, new in (("2024-12-01", "2025-12-01"), *changes):
            text = text.replace(old, new)
        (folder / "2.0" / name).write_text(text)


def boundary_charts() -> Iterable[Submission]:
    """Charts on both sides of every boundary that the versions differ in, and charts that neither can decide."""
    answers = product((9, 8, 6, None), (False, True, None), (True, None))
    for number, (score, new_deficit, limited) in enumerate(answers):
        facts = {"pain_score": None if score is None else Decimal(score), "deficit_new": new_deficit}
        recent = {"imaging_date": date(2025, 8, 1), "imaging_limited": limited}
        yield submitted(f"C{number}", *sound_facts(**recent, **facts), member=f"SYN-{100 + number:06}")
    yield submitted("D1", *sound_facts(), code="72148", member="SYN-000200")
    yield submitted("D2", member="SYN-000201")
