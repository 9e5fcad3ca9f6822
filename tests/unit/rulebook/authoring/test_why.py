"""Why, in plain words: every criterion with its answer, facts with source and date, what to send, who disagrees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from rich.text import Text

from adjudication.model.claim import SupportingFact
from adjudication.policy.catalog import PolicyCatalog
from adjudication.policy.evidence import Gap, ServiceHistory
from rulebook.authoring.comparison import compared
from rulebook.authoring.fact_values import read_changes
from rulebook.authoring.flips import line_flips
from rulebook.authoring.why import why
from rulebook.library import PolicyLibrary, load_library
from storage.decisions.recorded_reviews import Review, review, with_facts
from tests.builders.policy.policy_folders import CHAPTER, HEADER, sound_facts, spoil
from tests.builders.policy.policy_reviews import a_recorded_line, a_review

TODAY = date(2025, 9, 1)


def loaded(policies: Path) -> PolicyLibrary:
    return load_library(policies, with_drafts=True)


def explanation_lines(library: PolicyLibrary, reviewed: Review, *, everything: bool = False) -> list[str]:
    """The explanation as a terminal without colors shows it."""
    return [Text.from_markup(line).plain for line in why(reviewed, library.medical, everything=everything)]


def asked(library: PolicyLibrary, *facts: SupportingFact, everything: bool = False) -> str:
    return "\n".join(
        explanation_lines(library, a_review(library, a_recorded_line(library, *facts)), everything=everything)
    )


def test_a_covered_line_is_shown_with_facts_sources_dates_and_paragraph(policies: Path) -> None:
    text = asked(loaded(policies), *sound_facts())
    assert "covered: the criteria are met" in text
    assert "policy brain-mrs 1.0: Brain MR spectroscopy" in text
    assert "because of T-01" in text
    assert "synthetic-payers, first paragraph" in text
    assert "✓ Did conventional imaging leave the question open?" in text
    assert "imaging.date = 2025-05-20 (claim, 2025-06-03, by SYN-CLERK)" in text
    assert "✗ Is there a new deficit?" not in text
    assert "What to send" not in text


def test_what_is_unknown_is_shown_with_its_reason_and_what_to_send(policies: Path) -> None:
    text = asked(loaded(policies), *sound_facts(imaging_limited=None, pain_score=None))
    assert "waits for documents" in text
    assert "still open T-01" in text
    assert "? Did conventional imaging leave the question open? T-01.criteria.imaging.limited needed" in text
    assert f"imaging.limited: unknown, {Gap.MISSING.value}" in text
    sent = text[text.index("What to send") :]
    assert "Imaging reports, from the ordering-provider:" in sent
    assert "- Did conventional imaging leave the question open?" in sent
    assert "Treatment record" not in sent


def test_what_two_people_stated_differently_is_a_conflict_with_both(policies: Path) -> None:
    other = SupportingFact("imaging.limited", False, "document", date(2025, 6, 5), document="SYN-DOC-7")
    text = asked(loaded(policies), *sound_facts(), other)
    assert "imaging.limited = yes (claim, 2025-06-03, by SYN-CLERK)" in text
    assert "imaging.limited = no (document, 2025-06-05, document SYN-DOC-7)" in text
    assert f"imaging.limited: unknown, {Gap.CONFLICTING.value}" in text


def test_what_only_a_reviewer_can_say_is_not_asked_of_the_provider(policies: Path) -> None:
    library = loaded(policies)
    line = a_recorded_line(library, *sound_facts(pain_score=Decimal(9)), age=12)
    earlier = replace(line.subject, history=ServiceHistory(), age_years=12)
    spoil(policies, CHAPTER, "at_least: 2\n", "at_least: 1\n")
    library = loaded(policies)
    text = "\n".join(explanation_lines(library, a_review(library, replace(line, subject=earlier))))
    assert "waits for a reviewer" in text
    assert "What a reviewer has to say" in text
    assert "- Does the request make clinical sense?" in text
    assert "What to send" not in text


def test_criteria_known_not_to_be_met_say_which(policies: Path) -> None:
    text = asked(loaded(policies), *sound_facts(deficit_new=False, imaging_date=date(2024, 1, 1)))
    assert "not supported by the policy: a clinician decides, never a machine (not-medically-necessary)" in text
    assert "✗ When was conventional imaging done?" in text
    assert "T-01 Tumour or epilepsy" in text


def test_rules_that_do_not_bear_on_the_result_are_counted_or_shown(policies: Path) -> None:
    library = loaded(policies)
    short, full = asked(library, *sound_facts()), asked(library, *sound_facts(), everything=True)
    assert "T-04 Inform the person of the risks" not in short
    assert "4 more rule(s) do not bear on the result" in short
    assert "T-04 Inform the person of the risks [guide]" in full
    assert "do not bear" not in full


_SECOND = """\
  - rule: T-%s
    kind: covered
    title: Another way to be covered, number %s
    governs: ["76390"]
    at: seventh paragraph
    applies: {choice: {fact: indication, one_of: [%s]}}
    criteria: {part: trial}
