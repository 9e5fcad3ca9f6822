"""What the fixed order of rules promises, tried on small policies against every completion of what is open."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from adjudication.model.facts import Answer
from adjudication.policy.leaves import MET, NOT_MET, UNKNOWN
from adjudication.policy.program import Program
from adjudication.policy.tree import Label, Rule, RuleKind
from adjudication.policy.verdict import Result, Ruling, rule_line
from tests.builders.policy.completions import answered, completions, flags, partly_known, says
from tests.builders.policy.policies import a_program
from tests.builders.policy.trees import policies

THOROUGH = settings(max_examples=300, deadline=None)
BLOCKING = (RuleKind.EXCLUDED, RuleKind.REVIEW, RuleKind.ADMINISTRATIVE)
Said = tuple[Result, str | None, Label | None]


def ruled(program: Program, known: dict[str, bool]) -> Ruling:
    return rule_line(program, answered(program, known))


def said(program: Program, known: dict[str, bool]) -> Said:
    ruling = ruled(program, known)
    return ruling.result, None if ruling.rule is None else ruling.rule.rule_id, ruling.label


def holds(rule: Rule, known: dict[str, bool]) -> Answer:
    """Whether a rule speaks, demands what is so, and is not lifted; by plain reading."""
    parts = [says(part, known) for part in (rule.applies, rule.criteria) if part is not None]
    if rule.unless is not None:
        lifted = says(rule.unless, known)
        parts.append({Answer.MET: Answer.NOT_MET, Answer.NOT_MET: Answer.MET}.get(lifted, lifted))
    if Answer.NOT_MET in parts:
        return Answer.NOT_MET
    return Answer.UNKNOWN if Answer.UNKNOWN in parts else Answer.MET


@THOROUGH
@given(policies(), st.data())
def test_every_leaf_asked_for_changes_what_is_said_in_some_completion(
    rules: tuple[Rule, ...], data: st.DataObject
) -> None:
    program = a_program(*rules)
    known = data.draw(partly_known(program))
    names = {place: fact for fact, place in flags(program).items()}
    for leaf in ruled(program, known).open_leaves:
        fact = names[leaf]
        assert fact not in known
        assert any(
            said(program, whole) != said(program, {**whole, fact: False})
            for whole in completions(program, {**known, fact: True})
        )


@THOROUGH
@given(policies(), st.data())
def test_nothing_unfavorable_is_said_while_a_completion_would_be_covered(
    rules: tuple[Rule, ...], data: st.DataObject
) -> None:
    program = a_program(*rules)
    known = data.draw(partly_known(program))
    ruling = ruled(program, known)
    if ruling.result is Result.MEETS or ruling.open_leaves:
        return
    assert all(said(program, whole)[0] is not Result.MEETS for whole in completions(program, known))


@THOROUGH
@given(policies(), st.data())
def test_asking_always_names_what_is_open(rules: tuple[Rule, ...], data: st.DataObject) -> None:
    program = a_program(*rules)
    ruling = ruled(program, data.draw(partly_known(program)))
    if ruling.result is Result.DOCUMENTS:
        assert ruling.open_leaves
    elif ruling.result is Result.JUDGEMENT and not ruling.open_leaves:
        assert ruling.rule is None or ruling.rule.kind in (RuleKind.REVIEW, RuleKind.OTHERWISE)
        assert ruling.why
    elif ruling.result is not Result.JUDGEMENT:
        assert ruling.open_leaves == ()


@THOROUGH
@given(policies(), st.data())
def test_nothing_is_covered_while_a_rule_that_must_be_ruled_out_is_open(
    rules: tuple[Rule, ...], data: st.DataObject
) -> None:
    program = a_program(*rules)
    known = data.draw(partly_known(program))
    if ruled(program, known).result is not Result.MEETS:
        return
    assert any(holds(rule, known) is Answer.MET for rule in rules if rule.kind is RuleKind.COVERED)
    for rule in rules:
        if rule.kind in BLOCKING:
            assert holds(rule, known) is not Answer.MET
            assert not (rule.rule_out and holds(rule, known) is Answer.UNKNOWN)
            assert not (holds(replace(rule, unless=None), known) is Answer.MET and holds(rule, known) is Answer.UNKNOWN)


@THOROUGH
@given(policies(), st.data())
def test_an_adverse_result_rests_on_what_is_shown(rules: tuple[Rule, ...], data: st.DataObject) -> None:
    program = a_program(*rules)
    known = data.draw(partly_known(program))
    ruling = ruled(program, known)
    if ruling.result is not Result.ADVERSE:
        return
    rule = ruling.rule
    assert rule is not None
    assert ruling.label is rule.label is not None
    if rule.kind is RuleKind.EXCLUDED:
        assert holds(rule, known) is Answer.MET
    else:
        assert rule.kind is RuleKind.OTHERWISE
        covered = [other for other in rules if other.kind is RuleKind.COVERED]
        assert all(holds(other, known) is Answer.NOT_MET for other in covered)
        applied = [other for other in covered if other.applies is None or says(other.applies, known) is Answer.MET]
        assert applied or rule.unaddressed


@THOROUGH
@given(policies(), st.data())
def test_a_ruling_with_everything_known_follows_the_fixed_order(rules: tuple[Rule, ...], data: st.DataObject) -> None:
    program = a_program(*rules)
    known = {fact: data.draw(st.booleans()) for fact in flags(program)}
    first = {
        kind: next((r for r in rules if r.kind is kind and holds(r, known) is Answer.MET), None) for kind in RuleKind
    }
    ruling = ruled(program, known)
    for kind, result in (
        (RuleKind.ADMINISTRATIVE, Result.ADMINISTRATIVE),
        (RuleKind.EXCLUDED, Result.ADVERSE),
        (RuleKind.REFERS, Result.REFERRED),
        (RuleKind.REVIEW, Result.JUDGEMENT),
        (RuleKind.COVERED, Result.MEETS),
    ):
        rule = first[kind]
        if rule is not None:
            assert (ruling.result, ruling.rule) == (result, rule)
            return
    assert ruling.result in (Result.ADVERSE, Result.JUDGEMENT)
    assert ruling.rule is None or ruling.rule.kind is RuleKind.OTHERWISE


@THOROUGH
@given(policies(), st.data())
def test_guides_change_no_ruling(rules: tuple[Rule, ...], data: st.DataObject) -> None:
    program = a_program(*rules)
    without = a_program(*(rule for rule in rules if rule.kind is not RuleKind.GUIDE))
    known = data.draw(partly_known(program))
    assert said(program, known) == said(without, known)


def test_the_answers_are_the_three_numbers_the_rulings_count_on() -> None:
    assert (NOT_MET, MET, UNKNOWN) == (0, 1, 2)
