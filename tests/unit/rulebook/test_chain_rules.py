from __future__ import annotations

from typing import Any

import pytest
import yaml

from adjudication.corrections.rules import ChainRules, OriginalState
from adjudication.model.vocabulary import Frequency
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError
from rulebook.library import default_policies_dir
from rulebook.schema import SourcesFile
from rulebook.workflow.corrections import CHAIN, ChainFile, chain_rules


def content() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((default_policies_dir() / CHAIN).read_text())
    return loaded


def load(expected: dict[str, Any]) -> ChainRules:
    sources = yaml.safe_load((default_policies_dir() / "sources.yaml").read_text())
    citations = Citations(dict(SourcesFile.model_validate(sources).sources))
    return chain_rules(CHAIN, ChainFile.model_validate(expected), citations)


def test_every_standing_and_frequency_is_answered() -> None:
    rules = load(content())
    assert set(rules.rules) == {(s, f) for s in OriginalState for f in (Frequency.REPLACEMENT, Frequency.VOID)}
    assert rules.remarks == {Frequency.REPLACEMENT: "N694", Frequency.VOID: "N693"}


@pytest.mark.parametrize("standing", ["not-arrived", "in-process", "reserved", "superseded"])
def test_what_is_unknown_undecided_or_changed_before_can_never_be_accepted(standing: str) -> None:
    shown = content()
    row = next(row for row in shown["rules"] if row["original"] == standing)
    row["answer"] = "accept"
    row.pop("refused_as")
    with pytest.raises(PolicyDataError, match=f"accepts a change of a claim that is {standing}"):
        load(shown)


def test_a_superseded_claim_is_not_waited_for() -> None:
    shown = content()
    next(row for row in shown["rules"] if row["original"] == "superseded")["answer"] = "wait"
    with pytest.raises(PolicyDataError, match="will not come back"):
        load(shown)


def test_a_missing_row_and_a_row_given_twice_are_refused() -> None:
    shown = content()
    final = next(row for row in shown["rules"] if row["original"] == "final")
    with pytest.raises(PolicyDataError, match="answered twice"):
        load({**shown, "rules": [*shown["rules"], final]})
    with pytest.raises(PolicyDataError, match="no row answers a replacement of a claim that is final"):
        load({**shown, "rules": [row for row in shown["rules"] if row is not final]})


def test_a_refusal_says_how_it_is_shown_and_nothing_else_does() -> None:
    shown = content()
    shown["rules"][0].pop("refused_as")
    with pytest.raises(PolicyDataError, match="goes with wait and refuse"):
        load(shown)
