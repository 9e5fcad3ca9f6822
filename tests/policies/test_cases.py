"""Every version of every medical policy, released or draft, passes its cases, and its cases prove all of it."""

from __future__ import annotations

import pytest

from adjudication.policy.tree import PolicyVersion
from rulebook.library import PolicyLibrary, default_policies_dir, load_library
from rulebook.medical.case_coverage import coverage, locate
from rulebook.medical.cases import Case, read_cases, run_cases
from rulebook.medical.schema import VersionFile
from rulebook.yaml_files import read_yaml

ROOT = default_policies_dir()
VERSIONS = sorted(path.parent for path in ROOT.glob("medical/*/*/version.yaml"))
every_version = pytest.mark.parametrize(("policy", "version"), [(path.parent.name, path.name) for path in VERSIONS])
SUPERSEDED = {
    (path.parent.name, read_yaml(path / "version.yaml", "version.yaml", VersionFile).supersedes) for path in VERSIONS
}
every_current_version = pytest.mark.parametrize(
    ("policy", "version"),
    [(path.parent.name, path.name) for path in VERSIONS if (path.parent.name, path.name) not in SUPERSEDED],
)


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return load_library(ROOT, with_drafts=True)


def opened(library: PolicyLibrary, policy: str, version: str) -> tuple[PolicyVersion, tuple[Case, ...]]:
    found = next(v for v in library.medical.catalog.policies[policy].versions if v.version == version)
    return found, read_cases(ROOT, found, library.medical.vocabulary)


@every_version
def test_a_policy_version_passes_its_cases(library: PolicyLibrary, policy: str, version: str) -> None:
    found, cases = opened(library, policy, version)
    assert cases, f"{policy} {version} has no cases: write some under medical/{policy}/{version}/cases/"
    failed = [result.text() for result in run_cases(found, cases) if not result.passed]
    assert not failed, "\n" + "\n".join(failed)


@every_current_version
def test_the_cases_of_a_policy_version_prove_all_of_it(library: PolicyLibrary, policy: str, version: str) -> None:
    """A superseded version was proven before its release; its text does not change."""
    found, cases = opened(library, policy, version)
    proof = coverage(found, cases)
    folder = ROOT / "medical" / policy / version
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in folder.glob("*.yaml")}
    assert not proof.survivors, "\n" + proof.text(lambda node_id: locate(texts, node_id))
