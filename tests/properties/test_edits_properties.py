"""What holds of the component edits whatever is billed, by whom, in whatever order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from adjudication.edits.component_edits import EditResult
from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, OutcomeCode, Verdict
from tests.builders.activities.claims import RECEIVED, SERVICE_DATE
from tests.builders.claims import (
    CENTER,
    FAMILY,
    RADIOLOGIST,
    RECORDS,
    SPINE_MRI,
    VENDOR,
    a_claim,
    a_line,
    a_past_line,
    as_history,
)
from tests.builders.edits import edit

CODES = (*FAMILY, "72148", "72149", "72158", "76390", "0648T", "76498", "C8931")
MODIFIERS = ("26", "TC", "52", "53", "59", "76", "62", "XS", "ZZ")
DIAGNOSES = ("M51.360", "M51.36", "M54.16", "C72.0", "C71.9", "Z99.89")
DAYS = (SERVICE_DATE, SERVICE_DATE + timedelta(days=1), SERVICE_DATE - timedelta(days=15), date(2026, 1, 1))
BY_ORDER = frozenset(
    {
        outcomes.UNITS_EXCEEDED,
        outcomes.UNITS_REVIEWABLE,
        outcomes.DUPLICATE,
        outcomes.SUSPECTED_DUPLICATE,
        outcomes.EDITS_CLEAN,
    }
)
"""Outcomes that depend on which of several lines stands first."""
BY_TIME = frozenset({outcomes.FAMILY_WAITING, outcomes.FAMILY_ORPHAN})

billers = st.sampled_from((CENTER, RADIOLOGIST, VENDOR))
openers = st.sampled_from((["59"], ["XS"], []))
modifiers = st.lists(st.sampled_from(MODIFIERS), max_size=2, unique=True)
days = st.sampled_from(DAYS) | st.just(SERVICE_DATE)
moments = st.integers(0, 40).map(lambda n: RECEIVED + timedelta(days=n))
# Whole units: with a limit of 1 no line fits in next to what an earlier claim took.
whole_units = st.sampled_from(("1", "1", "2"))


@st.composite
def lines(draw: st.DrawFn, codes: Sequence[str] = CODES) -> ClaimLine:
    return a_line(
        draw(st.sampled_from(codes)),
        *draw(modifiers),
        units=draw(whole_units),
        on=draw(days),
        description=draw(st.sampled_from((None, "OTHER STUDY"))),
    )


@st.composite
def claims(draw: st.DrawFn, codes: Sequence[str] = CODES) -> Claim:
    return a_claim(
        *draw(st.lists(lines(codes), min_size=1, max_size=5)),
        billing=draw(billers),
        form=draw(st.sampled_from(ClaimForm)),
        diagnoses=tuple(draw(st.lists(st.sampled_from(DIAGNOSES), min_size=1, max_size=3, unique=True))),
        attachments=draw(st.sampled_from(((), (RECORDS,)))),
        facts=draw(st.sampled_from(({}, {"technique": "mr-spectroscopy"}))),
    )


@st.composite
def past_lines(draw: st.DrawFn) -> HistoryLine:
    return a_past_line(
        draw(st.sampled_from(CODES)),
        *draw(modifiers),
        claim=draw(st.sampled_from(("p", "q", "r"))),
        sequence=draw(st.sampled_from((1, 3, 9))),
        state=draw(st.sampled_from(LineState)),
        billing=draw(billers),
        on=draw(days),
        units=draw(whole_units),
    )


histories = st.lists(past_lines(), max_size=4)


@st.composite
def repeats(draw: st.DrawFn) -> Claim:
    """A claim of one provider that bills few codes again and again, each time at another charge."""
    billed = st.builds(
        lambda code, units, charge: a_line(code, "76", units=units, charge=str(charge)),
        st.sampled_from(("72148", "72149", "76390")),
        whole_units,
        st.integers(1, 99),
    )
    return a_claim(*draw(st.lists(billed, min_size=1, max_size=2)))


@st.composite
def family_lines(draw: st.DrawFn) -> HistoryLine:
    """A component on one of several other claims."""
    code, name = draw(st.sampled_from(FAMILY)), draw(st.sampled_from("pqr"))
    return a_past_line(code, claim=name, state=draw(st.sampled_from(LineState)), billing=draw(billers), on=draw(days))


def multiset(result: EditResult, *, without: frozenset[OutcomeCode] = frozenset()) -> Counter[tuple[object, str]]:
    return Counter((f.line, f.outcome) for f in result.findings if f.outcome not in without)


def clean(claim: Claim, result: EditResult) -> list[ClaimLine]:
    passed = {finding.line for finding in result.findings if finding.outcome == outcomes.EDITS_CLEAN}
    return [line for line in claim.lines if line.number in passed]


def adjudicated_in_turn(arrived: Sequence[Claim], reference: ReferenceData) -> list[EditResult]:
    """Edit claims as they arrive: each sees the earlier ones, whose faulty lines are pended or denied."""
    history: list[HistoryLine] = []
    results = []
    for sequence, claim in enumerate(arrived, start=1):
        result = edit(claim, reference, *history, sequence=sequence)
        verdicts: dict[object, set[Verdict]] = defaultdict(set)
        for finding in result.findings:
            verdicts[finding.line].add(finding.verdict)
        history += [replace(past, state=_state(verdicts[past.number])) for past in as_history(claim, sequence)]
        results.append(result)
    return results


def _state(verdicts: set[Verdict]) -> LineState:
    if Verdict.DENIES in verdicts:
        return LineState.DENIED
    return LineState.PENDED if Verdict.PENDS in verdicts else LineState.APPROVED


@given(claim=claims() | claims(("72148", "0648T")), history=histories)
def test_a_line_is_clean_exactly_when_nothing_waits_or_is_denied(
    reference: ReferenceData, claim: Claim, history: list[HistoryLine]
) -> None:
    result = edit(claim, reference, *history)
    for line in claim.lines:
        shown = [finding for finding in result.findings if finding.line == line.number]
        faulty = any(finding.verdict in (Verdict.PENDS, Verdict.DENIES) for finding in shown)
        passes = [finding for finding in shown if finding.verdict is Verdict.PASSES]
        assert [finding.outcome for finding in passes] == ([] if faulty else [outcomes.EDITS_CLEAN])


@given(claim=claims(), history=histories, as_of=moments)
def test_every_finding_is_about_a_line_cited_and_shown_by_the_policy_data(
    reference: ReferenceData, claim: Claim, history: list[HistoryLine], as_of: datetime
) -> None:
    for finding in edit(claim, reference, *history, as_of=as_of).findings:
        rule = reference.outcomes[finding.outcome]
        assert finding.line in {line.number for line in claim.lines}
        assert finding.citation.source
        assert finding.citation.locator
        assert finding.pend is None or finding.pend in reference.pends
        if finding.verdict is Verdict.DENIES:
            assert rule.carc is not None
            assert not rule.clinical


@given(claim=claims(), history=histories)
def test_evidence_names_no_member(reference: ReferenceData, claim: Claim, history: list[HistoryLine]) -> None:
    member = claim.member
    secrets = (member.member_id, member.family_name, member.given_name, member.birth_date.isoformat())
    for finding in edit(claim, reference, *history).findings:
        shown = [finding.citation.locator, *(item.value for item in finding.evidence)]
        assert not any(secret in value for secret in secrets for value in shown)


@given(claim=claims(), history=histories, data=st.data())
def test_the_order_of_lines_changes_no_edit_that_looks_at_a_line_alone(
    reference: ReferenceData, claim: Claim, history: list[HistoryLine], data: st.DataObject
) -> None:
    shuffled = replace(claim, lines=tuple(data.draw(st.permutations(claim.lines))))
    one = multiset(edit(claim, reference, *history), without=BY_ORDER)
    assert multiset(edit(shuffled, reference, *history), without=BY_ORDER) == one


@given(claim=claims(), history=histories, data=st.data())
def test_the_order_of_history_changes_nothing(
    reference: ReferenceData, claim: Claim, history: list[HistoryLine], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(history))
    one, other = edit(claim, reference, *history), edit(claim, reference, *shuffled)
    assert multiset(one) == multiset(other)
    assert set(one.completes) == set(other.completes)


@given(claim=claims(FAMILY) | claims(), history=histories | st.lists(family_lines(), max_size=4))
def test_denied_lines_of_other_claims_have_no_effect(
    reference: ReferenceData, claim: Claim, history: list[HistoryLine]
) -> None:
    standing = [past for past in history if past.state is not LineState.DENIED]
    assert edit(claim, reference, *history) == edit(claim, reference, *standing)


@given(claim=claims(), history=histories, more=past_lines())
def test_more_history_never_takes_a_fault_away_but_an_orphan_may_find_its_study(
    reference: ReferenceData, claim: Claim, history: list[HistoryLine], more: HistoryLine
) -> None:
    forgiving = BY_TIME | {outcomes.EDITS_CLEAN}
    before = set(multiset(edit(claim, reference, *history), without=forgiving))
    after = set(multiset(edit(claim, reference, *history, more), without=forgiving))
    assert before <= after


@given(claim=claims(), history=histories, more=past_lines())
def test_only_an_acquisition_ends_the_wait_of_an_orphan(
    reference: ReferenceData, claim: Claim, history: list[HistoryLine], more: HistoryLine
) -> None:
    before = multiset(edit(claim, reference, *history))
    after = multiset(edit(claim, reference, *history, more))
    ended = [line for (line, outcome) in before - after if outcome in BY_TIME]
    assert not ended or more.code in reference.family.acquisition


@given(claim=claims(), history=histories)
def test_time_only_turns_waiting_into_orphaned(
    reference: ReferenceData, claim: Claim, history: list[HistoryLine]
) -> None:
    early, late = (
        edit(claim, reference, *history, as_of=RECEIVED),
        edit(claim, reference, *history, as_of=RECEIVED + timedelta(days=reference.family.wait_days)),
    )
    assert multiset(early, without=BY_TIME) == multiset(late, without=BY_TIME)
    waiting = {line for (line, outcome) in multiset(early) if outcome == outcomes.FAMILY_WAITING}
    orphaned = {line for (line, outcome) in multiset(late) if outcome == outcomes.FAMILY_ORPHAN}
    assert waiting == orphaned
    assert outcomes.FAMILY_ORPHAN not in {outcome for (_, outcome) in multiset(early)}


@given(
    mri=st.sampled_from(SPINE_MRI),
    component=st.sampled_from(FAMILY),
    marks=st.tuples(openers | modifiers, openers | modifiers),
    form=st.sampled_from(ClaimForm),
    first=st.booleans(),
)
def test_both_sides_of_an_indicator_0_pair_are_never_clean(
    reference: ReferenceData,
    mri: str,
    component: str,
    marks: tuple[list[str], list[str]],
    form: ClaimForm,
    *,
    first: bool,
) -> None:
    pair = [a_line(mri, *marks[0]), a_line(component, *marks[1])]
    claim = a_claim(*(pair if first else pair[::-1]), form=form)
    assert len(clean(claim, edit(claim, reference))) < 2


@given(
    mri=st.sampled_from(SPINE_MRI),
    component=st.sampled_from(FAMILY),
    marks=st.tuples(openers | modifiers, openers | modifiers),
    mri_first=st.booleans(),
)
def test_both_sides_of_an_indicator_0_pair_are_never_clean_across_claims(
    reference: ReferenceData, mri: str, component: str, marks: tuple[list[str], list[str]], *, mri_first: bool
) -> None:
    sides = [a_claim(a_line(mri, *marks[0]), control="M"), a_claim(a_line(component, *marks[1]), control="S")]
    arrived = sides if mri_first else sides[::-1]
    passed = [
        clean(claim, result) for claim, result in zip(arrived, adjudicated_in_turn(arrived, reference), strict=True)
    ]
    assert [] in passed


@given(component=st.sampled_from(FAMILY), who=st.tuples(billers, billers), charges=st.tuples(*[st.integers(1, 2)] * 2))
def test_of_two_claims_with_one_component_exactly_the_later_is_found_fault_with(
    reference: ReferenceData, component: str, who: tuple[str, str], charges: tuple[int, int]
) -> None:
    twice = frozenset({outcomes.COMPONENT_ELSEWHERE, outcomes.DUPLICATE})
    one, two = (
        a_claim(a_line(component, charge=str(charge)), control=name, billing=biller)
        for name, biller, charge in zip("AB", who, charges, strict=True)
    )
    earlier = edit(one, reference, *as_history(two, 2), sequence=1)
    later = edit(two, reference, *as_history(one, 1), sequence=2)
    assert not twice & {finding.outcome for finding in earlier.findings}
    assert len(twice & {finding.outcome for finding in later.findings}) == 1


@given(arrived=st.lists(claims() | repeats(), min_size=2, max_size=4))
def test_a_provider_never_gets_more_units_a_day_than_the_limit(reference: ReferenceData, arrived: list[Claim]) -> None:
    numbered = [replace(claim, claim_id=a_claim(control=f"N{n}").claim_id) for n, claim in enumerate(arrived)]
    paid: dict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    forms: dict[tuple[str, str, date], list[ClaimForm]] = defaultdict(list)
    for claim, result in zip(numbered, adjudicated_in_turn(numbered, reference), strict=True):
        for line in clean(claim, result):
            key = (claim.billing.npi, line.code, line.service_date)
            paid[key] += line.units
            forms[key].append(claim.form)
    for (npi, code, day), units in paid.items():
        releases = [reference.edit_release(form, day) for form in forms[npi, code, day]]
        limits = [r.units[code].units for r in releases if r is not None and code in r.units]
        assert all(units <= limit for limit in limits)


@given(arrived=st.lists(claims(FAMILY), min_size=2, max_size=4))
def test_each_component_of_a_day_is_clean_on_one_claim_at_most(reference: ReferenceData, arrived: list[Claim]) -> None:
    numbered = [replace(claim, claim_id=a_claim(control=f"N{n}").claim_id) for n, claim in enumerate(arrived)]
    billed: dict[tuple[str, date], set[str]] = defaultdict(set)
    for claim, result in zip(numbered, adjudicated_in_turn(numbered, reference), strict=True):
        for line in clean(claim, result):
            billed[line.code, line.service_date].add(claim.claim_id)
    assert all(len(holders) == 1 for holders in billed.values())


@given(claim=claims(FAMILY), history=histories | st.lists(family_lines(), max_size=4))
def test_completed_claims_are_others_that_wait_for_an_acquisition(
    reference: ReferenceData, claim: Claim, history: list[HistoryLine]
) -> None:
    completes = edit(claim, reference, *history).completes
    waiting = {past.claim_id for past in history if past.state is LineState.PENDED and past.code in FAMILY[1:]}
    assert set(completes) <= waiting
    assert len(completes) == len(set(completes))
    assert not completes or any(line.code == FAMILY[0] for line in claim.lines)


@settings(max_examples=40)
@given(order=st.permutations(FAMILY), who=st.lists(billers, min_size=4, max_size=4))
def test_a_study_split_over_four_claims_is_whole_in_the_end_in_any_order(
    reference: ReferenceData, order: list[str], who: list[str]
) -> None:
    """Each claim is clean, waits until the acquisition completes it, and is clean when run again."""
    arrived = [a_claim(code, control=code, billing=biller) for code, biller in zip(order, who, strict=True)]
    results = adjudicated_in_turn(arrived, reference)
    scanned = order.index(FAMILY[0])
    assert list(results[scanned].completes) == [claim.claim_id for claim in arrived[:scanned]]
    for position, claim in enumerate(arrived):
        others = [
            past
            for at, other in enumerate(arrived, start=1)
            if other is not claim
            for past in as_history(other, at, LineState.PENDED)
        ]
        again = edit(claim, reference, *others, sequence=position + 1)
        assert [finding.outcome for finding in again.findings] == [outcomes.EDITS_CLEAN]
        assert (outcomes.FAMILY_WAITING in {f.outcome for f in results[position].findings}) == (position < scanned)