"""


def test_a_shared_part_is_written_out_once_and_rules_about_others_are_left_out(policies: Path) -> None:
    with (policies / CHAPTER).open("a") as chapter:
        chapter.write(_SECOND % ("07", "seven", "tumour") + _SECOND % ("08", "eight", "other"))
    facts = sound_facts(tx_end=None, implant_unsafe=False)
    text = asked(loaded(policies), *facts)
    assert text.count("Treatment was tried and failed, or could not wait. (any of) trial") == 2
    assert text.count("Treatment was tried and failed, or could not wait. (any of) trial (as above)") == 1
    assert text.count("trial.long") == 1
    assert "number seven" in text
    assert "number eight" not in text
    assert "number eight" in asked(loaded(policies), *facts, everything=True)


def test_of_a_rule_that_may_not_be_about_the_line_only_that_is_asked(policies: Path) -> None:
    text = asked(loaded(policies), *sound_facts(indication=None))
    assert "? For which condition was the study ordered? T-01.applies.indication needed" in text
    assert "T-01.criteria" not in text


def test_what_does_not_apply_is_marked_so(policies: Path) -> None:
    text = asked(loaded(policies), *sound_facts())
    assert "– What makes sense in a child is for a reviewer to say. (applies when) (does not apply here)" in text


def test_an_overdue_review_is_a_banner_and_changes_nothing(policies: Path) -> None:
    spoil(policies, HEADER, "published_on: 2024-12-01", "published_on: 2024-12-01\nnext_review: 2025-06-30")
    text = asked(loaded(policies), *sound_facts())
    assert "its own next review was due on 2025-06-30" in text
    assert "covered: the criteria are met" in text


def test_sources_that_disagree_are_shown_with_who_wins_and_why(policies: Path) -> None:
    (policies / "conflicts.yaml").write_text(
        "conflicts:\n  X-77:\n    about: Whether a trial is needed\n"
        "    says: [{source: synthetic-payers, at: page 4, says: none is}]\n"
        "    wins: the later page\n    applies_to: every payer\n    why: it is later\n    certainty: certain\n"
        "    decided_by: SYN-DIRECTOR\n    decided_on: 2026-11-30\n"
    )
    spoil(policies, CHAPTER, "    id: trial\n", "    id: trial\n    conflicts: [X-77]\n")
    text = asked(loaded(policies), *sound_facts())
    assert "sources disagree X-77: Whether a trial is needed" in text
    assert "synthetic-payers, page 4: none is" in text
    assert "wins for every payer: the later page (it is later), decided by SYN-DIRECTOR on 2026-11-30" in text


def test_a_line_without_a_plan_says_that_no_policy_governs(policies: Path) -> None:
    library = loaded(policies)
    line = a_recorded_line(library, *sound_facts(), covered=False)
    text = "\n".join(explanation_lines(library, review(line, None, library.medical.catalog, TODAY)))
    assert "no policy review is stored for this claim yet; no plan covers the line" in text


def test_text_in_brackets_is_shown_as_written(policies: Path) -> None:
    spoil(policies, CHAPTER, "title: An unsafe implant", 'title: "An unsafe [red]implant[/red]"')
    assert "An unsafe [red]implant[/red]" in asked(loaded(policies), *sound_facts(implant_unsafe=True))


def changed(library: PolicyLibrary, before: Review, *typed: str) -> str:
    changes = read_changes(typed, library.medical.vocabulary.facts, TODAY)
    after = with_facts(before, changes, library.medical.catalog)
    return "\n".join(Text.from_markup(line).plain for line in compared(before, after))


def test_what_if_states_both_results_and_the_criteria_that_turned(policies: Path) -> None:
    library = loaded(policies)
    before = a_review(library, a_recorded_line(library, *sound_facts(imaging_limited=None)))
    text = changed(library, before, "imaging.limited=yes")
    assert "before: waits for documents" in text
    assert "after:  covered: the criteria are met, by T-01" in text
    turned = [line.strip() for line in text.splitlines() if "->" in line]
    assert [line.split("  ")[0] for line in turned] == ["unknown -> met", "unknown -> met"]
    assert "T-01.criteria.imaging.limited" in turned[0]


def test_what_if_can_take_a_fact_away_and_settle_a_conflict(policies: Path) -> None:
    library = loaded(policies)
    sound = a_review(library, a_recorded_line(library, *sound_facts()))
    assert "after:  waits for documents" in changed(library, sound, "imaging.limited=unknown")
    other = SupportingFact("imaging.limited", False, "document", date(2025, 6, 5))
    doubtful = a_review(library, a_recorded_line(library, *sound_facts(), other))
    assert "after:  covered" in changed(library, doubtful, "imaging.limited=yes")


def test_what_if_says_when_nothing_turns(policies: Path) -> None:
    library = loaded(policies)
    text = changed(library, a_review(library, a_recorded_line(library, *sound_facts())), "pain.score=9")
    assert "(unchanged)" in text
    assert "no criterion turned" in text


def test_lines_that_two_versions_judge_differently_are_found_and_only_those(policies: Path) -> None:
    library = loaded(policies)
    old = library.medical.catalog.policies["brain-mrs"].versions[0]
    spoil(policies, CHAPTER, "at_least: 7, unit: points", "at_least: 9, unit: points")
    spoil(policies, HEADER, "title: Brain MR spectroscopy", "title: Brain MR spectroscopy, stricter")
    changed_library = loaded(policies)
    new = changed_library.medical.catalog.policies["brain-mrs"].versions[0]
    catalog = _both(library, changed_library)
    strong, weak = (
        a_recorded_line(library, *sound_facts(pain_score=Decimal(score), deficit_new=False)) for score in (9, 8)
    )
    other_code = a_recorded_line(library, *sound_facts(), code="0609T")
    [flip] = line_flips([strong, weak, other_code], old, new, catalog)
    assert flip.line is weak
    assert (flip.before, flip.after) == ("meets", "not-medically-necessary")
    assert ("T-01.signs.pain.score", "met", "not met") in {(c.node_id, c.before, c.after) for c in flip.criteria}
    assert line_flips([strong, weak, other_code], old, old, catalog) == []


def _both(one: PolicyLibrary, other: PolicyLibrary) -> PolicyCatalog:
    first, second = (library.medical.catalog.policies["brain-mrs"] for library in (one, other))
    both = replace(first, versions=(*first.versions, *second.versions))
    return PolicyCatalog({"brain-mrs": both}, one.medical.catalog.precedences)


def test_a_plan_is_governed_by_the_policies_its_precedence_names(policies: Path) -> None:
    library = loaded(policies)
    line = a_recorded_line(library)
    assert line.plan is not None
    assert library.medical.catalog.asks(line.plan.precedence, "brain-mrs")
    assert not library.medical.catalog.asks(line.plan.precedence, "spine-imaging-guideline")
