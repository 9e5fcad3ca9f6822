"""What a letter says of appeals is what the appeal really gets: every plan, kind of denial and reader, level by level.

The path is the one that a filing takes (`assess`), not the one that the letter was written from.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from adjudication.appeals.filing import Filing, assess
from adjudication.appeals.filing_window import FilingDates, filing_window
from adjudication.appeals.rules import (
    AppealPath,
    Appellant,
    CountedFrom,
    FilingWindow,
    Forum,
    Matter,
    Subject,
    Urgency,
)
from adjudication.letters.dates import in_words
from adjudication.letters.letter import Audience, ElementName, Letter
from adjudication.model import outcomes
from adjudication.model.vocabulary import LineNumber, PlanId, Step
from letters.layout import LetterFrame, decision_letter
from tests.builders.letters.letter_values import (
    DEFAULT,
    NOTICE_DATE,
    SIGNED,
    STENOSIS,
    TOO_SHORT,
    denied,
    shipped,
    traced,
)
from tests.builders.policy.policies import SERVED

REFERENCE = shipped().reference
MEMBER, PROVIDER = Audience.MEMBER, Audience.PROVIDER
MONDAY = datetime(2025, 7, 7, 15, 0, tzinfo=UTC)
LEVELS = {
    Forum.EXTERNAL_REVIEW: ElementName.EXTERNAL_REVIEW,
    Forum.STATE: ElementName.FAIR_HEARING,
    Forum.INDEPENDENT_REVIEW: ElementName.INDEPENDENT_REVIEW,
}
BODIES = {Forum.LAW_JUDGE: "a hearing before a judge", Forum.COUNCIL: "the Medicare Appeals Council", Forum.COURT: "a federal court"}  # fmt: skip
every_denial = pytest.mark.parametrize(("plan", "matter"), list(product(sorted(REFERENCE.plans), Matter)), ids=str)


def path_taken(plan: str, matter: Matter, appellant: Appellant) -> AppealPath | None:
    """The path of a filing that came in a week after the notice."""
    one = frozenset({LineNumber(1)})
    filing = Filing(
        appellant=appellant,
        product_line=REFERENCE.plans[PlanId(plan)][-1].product_line,
        plan_id=PlanId(plan),
        matter=matter,
        subject=Subject.PAYMENT,
        dates=FilingDates(MONDAY, notice_on=NOTICE_DATE),
        lines=one,
        appealable=one,
    )
    calendar = REFERENCE.deadlines.calendar_of(PlanId(plan), MONDAY)
    assert calendar is not None
    return assess(filing, REFERENCE.appeals, calendar).path


def the_letter(plan: str, matter: Matter, audience: Audience) -> Letter:
    frame = LetterFrame(shipped(), {LineNumber(1): REFERENCE.plans[PlanId(plan)][-1]}, NOTICE_DATE)
    if matter is Matter.CLINICAL:
        short = traced([STENOSIS, DEFAULT], TOO_SHORT)
        line = denied(outcomes.NECESSITY_CRITERIA_NOT_MET, (short,), SIGNED)
        return decision_letter(line.determination, SERVED, {LineNumber(1): line.traces}, audience, frame)
    line = denied(outcomes.AUTHORIZATION_MISSING, step=Step.AUTHORIZATION)
    return decision_letter(line.determination, SERVED, {}, audience, frame)


def reachable(path: AppealPath, matter: Matter) -> set[Forum]:
    levels = [level for level in path.levels if matter is Matter.CLINICAL or not level.clinical_only]
    return {level.forum for level in levels}


def last_day(plan: str, window: FilingWindow) -> date:
    """The last day of the plan's own filing window, by its own arithmetic."""
    calendar = REFERENCE.deadlines.calendar_of(PlanId(plan), MONDAY)
    assert calendar is not None
    found = filing_window(window, FilingDates(MONDAY, notice_on=NOTICE_DATE), calendar).last_day
    assert found is not None
    return found


def text_of(letter: Letter, *names: ElementName) -> str:
    return " ".join(text for name in names for text in letter.texts(name))


@every_denial
def test_the_member_is_given_the_time_and_the_last_day_of_the_path(plan: str, matter: Matter) -> None:
    path = path_taken(plan, matter, Appellant.MEMBER)
    assert path is not None
    window = path.levels[0].window(Appellant.MEMBER)
    decided = path.levels[0].decision(Subject.PAYMENT, Urgency.STANDARD)
    assert window is not None
    assert decided is not None
    appeal = text_of(the_letter(plan, matter, MEMBER), ElementName.APPEAL)
    counted = "of the date of this letter" if window.counted_from is CountedFrom.NOTICE else "of the day you receive"
    assert f"within {window.period} {counted}" in appeal
    assert f"We decide within {decided.period}" in appeal or f"we decide within {decided.period}" in appeal
    receipt = timedelta(days=window.presumed_receipt_days)
    assert (
        window.presumed_receipt_days == 0
        or f"{window.presumed_receipt_days} days after" in appeal
        or (in_words(last_day(plan, window) - receipt) in appeal)
    ), "without the presumption, the day named is the one that is in time in any case"
    named = last_day(plan, window) if "Your last day" in appeal else last_day(plan, window) - receipt
    assert in_words(named) in appeal


