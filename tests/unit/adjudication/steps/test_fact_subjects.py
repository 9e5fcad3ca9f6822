"""Which facts are of which line: a technique of one study, a treatment of one region, and what no person said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim, FactSubject, SupportingFact, Value
from adjudication.model.findings import Finding
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber
from adjudication.policy.evidence import Gap
from adjudication.steps.fact_subjects import LineFacts
from adjudication.steps.necessity import review_medical_necessity
from tests.builders.activities.claims import SERVICE_DATE
from tests.builders.activities.claims import a_claim as a_claim_with_subjects
from tests.builders.coverage import plans_of
from tests.builders.facts import documented
from tests.builders.necessity import NO_AUTHORIZATIONS

DECIDED_ON = date(2026, 12, 15)
"""A day on which the guideline that knows neck pain was published."""
LUMBAR, CERVICAL = FactSubject(region="lumbar"), FactSubject(region="cervical")
TREATMENT = (
    "tx.weeks",
    "tx.end",
    "tx.outcome",
    "tx.provider_directed",
    "reeval.date",
    "indication",
    "radicular.distribution",
)


def a_claim(control: str, *codes: str) -> Claim:
    """A claim whose facts do not say what they are about."""
    claim = a_claim_with_subjects(control, *codes)
    return replace(claim, supporting=tuple(replace(fact, about=None) for fact in claim.supporting))


def a_fact_about(
    name: str, value: Value, about: FactSubject | None = None, author: str | None = None
) -> SupportingFact:
    return SupportingFact(name, value, "SYN-EHR", SERVICE_DATE, author=author, settles=author is not None, about=about)


def reviewed(reference: ReferenceData, claim: Claim, plan: str = "HUDSON-COMM") -> dict[str, Finding]:
    plans = plans_of(claim, reference, plan)
    found = review_medical_necessity(claim, plans, NO_AUTHORIZATIONS, DECIDED_ON, reference, ())
    codes = {line.number: line.code for line in claim.lines}
    return {codes[finding.line]: finding for finding in found if finding.line is not None}


def known(reference: ReferenceData, claim: Claim, line: int, name: str) -> Value | Gap | None:
    evidence = LineFacts(claim, claim.supporting, reference).of(claim.lines[line - 1])
    return evidence.known.get(name, evidence.gaps.get(name))


def with_facts(claim: Claim, *facts: SupportingFact, without: tuple[str, ...] = ()) -> Claim:
    kept = tuple(fact for fact in claim.supporting if fact.fact not in without)
    return replace(claim, supporting=(*kept, *facts))


@pytest.mark.parametrize("about", [FactSubject(line=LineNumber(2)), FactSubject(study="0609T")], ids=["line", "study"])
def test_the_technique_of_the_spectroscopy_does_not_touch_the_mri_next_to_it(
    reference: ReferenceData, about: FactSubject
) -> None:
    claim = with_facts(documented(a_claim("C1", "72148", "0609T")), a_fact_about("technique", "mr-spectroscopy", about))
    claim = replace(
        claim, supporting=tuple(replace(f, about=LUMBAR) if f.fact in TREATMENT else f for f in claim.supporting)
    )
    assert known(reference, claim, 1, "technique") is None
    assert known(reference, claim, 2, "technique") == "mr-spectroscopy"
    assert reviewed(reference, claim)["72148"].outcome == outcomes.NECESSITY_MET


def test_a_technique_of_which_it_is_not_said_is_unknown_for_each_of_several_studies(reference: ReferenceData) -> None:
    claim = with_facts(documented(a_claim("C1", "72148", "0609T")), a_fact_about("technique", "mr-spectroscopy"))
    assert known(reference, claim, 1, "technique") is Gap.OTHER_SUBJECT
    assert reviewed(reference, claim)["72148"].outcome != outcomes.NOT_MEDICALLY_NECESSARY
    alone = with_facts(documented(a_claim("C1", "72148")), a_fact_about("technique", "mr-spectroscopy"))
    assert known(reference, alone, 1, "technique") == "mr-spectroscopy"
    reviewer = with_facts(claim, a_fact_about("technique", "conventional", author="SYN-NURSE"), without=("technique",))
    assert known(reference, reviewer, 1, "technique") == "conventional"


def test_the_components_of_spectroscopy_are_one_study(reference: ReferenceData) -> None:
    claim = with_facts(a_claim("C1", "0609T", "0610T", "0611T", "0612T"), a_fact_about("technique", "mr-spectroscopy"))
    assert {known(reference, claim, line, "technique") for line in (1, 2, 3, 4)} == {"mr-spectroscopy"}
    stated = with_facts(
        a_claim("C1", "0609T", "0610T", "72148"),
        a_fact_about("technique", "mr-spectroscopy", FactSubject(line=LineNumber(1))),
    )
    assert [known(reference, stated, line, "technique") for line in (1, 2, 3)] == ["mr-spectroscopy"] * 2 + [None]


def two_regions(weeks_neck: int) -> Claim:
    """A neck and a low back MRI; each has its own treatment and its own indication."""
    claim = documented(a_claim("C1", "72148", "72141"))
    own = {fact.fact: fact for fact in claim.supporting if fact.fact in TREATMENT}
    low = [replace(fact, about=LUMBAR) for fact in own.values()]
    neck = [replace(fact, about=CERVICAL) for name, fact in own.items() if name != "radicular.distribution"]
    changed: dict[str, Value] = {"indication": "neck-pain", "tx.weeks": Decimal(weeks_neck)}
    neck = [replace(fact, value=changed.get(fact.fact, fact.value)) for fact in neck]
    return with_facts(claim, *low, *neck, without=TREATMENT)


def test_a_neck_and_a_low_back_mri_are_each_judged_by_their_own(reference: ReferenceData) -> None:
    both = reviewed(reference, two_regions(8))
    assert {finding.outcome for finding in both.values()} == {outcomes.NECESSITY_MET}
    one = reviewed(reference, two_regions(2))
    assert one["72148"].outcome == outcomes.NECESSITY_MET
    assert one["72141"].outcome == outcomes.NECESSITY_CRITERIA_NOT_MET


def test_a_treatment_of_which_it_is_not_said_is_asked_for_where_two_regions_are_billed(
    reference: ReferenceData,
) -> None:
    unsaid = documented(a_claim("C1", "72148", "72141"))
    for finding in reviewed(reference, unsaid).values():
        assert finding.outcome == outcomes.NECESSITY_FACTS_MISSING
        assert Gap.OTHER_SUBJECT.value in {each.value for each in finding.evidence}
    same_region = documented(a_claim("C1", "72148", "72149"))
    assert reviewed(reference, same_region)["72148"].outcome == outcomes.NECESSITY_MET


@pytest.mark.parametrize(
    ("indication", "low", "neck"),
    [
        ("radiculopathy-lower-extremity", "radiculopathy-lower-extremity", Gap.OTHER_SUBJECT),
        ("neck-pain", Gap.OTHER_SUBJECT, "neck-pain"),
        ("syringomyelia", "syringomyelia", "syringomyelia"),
        ("disc-disease", Gap.OTHER_SUBJECT, Gap.OTHER_SUBJECT),
    ],
)
def test_a_condition_that_names_its_region_needs_no_subject(
    reference: ReferenceData, indication: str, low: Value | Gap, neck: Value | Gap
) -> None:
    claim = with_facts(a_claim("C1", "72148", "72141"), a_fact_about("indication", indication), without=("indication",))
    assert [known(reference, claim, line, "indication") for line in (1, 2)] == [low, neck]


def test_each_region_finds_its_condition_among_two(reference: ReferenceData) -> None:
    two = (a_fact_about("indication", "radiculopathy-lower-extremity"), a_fact_about("indication", "neck-pain"))
    claim = with_facts(a_claim("C1", "72148", "72141"), *two, without=("indication",))
    assert {known(reference, claim, line, "indication") for line in (1, 2)} == {Gap.OTHER_SUBJECT}


def test_a_statement_about_this_line_goes_before_one_that_does_not_say(reference: ReferenceData) -> None:
    facts = (a_fact_about("tx.weeks", Decimal(2)), a_fact_about("tx.weeks", Decimal(8), CERVICAL))
    claim = with_facts(a_claim("C1", "72148", "72141"), *facts, without=("tx.weeks",))
    assert known(reference, claim, 2, "tx.weeks") == Decimal(8)
    assert known(reference, claim, 1, "tx.weeks") is Gap.OTHER_SUBJECT


def test_the_person_and_the_whole_spine_are_of_every_line(reference: ReferenceData) -> None:
    whole = FactSubject(region="whole-spine")
    facts = (a_fact_about("cancer.known", value=True), a_fact_about("xray.region", "whole-spine", whole))
    claim = with_facts(a_claim("C1", "72148", "72141"), *facts, without=("xray.region",))
    for line in (1, 2):
        assert known(reference, claim, line, "cancer.known") is True
        assert known(reference, claim, line, "xray.region") == "whole-spine"


def test_of_two_episodes_the_latest_before_the_service_counts(reference: ReferenceData) -> None:
    first, second = FactSubject(episode=date(2021, 3, 1)), FactSubject(episode=date(2025, 5, 1))
    later = FactSubject(episode=date(2031, 1, 1))
    facts = [a_fact_about("tx.weeks", Decimal(n), about) for n, about in ((12, first), (3, second), (9, later))]
    claim = with_facts(a_claim("C1", "72148"), *facts, without=("tx.weeks",))
    assert known(reference, claim, 1, "tx.weeks") == Decimal(3)


def test_two_sides_do_not_contradict_each_other(reference: ReferenceData) -> None:
    left, right = FactSubject(side="left"), FactSubject(side="right")
    claim = with_facts(
        a_claim("C1", "72148"),
        a_fact_about("motor.grade", Decimal(3), left),
        a_fact_about("motor.grade", Decimal(5), right),
    )
    evidence = LineFacts(claim, claim.supporting, reference).of(claim.lines[0])
    assert evidence.sided == {"motor.grade"}
    same = with_facts(
        a_claim("C1", "72148"),
        a_fact_about("motor.grade", Decimal(3), left),
        a_fact_about("motor.grade", Decimal(5), left),
    )
    assert not LineFacts(same, same.supporting, reference).of(same.lines[0]).sided


def test_claims_of_one_study_share_the_evidence_of_all_lines(reference: ReferenceData) -> None:
    claim = documented(a_claim("C1", "72148", "72148"))
    facts = LineFacts(claim, claim.supporting, reference)
    assert facts.of(claim.lines[0]) is facts.of(claim.lines[1])
