"""Two versions are compared by their rulings first; the result is that of building every finding of both and comparing those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import pytest

from adjudication.model.authorizations import AuthorizationResult
from adjudication.model.claim import Claim
from adjudication.model.findings import Finding
from adjudication.model.history import HistoryLine
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber
from adjudication.policy.tree import PolicyVersion, differing_codes
from adjudication.readjudication.impact import findings_that_differ, leads_to
from adjudication.steps import pipeline
from adjudication.steps.necessity import PolicyInputs, review_medical_necessity
from cli.demo.world import build_world
from cli.examples.table import check_table
from rulebook.library import PolicyLibrary, default_policies_dir, load_library
from tests.builders.demo_decisions import context_of, decided, demo_claims


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A claim as medical necessity reviewed it."""

    claim: Claim
    plans: Mapping[LineNumber, Plan]
    authorization: AuthorizationResult
    decided_on: date
    history: Sequence[HistoryLine]

    def by(self, reference: ReferenceData) -> tuple[Finding, ...]:
        return review_medical_necessity(
            self.claim, self.plans, self.authorization, self.decided_on, reference, self.history
        )


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return load_library(default_policies_dir(), with_drafts=True)


@pytest.fixture(scope="module")
def reviewed(library: PolicyLibrary) -> list[Reviewed]:
    """Every claim of examples/claims and one of each kind of the demonstration, recorded where the pipeline reviews it."""
    found: list[Reviewed] = []

    def recording(
        claim: Claim,
        plans: Mapping[LineNumber, Plan],
        authorization: AuthorizationResult,
        decided_on: date,
        reference: ReferenceData,
        history: Sequence[HistoryLine] = (),
    ) -> tuple[Finding, ...]:
        found.append(Reviewed(claim, plans, authorization, decided_on, history))
        return review_medical_necessity(claim, plans, authorization, decided_on, reference, history)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "review_medical_necessity", recording)
        check_table(library)
        for each in demo_claims(build_world("SYN-TEST")):
            decided(each.event, context_of(each.feeds), library.reference)
    return found


def _pairs(library: PolicyLibrary) -> list[tuple[PolicyVersion, PolicyVersion]]:
    policies = library.medical.catalog.policies.values()
    return [pair for policy in policies for pair in pairwise(policy.versions)]


def test_the_quick_comparison_finds_what_comparing_all_findings_finds(
    library: PolicyLibrary, reviewed: list[Reviewed]
) -> None:
    reference, compared, differing = library.reference, 0, 0
    assert len(reviewed) > 300
    for before, after in _pairs(library):
        versions = tuple(
            replace(reference, catalog=reference.catalog.with_only(each.policy, each)) for each in (before, after)
        )
        codes = differing_codes(before, after)
        for each in reviewed:
            one, other = (each.by(data) for data in versions)
            inputs = PolicyInputs(each.claim, reference, each.history)
            quick = findings_that_differ(
                inputs, each.plans, each.authorization, each.decided_on, (versions[0], versions[1])
            )
            same = list(map(leads_to, one)) == list(map(leads_to, other))
            assert quick == (None if same else (one, other))
            if codes.isdisjoint(line.code for line in each.claim.lines):
                assert same, "a code whose rules are the same in both comes out alike"
            compared, differing = compared + 1, differing + (not same)
    assert compared > differing > 40, "versions that never differ prove nothing"


def test_codes_whose_rules_are_the_same_in_both_versions_do_not_differ(library: PolicyLibrary) -> None:
    before, after = library.medical.catalog.policies["spine-imaging-guideline"].versions[:2]
    codes = differing_codes(before, after)
    assert codes
    assert before.codes | after.codes > codes
    assert differing_codes(before, before) == frozenset()
    assert differing_codes(before, replace(before, rules=())) == before.codes
    renamed = replace(before, rules=tuple(replace(rule, title="Other words", citations=()) for rule in before.rules))
    assert differing_codes(before, renamed) == frozenset()
