"""What releases a pend is data, and the loader refuses data that promises what no code does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rulebook.errors import PolicyDataError
from rulebook.library import default_policies_dir, load_reference

PENDS = Path("workflow") / "pends.yaml"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("releases_on: [retry, document-received]", "releases_on: [case-closed]", "releases_on"),
        ("releases_on: [retry, document-received]", "releases_on: []", "releases_on"),
        ("releases_on: [retry, document-received]", "releases_on: [reviewer-decision]", "reviewer-decision"),
    ],
    ids=["an event that no code acts on", "no event", "a decision that no role may take"],
)
def test_a_pend_that_its_events_cannot_release_is_refused(tmp_path: Path, before: str, after: str, words: str) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(default_policies_dir(), folder)
    text = (folder / PENDS).read_text()
    assert before in text
    (folder / PENDS).write_text(text.replace(before, after))
    with pytest.raises(PolicyDataError, match=words):
        load_reference(folder)
