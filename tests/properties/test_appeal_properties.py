"""No sequence of actions lets a barred person decide an appeal, decides a level twice, or lets an appeal be lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adjudication.appeals import actions
from adjudication.appeals.actions import Action
from adjudication.appeals.apply import apply
from adjudication.appeals.deadlines import deadlines
from adjudication.appeals.deciding import next_levels
from adjudication.appeals.duty import Duty
from adjudication.appeals.events import Event
from adjudication.appeals.filing import DismissalGround, FilingOutcome
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import LineRuling, Ruling
from adjudication.appeals.rules import Appellant, LateDecisionEffect, Matter, Proof, Subject
from adjudication.appeals.state import AppealState, fold
from adjudication.model.vocabulary import LineNumber, ProductLine
from adjudication.people import Refusal, Role, StaffMember
from tests.builders.appeals import (
    APPEALS_MD,
    CLERK,
    DENIER,
    FILED,
    NURSE,
    PEER,
    PROVIDER,
    RATIONALE,
    REPORTS_TO,
    SECOND_MD,
    SPECIALIST,
    UNDER_DENIER,
    Appeal,
    an_appeal,
    answered,
    lines,
    person,
    received,
)

CONFLICTED = replace(person("conflicted", Role.APPEALS_PHYSICIAN), conflicts=frozenset({PROVIDER}), reports_to="chief")
STRANGER = person("stranger", Role.APPEALS_PHYSICIAN)
FAR_UNDER = person("far-under-denier", Role.APPEALS_PHYSICIAN, Role.CLINICAL_PEER)
PEOPLE = (APPEALS_MD, SECOND_MD, PEER, SPECIALIST, DENIER, NURSE, UNDER_DENIER, FAR_UNDER, CLERK, CONFLICTED, STRANGER)
ANY = (LineRuling(LineNumber(1), Ruling.UPHELD),)
"""Stands for a ruling on whatever is under appeal when the action is tried; see `fitted`."""

people = st.sampled_from(PEOPLE)
decisions = st.builds(actions.Decide, st.just(ANY), st.just(RATIONALE), st.none() | people)
onwards: st.SearchStrategy[Action] = st.one_of(
    st.builds(actions.RecordForward, st.just("IRE")),
    st.builds(actions.RecordOutsideRuling, st.just(ANY), st.just("DOC")),
    st.builds(actions.OpenLevel, st.just("next"), st.just(FilingDates(FILED)), st.just(FILED)),
    st.builds(actions.NoteDeadline, st.sampled_from(Duty)),
)
others: st.SearchStrategy[Action] = st.one_of(
    st.builds(actions.AssignDecider, people),
    st.builds(actions.ReceiveProof, st.sampled_from(Proof), st.just("DOC")),
    st.builds(actions.DecideGoodCause, st.booleans(), st.just("NOTE")),
    st.builds(actions.DecideUrgency, st.booleans()),
    st.builds(actions.Extend, st.just("NOTICE")),
    st.builds(actions.Withdraw, st.just("DOC")),
    st.builds(actions.Dismiss, st.sampled_from(DismissalGround)),
    st.builds(actions.VacateDismissal, st.just("NOTE")),
    st.builds(actions.HearAnyway, st.just("NOTE")),
    st.builds(actions.RecordEffectuation, st.just("DET")),
    st.just(actions.Acknowledge()),
)
Step = tuple[Action, StaffMember | None, int, int]
after_days, chances = st.integers(0, 9), st.integers(0, 7)
a_decision: st.SearchStrategy[Step] = st.tuples(decisions, people, after_days, chances)
a_step = (
    a_decision
    | st.tuples(onwards, st.just(None), after_days, chances)
    | st.tuples(others, st.none() | people, after_days, chances)
)
"""An action, who tries it, after how many days, and a number that decides how lines are ruled on."""
lives = st.lists(a_step, min_size=10, max_size=30)


@st.composite
def appeals(draw: st.DrawFn) -> Appeal:
    late = draw(st.integers(0, 4)) == 4
    product_line = draw(st.sampled_from(ProductLine))
    when = received(an_appeal(product_line).now.date() + timedelta(days=400 if late else 0))
    appellant = draw(st.sampled_from(Appellant))
    subject = draw(st.sampled_from(Subject))
    matter = draw(st.sampled_from(Matter))
    asked = answered(product_line, appellant=appellant, subject=subject, matter=matter)
    assume(asked.outcome is not FilingOutcome.NO_RULE)  # a person has it; there is no case to act on
    return an_appeal(
        product_line,
        appellant=appellant,
        matter=matter,
        subject=subject,
        expedited=draw(st.booleans()),
        proofs=draw(st.sampled_from([frozenset(Proof), frozenset(Proof), frozenset()])),
        lines=lines(*draw(st.sampled_from([(1,), (1, 2)]))),
        **when,
    )


def fitted(action: Action, state: AppealState, chance: int) -> Action:
    """Rule on the lines under appeal now (sometimes on the wrong ones), and ask for a level of this path."""
    match action:
        case actions.Decide() | actions.RecordOutsideRuling():
            on = sorted(state.open_lines) if chance else sorted(state.case.lines)[:1]
            ruled = (
                (line, Ruling.UPHELD if chance >> index & 1 else Ruling.OVERTURNED) for index, line in enumerate(on)
            )
            return replace(action, rulings=tuple(LineRuling(line, ruling) for line, ruling in ruled))
        case actions.OpenLevel():
            levels = state.case.path.levels
            return replace(action, level=levels[chance % len(levels)].name)
        case _:
            return action


def lived(appeal: Appeal, steps: list[Step]) -> list[tuple[AppealState, tuple[Event, ...]]]:
    """Try each step; return the state after each one that was allowed, and what happened."""
    states: list[tuple[AppealState, tuple[Event, ...]]] = [(appeal.state, ())]
    for action, actor, days, chance in steps:
        appeal.now += timedelta(days=days)
        answer = apply(appeal.state, fitted(action, appeal.state, chance), actor, appeal.now, REPORTS_TO)
        if not isinstance(answer, Refusal):
            appeal.state = fold(appeal.state, answer)
            states.append((appeal.state, answer))
    return states


@settings(max_examples=300, deadline=None)
@given(appeals(), lives)
def test_no_sequence_of_actions_lets_a_barred_person_decide(appeal: Appeal, steps: list[Step]) -> None:
    barred = {"denier", "nurse", "conflicted"}
    if any(level.decider is not None and level.decider.not_subordinate for level in appeal.state.case.path.levels):
        barred |= {"under-denier", "far-under-denier", "stranger"}  # a stranger's reporting line is unknown
    states = lived(appeal, steps)
    deciders = [result.by for result in states[-1][0].results if result.by is not None]
    assert not barred & set(deciders)
    assert len(deciders) == len(set(deciders)), "a person decided two levels of one appeal"
    for state, _ in states:
        assert state.decider not in {"denier", "nurse"}


@settings(max_examples=300, deadline=None)
@given(appeals(), lives)
def test_no_level_is_decided_twice_and_no_line_that_was_won_is_lost_again(appeal: Appeal, steps: list[Step]) -> None:
    states = lived(appeal, steps)
    decided = [result.level for result in states[-1][0].results]
    assert len(decided) == len(set(decided))
    won = [
        ruling.line
        for result in states[-1][0].results
        for ruling in result.rulings
        if ruling.ruling is Ruling.OVERTURNED
    ]
    assert len(won) == len(set(won))


@settings(max_examples=300, deadline=None)
@given(appeals(), lives)
def test_an_appeal_is_never_lost(appeal: Appeal, steps: list[Step]) -> None:
    """It ended, is with another forum, came to something, has a deadline, or a person was shown that one passed."""
    for state, _ in lived(appeal, steps):
        settled = state.ended is not None or state.outside or state.result is not None
        assert settled or deadlines(state) or state.missed_deadlines or state.held_up, state
        if state.result is not None and state.result.adverse and state.level.forward is not None and not state.outside:
            assert Duty.FORWARD in {d.duty for d in deadlines(state)} | set(state.missed_deadlines)


@settings(max_examples=200, deadline=None)
@given(appeals(), lives)
def test_a_clinical_denial_is_never_upheld_by_the_plan_without_a_signature(appeal: Appeal, steps: list[Step]) -> None:
    last = lived(appeal, steps)[-1][0]
    for result in last.results:
        if last.case.clinical and result.by is not None:
            assert result.signature is not None


@settings(max_examples=200, deadline=None)
@given(appeals(), lives)
def test_folding_the_history_again_gives_the_same_appeal(appeal: Appeal, steps: list[Step]) -> None:
    start = appeal.state
    states = lived(appeal, steps)
    assert fold(start, (event for _, events in states for event in events)) == states[-1][0]


@settings(max_examples=100, deadline=None)
@given(appeals(), lives)
def test_the_law_never_concludes_against_a_member_beyond_sending_the_file_on(appeal: Appeal, steps: list[Step]) -> None:
    """A missed time wins the appeal, frees the member to go on, or forwards the file; it never ends anything."""
    for state, _ in lived(appeal, steps):
        if (
            state.deemed is LateDecisionEffect.EXHAUSTED
            and state.case.clinical
            and state.ended is None
            and state.result is None
        ):
            assert next_levels(state)
        if state.deemed is LateDecisionEffect.OVERTURNED:
            assert state.open_lines == frozenset()