@every_denial
def test_the_member_reads_of_every_level_of_the_path_and_of_no_other(plan: str, matter: Matter) -> None:
    path = path_taken(plan, matter, Appellant.MEMBER)
    assert path is not None
    letter = the_letter(plan, matter, MEMBER)
    forums = reachable(path, matter)
    assert {forum for forum, name in LEVELS.items() if letter.texts(name)} == forums & LEVELS.keys()
    independent = text_of(letter, ElementName.INDEPENDENT_REVIEW)
    if plan.endswith("-MA"):
        assert {forum for forum, words in BODIES.items() if words in independent} == forums & BODIES.keys()


@every_denial
def test_the_times_of_later_levels_are_those_of_the_path(plan: str, matter: Matter) -> None:
    path = path_taken(plan, matter, Appellant.MEMBER)
    assert path is not None
    letter = the_letter(plan, matter, MEMBER)
    hurried = path.levels[0].decision(Subject.SERVICE, Urgency.EXPEDITED)
    fast = text_of(letter, ElementName.EXPEDITED)
    if fast:
        assert hurried is not None, "a fast appeal is promised, and the path has none"
        assert f"a fast appeal within {hurried.period}." in fast
    for level in path.levels[1:]:
        window, name = level.window(Appellant.MEMBER), LEVELS.get(level.forum)
        text = "" if name is None else text_of(letter, name)
        if (
            window is not None
            and text
            and level.forum is not Forum.INDEPENDENT_REVIEW
            and "That decision explains" not in text
        ):
            assert f"{window.period} " in text, f"{level.name}: {text}"
    kept = next((level.continuation for level in path.levels if level.continuation is not None), None)
    if text := text_of(letter, ElementName.CONTINUATION):
        assert kept is not None
        assert f"{kept.ask_within} from the date" in text


@every_denial
def test_the_provider_reads_of_the_path_that_its_appeal_takes(plan: str, matter: Matter) -> None:
    letter = the_letter(plan, matter, PROVIDER)
    dispute = text_of(letter, ElementName.DISPUTE)
    for appellant in (Appellant.CONTRACT_PROVIDER, Appellant.NON_CONTRACT_PROVIDER):
        path = path_taken(plan, matter, appellant)
        assert path is not None
        standing, window = path.standing_of(appellant), path.levels[0].window(appellant)
        assert standing is not None
        assert window is not None
        if path.name == "contract-dispute":
            assert "the dispute process of your contract" in dispute
            continue
        assert f"within {window.period} " in dispute
        proofs = {proof.value for proof in standing.proofs}
        asked = {"representation": "written authorization", "member-consent": "written consent", "waiver-of-liability": "signed waiver"}  # fmt: skip
        assert all(words in dispute for proof, words in asked.items() if proof in proofs)
        assert proofs or "in your own right" in dispute
        decided = path.levels[0].decision(Subject.PAYMENT, Urgency.STANDARD)
        assert decided is not None
        assert f"ecide within {decided.period}" in dispute or f"ecides within {decided.period}" in dispute
    if text := text_of(letter, ElementName.EXTERNAL_REVIEW):
        own = path_taken(plan, matter, Appellant.CONTRACT_PROVIDER)
        assert own is not None
        outside = [
            level.window(Appellant.CONTRACT_PROVIDER) for level in own.levels if level.forum is Forum.EXTERNAL_REVIEW
        ]
        assert [f"within {window.period}" in text for window in outside if window] == [True]


def test_a_child_who_grieves_a_denial_that_is_not_clinical_reaches_the_review_of_the_program() -> None:
    """42 CFR 457.1130(b), 457.1260 with 438.402(b): after one level of the plan, the review outside it."""
    path = path_taken("HUDSON-CHP", Matter.ADMINISTRATIVE, Appellant.MEMBER)
    assert path is not None
    assert [level.name for level in path.levels] == ["grievance", "grievance-appeal", "external-review"]
    assert "external-review" in path.levels[0].next
    essential = path_taken("HUDSON-EP", Matter.ADMINISTRATIVE, Appellant.MEMBER)
    assert essential is not None
    assert Forum.EXTERNAL_REVIEW not in reachable(essential, Matter.ADMINISTRATIVE), "no children's program there"


def test_a_letter_whose_path_has_no_such_time_is_not_written() -> None:
    """No number is filled from another path."""
    library = shipped().letters
    erisa = path_taken("HUDSON-COMM", Matter.ADMINISTRATIVE, Appellant.MEMBER)
    assert erisa is not None
    blind = replace(erisa, levels=(replace(erisa.levels[0], windows=()), *erisa.levels[1:]))
    plan = REFERENCE.plans[PlanId("HUDSON-COMM")][-1]
    paths = tuple(blind if path is erisa else path for path in REFERENCE.appeals.paths)
    reference = replace(REFERENCE, appeals=replace(REFERENCE.appeals, paths=paths))
    frame = LetterFrame(replace(shipped(), reference=reference, letters=library), {LineNumber(1): plan}, NOTICE_DATE)
    line = denied(outcomes.AUTHORIZATION_MISSING, step=Step.AUTHORIZATION).determination
    with pytest.raises(Exception, match="the element appeal is missing"):
        decision_letter(line, SERVED, {}, MEMBER, frame)
