"""Every file and folder that a document names exists, so that a reader who follows a document never ends nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "policies/README.md"]
    if path.name != "plain-language.md"  # it shows old names as examples of what not to write
)
FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
NAMED = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./*<>-]*)`")
TESTS = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINKED = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    missing = [name for name in NAMED.findall(text) if not _exists(name, (ROOT / document).parent)]
    missing += [link for link in LINKED.findall(text) if not ((ROOT / document).parent / link).exists()]
    assert missing == []


def test_every_test_that_a_document_names_exists() -> None:
    named = sorted({each for document in DOCUMENTS for each in TESTS.findall((ROOT / document).read_text())})
    assert len(named) > 20
    assert [f"{file}::{test}" for file, test in named if not _has_test(file, test)] == []


def _has_test(file: str, test: str) -> bool:
    path = ROOT / file
    return path.exists() and re.search(rf"^(async )?def {test}\(", path.read_text(), re.MULTILINE) is not None


def _exists(name: str, near: Path = ROOT) -> bool:
    """Look a path up from the top, from its document, and from storage/ (docs/tables.md); `<payer>` is any name."""
    pattern = re.sub(r"<[^>]+>", "*", name.rstrip("/"))
    return any(any(base.glob(pattern)) for base in (ROOT, near, ROOT / "storage"))


def test_the_check_sees_paths_and_links() -> None:
    assert len(DOCUMENTS) > 25
    assert NAMED.findall("see `policies/payers/<payer>/plans.yaml`") == ["policies/payers/<payer>/plans.yaml"]
    assert TESTS.findall("in `tests/docs/test_paths.py::test_x`") == [("tests/docs/test_paths.py", "test_x")]
    assert _has_test("tests/docs/test_paths.py", "test_the_check_sees_paths_and_links")
    assert not _has_test("tests/docs/test_paths.py", "test_the_check")
    assert LINKED.findall("[a](decisions/0001.md#part)") == ["decisions/0001.md"]
    assert _exists("policies/payers/<payer>/plans.yaml")
    assert not _exists("policies/plans")
