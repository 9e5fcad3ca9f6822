"""Runs the cases of one policy version, for `policy test`, `policy coverage` and `policy release`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adjudication.policy.tree import PolicyVersion
from rulebook.authoring.places import place_of_node
from rulebook.medical.case_coverage import Coverage, coverage
from rulebook.medical.cases import Case, CaseResult, read_cases, run_cases
from rulebook.medical.names import Vocabulary


@dataclass(frozen=True, slots=True)
class Proof:
    """One version with its cases and the result of each."""

    root: Path
    version: PolicyVersion
    cases: tuple[Case, ...]
    results: tuple[CaseResult, ...]

    @property
    def name(self) -> str:
        """Policy and version."""
        return f"{self.version.policy} {self.version.version}"

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases that had another result than stated."""
        return tuple(result for result in self.results if not result.passed)

    def coverage(self) -> Coverage:
        """Try every test and change of structure on the cases; takes seconds for a large policy."""
        return coverage(self.version, self.cases)

    def place(self, node_id: str) -> str:
        """Name file and line of a node."""
        return str(place_of_node(self.root, self.version, node_id))


def prove(root: Path, version: PolicyVersion, vocabulary: Vocabulary) -> Proof:
    """Read and run the cases of a version; raises PolicyDataError for a case that cannot be read."""
    cases = read_cases(root, version, vocabulary)
    return Proof(root, version, cases, run_cases(version, cases))
