"""Whoever bills one study, in whatever order: no part of it passes the edits twice."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from adjudication.model.claim import Claim
from adjudication.model.components import Component, billed_component
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.vocabulary import ClaimForm, Verdict
from rulebook.library import default_policies_dir, load_reference
from tests.builders.claims import CENTER, RADIOLOGIST, VENDOR, a_claim, a_line, as_history
from tests.builders.edits import edit

SHIPPED = load_reference(default_policies_dir())


@st.composite
def bills(draw: st.DrawFn) -> Claim:
    """One claim for the study: by a center, a hospital or a radiologist, for the whole or one part."""
    form = draw(st.sampled_from(ClaimForm))
    modifiers = draw(st.sampled_from(((), ("26",), ("TC",), ("26", "KX"))))
    charge = draw(st.sampled_from(("500.00", "640.00")))
    biller = draw(st.sampled_from((CENTER, RADIOLOGIST, VENDOR)))
    control = f"C{draw(st.integers(1, 1_000_000))}"
    return a_claim(a_line("72148", *modifiers, charge=charge), control=control, billing=biller, form=form)


@given(st.lists(bills(), min_size=2, max_size=5, unique_by=lambda claim: claim.claim_id))
def test_no_part_of_a_study_passes_twice(claims: list[Claim]) -> None:
    history: list[HistoryLine] = []
    passed: list[Component] = []
    for sequence, claim in enumerate(claims, start=1):
        result = edit(claim, SHIPPED, *history, sequence=sequence)
        adverse = any(finding.verdict in (Verdict.DENIES, Verdict.PENDS) for finding in result.findings)
        history += as_history(claim, sequence, LineState.PENDED if adverse else LineState.APPROVED)
        part = billed_component(claim.lines[0].modifiers, claim.form, "1")
        if not adverse and part is not None:
            passed.append(part)
    assert all(Component.GLOBAL not in pair and pair[0] is not pair[1] for pair in combinations(passed, 2))
