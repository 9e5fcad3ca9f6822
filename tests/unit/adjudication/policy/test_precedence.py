"""Who speaks for a line: contract, authorities in order, policies that refer to others, a second benefit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.model.claim import Value
from adjudication.model.vocabulary import DateRange
from adjudication.policy.catalog import (
    NOT_A_BENEFIT,
    NOT_SEARCHED,
    Authority,
    Leg,
    LegRuling,
    PolicyCatalog,
    Precedence,
)
from adjudication.policy.evidence import Evidence, Gap, Subject
from adjudication.policy.leaves import Flag
from adjudication.policy.tree import Label, Leaf, Policy, Rule, RuleKind, UnloadedPeriod
from adjudication.policy.verdict import Result
from tests.builders.policy.policies import CITED, SERVED, a_version

CODE = "76390"
LINE = Subject(CODE, SERVED, SERVED)
DECIDED = date(2025, 7, 1)


def covers(policy: str, code: str = CODE) -> Rule:
    leaf = Leaf(f"{policy}.needed", "Is it needed?", Flag("needed"), CITED, "order")
    return Rule(f"{policy}-covers", RuleKind.COVERED, "Covered", frozenset({code}), CITED, criteria=leaf)


def excludes(policy: str, label: Label) -> Rule:
    return Rule(f"{policy}-excludes", RuleKind.EXCLUDED, "Excluded", frozenset({CODE}), CITED, label=label)


def refers(policy: str, target: str) -> Rule:
    return Rule(f"{policy}-refers", RuleKind.REFERS, "Elsewhere", frozenset({CODE}), CITED, refers_to=target)


def a_policy(name: str, *rules: Rule) -> Policy:
    return Policy(name, (a_version(rules, policy=name),))


def a_leg(name: str, *policies: str, after: tuple[str, ...] = (), excludes: tuple[str, ...] = ()) -> Leg:
    authorities = tuple(Authority(f"kind-{policy}", (policy,), CITED[0]) for policy in policies)
    return Leg(name, authorities, frozenset(after), frozenset(excludes))


def asked(
    policies: tuple[Policy, ...],
    *legs: Leg,
    subject: Subject = LINE,
    decided: date = DECIDED,
    excluded: tuple[str, ...] = (),
    needed: Value | None = None,
) -> tuple[LegRuling, ...]:
    precedence = Precedence("small", legs, CITED[0])
    catalog = PolicyCatalog({policy.policy: policy for policy in policies}, {"small": precedence})
    evidence = Evidence({} if needed is None else {"needed": needed})
    return catalog.rule(precedence, subject, evidence, decided, frozenset(excluded))


FEDERAL, LOCAL = a_policy("federal", covers("federal", "0609T")), a_policy("local", covers("local"))


def test_the_first_authority_that_speaks_of_the_code_settles_it() -> None:
    (ruling,) = asked((a_policy("federal", covers("federal")), LOCAL), a_leg("plan", "federal", "local"))
    assert ruling.authority == "kind-federal"


def test_an_authority_silent_on_the_code_leaves_it_to_the_next() -> None:
    (ruling,) = asked((FEDERAL, LOCAL), a_leg("plan", "federal", "local"), needed=True)
    assert (ruling.authority, ruling.name) == ("kind-local", "meets")


def test_no_authority_at_all_is_no_policy_and_not_a_denial() -> None:
    (ruling,) = asked((FEDERAL,), a_leg("plan", "federal"))
    assert (ruling.authority, ruling.name, ruling.unfavorable) == ("none", "no-policy", False)


def public(kind: str, *policies: str, searched: tuple[str, ...] = ()) -> Authority:
    return Authority(kind, policies, CITED[0], frozenset(searched))


def ordered(*authorities: Authority) -> Leg:
    return Leg("medicare", (*authorities, Authority("plan-policy", ("local",), CITED[0])))


@pytest.mark.parametrize("kind", ["statute", "ncd", "lcd", "manual", "state-guideline"])
def test_a_public_authority_without_a_search_stops_the_plans_own_policy(kind: str) -> None:
    """42 CFR 422.101(b): what binds the plan comes first, and not to have looked is not to have found none."""
    (ruling,) = asked((LOCAL,), ordered(public(kind)), needed=True)
    assert (ruling.authority, ruling.name, ruling.unfavorable) == (kind, NOT_SEARCHED, False)


def test_a_search_for_one_code_says_nothing_of_another() -> None:
    searched_for = public("lcd", searched=("0609T",))
    (ruling,) = asked((LOCAL,), ordered(searched_for), needed=True)
    assert ruling.name == NOT_SEARCHED
    (ruling,) = asked((LOCAL,), ordered(public("lcd", searched=(CODE,))), needed=True)
    assert (ruling.authority, ruling.name) == ("plan-policy", "meets")


def test_a_policy_of_a_public_authority_about_another_code_is_no_search_for_this_one() -> None:
    (ruling,) = asked((FEDERAL, LOCAL), ordered(public("ncd", "federal")), needed=True)
    assert (ruling.authority, ruling.name) == ("ncd", NOT_SEARCHED)


def test_a_withdrawn_policy_of_a_public_authority_is_known_to_decide_no_more() -> None:
    withdrawn = replace(a_policy("federal", covers("federal")), retired_on=SERVED)
    (ruling,) = asked((withdrawn, LOCAL), ordered(public("ncd", "federal")), needed=True)
    assert (ruling.authority, ruling.name) == ("plan-policy", "meets")


@pytest.mark.parametrize("kind", ["vendor", "guideline", "plan-policy"])
def test_the_payers_own_sources_need_no_search(kind: str) -> None:
    (ruling,) = asked((LOCAL,), ordered(public(kind)), needed=True)
    assert (ruling.authority, ruling.name) == ("plan-policy", "meets")


def test_a_contract_exclusion_comes_before_every_policy() -> None:
    (ruling,) = asked((LOCAL,), a_leg("plan", "local"), excluded=(CODE,))
    assert (ruling.name, ruling.unfavorable, ruling.ruling) == (NOT_A_BENEFIT, True, None)


EXPERIMENTAL = a_policy("first-policy", excludes("first-policy", Label.EXPERIMENTAL))
MEDICARE = a_leg("medicare", "first-policy")
MEDICAID = a_leg("medicaid", "local", after=("experimental", NOT_A_BENEFIT))


def test_the_second_benefit_of_a_dual_product_is_asked_when_the_first_does_not_cover() -> None:
    first, second = asked((EXPERIMENTAL, LOCAL), MEDICARE, MEDICAID, needed=True)
    assert (first.leg, first.name, first.unfavorable) == ("medicare", "experimental", True)
    assert (second.leg, second.name, second.unfavorable) == ("medicaid", "meets", False)


def test_the_second_benefit_is_not_asked_when_the_first_covers() -> None:
    first_covers = a_policy("first-policy", covers("first-policy"))
    rulings = asked((first_covers, LOCAL), MEDICARE, MEDICAID, needed=True)
    assert [ruling.leg for ruling in rulings] == ["medicare"]


def test_the_second_benefit_is_not_asked_while_the_first_waits_for_documents() -> None:
    first_covers = a_policy("first-policy", covers("first-policy"))
    (ruling,) = asked((first_covers, LOCAL), MEDICARE, MEDICAID)
    assert ruling.ruling is not None
    assert ruling.ruling.result is Result.DOCUMENTS


def test_the_second_benefit_is_not_asked_after_a_label_it_does_not_follow() -> None:
    coding = a_policy("first-policy", excludes("first-policy", Label.CODING))
    assert len(asked((coding, LOCAL), MEDICARE, MEDICAID)) == 1


def test_a_contract_of_the_first_benefit_does_not_bind_the_second() -> None:
    first, second = asked((EXPERIMENTAL, LOCAL), MEDICARE, MEDICAID, excluded=(CODE,), needed=True)
    assert (first.name, second.name) == (NOT_A_BENEFIT, "meets")


def test_the_second_benefit_has_its_own_exclusions() -> None:
    own = replace(MEDICAID, excludes=frozenset({CODE}))
    assert [ruling.name for ruling in asked((EXPERIMENTAL, LOCAL), MEDICARE, own)] == ["experimental", NOT_A_BENEFIT]


def test_a_policy_that_refers_to_a_loaded_one_is_answered_by_that_one() -> None:
    (ruling,) = asked((a_policy("first", refers("first", "local")), LOCAL), a_leg("plan", "first"), needed=True)
    assert ruling.ruling is not None
    assert ruling.program is not None
    assert (ruling.ruling.result, ruling.program.version.policy) == (Result.MEETS, "local")
    assert ruling.authority == "kind-first"


def test_a_policy_that_refers_to_one_not_held_stays_referred() -> None:
    (ruling,) = asked((a_policy("first", refers("first", "elsewhere")),), a_leg("plan", "first"))
    assert ruling.ruling is not None
    assert (ruling.ruling.result, ruling.unfavorable) == (Result.REFERRED, False)


def missing(policy: Policy, subject: Subject = LINE, decided: date = DECIDED) -> str:
    (ruling,) = asked((policy, LOCAL), a_leg("plan", policy.policy, "local"), subject=subject, decided=decided)
    assert ruling.missing is not None
    assert (ruling.ruling, ruling.unfavorable, ruling.name) == (None, False, "no-policy")
    return ruling.missing.why


def test_a_day_before_the_first_version_is_a_gap_and_the_next_authority_is_not_asked() -> None:
    policy = a_policy("dated", covers("dated"))
    early = replace(LINE, service_date=date(2023, 12, 31))
    assert missing(policy, early) == "no version was in force on 2023-12-31"


def test_a_version_published_after_the_decision_is_not_used() -> None:
    version = a_version((covers("dated"),), policy="dated", published_on=date(2025, 7, 2))
    assert "published on 2025-07-02, after the decision date" in missing(Policy("dated", (version,)))


def test_a_period_whose_text_is_not_held_states_it() -> None:
    period = UnloadedPeriod(DateRange(date(2025, 6, 1), date(2025, 6, 3)), frozenset({CODE}), "the text is not held")
    later = a_version((covers("dated"),), policy="dated", in_force=DateRange(date(2025, 6, 3)))
    assert missing(Policy("dated", (later,), (period,))) == "the text is not held"


def test_a_policy_known_only_by_the_periods_it_is_missing_for_still_speaks() -> None:
    period = UnloadedPeriod(DateRange(date(2025, 6, 1)), frozenset({CODE}), "only its name is known")
    assert missing(Policy("named-only", (), (period,))) == "only its name is known"


def test_a_version_without_a_rule_for_the_code_leaves_it_to_the_next_authority() -> None:
    old = a_version((covers("dated"),), policy="dated", in_force=DateRange(date(2024, 1, 1), SERVED))
    new = a_version((covers("dated", "0609T"),), policy="dated", version="2", in_force=DateRange(SERVED))
    (ruling,) = asked((Policy("dated", (old, new)), LOCAL), a_leg("plan", "dated", "local"), needed=True)
    assert ruling.authority == "kind-local"


def test_a_catalog_that_ruled_on_a_silent_chart_sends_a_contradictory_one_to_a_reviewer() -> None:
    """The answers of both charts are the same: unknown. Why they are unknown decides who is asked."""
    catalog = PolicyCatalog({"local": LOCAL}, {"small": Precedence("small", (a_leg("plan", "local"),), CITED[0])})
    contradictory = Evidence(gaps={"needed": Gap.CONFLICTING}, several={"needed": (True, False)})
    for evidence, result in ((Evidence(), Result.DOCUMENTS), (contradictory, Result.CONTRADICTION)) * 2:
        (leg,) = catalog.rule(catalog.precedences["small"], LINE, evidence, DECIDED, frozenset())
        assert leg.ruling is not None
        assert leg.ruling.result is result


def test_a_catalog_with_one_version_only_forgets_which_version_governed_before() -> None:
    old, new = (a_version([covers("local")], policy="local", version=number) for number in ("1", "2"))
    newer = replace(new, published_on=date(2024, 2, 1), supersedes="1")
    policy = Policy("local", (old, newer))
    catalog = PolicyCatalog({"local": policy}, {"small": Precedence("small", (a_leg("plan", "local"),), CITED[0])})

    def governing(asked: PolicyCatalog) -> str:
        (leg,) = asked.rule(asked.precedences["small"], LINE, Evidence(), DECIDED, frozenset())
        assert leg.program is not None
        return leg.program.version.version

    assert governing(catalog) == "2"
    assert governing(catalog.with_only("local", old)) == "1"
    assert governing(catalog) == "2"
