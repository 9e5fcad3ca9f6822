"""What came as a scan, or states a fact in a way no person can use: our nurse reads it, for the provider owes nothing more."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim, ReceivedDocument
from adjudication.model.findings import Finding
from adjudication.model.reference import ReferenceData
from tests.builders.activities.claims import RECEIVED
from tests.builders.facts import Value, a_fact, documented
from tests.builders.necessity import review

VISIT = "history-and-physical"


def came(claim: Claim, *kinds: str, states: dict[str, Value] | None = None) -> Claim:
    """The claim with a document of each kind; all of them state the same, by default nothing."""
    documents = tuple(ReceivedDocument(f"SYN-{kind}", kind, RECEIVED) for kind in kinds)
    facts = (replace(a_fact(n, v), document=d.document_id) for d in documents for n, v in (states or {}).items())
    return replace(claim, documents=documents, supporting=(*claim.supporting, *facts))


def named(finding: Finding, name: str) -> list[str]:
    return [each.value for each in finding.evidence if each.name == name]


def not_evaluated() -> Claim:
    """All is shown but whether the person was evaluated as the policy wants it."""
    return documented(eval__adequate=None)


def test_where_everything_asked_for_came_as_a_scan_a_nurse_reads_it(reference: ReferenceData) -> None:
    kinds = named(review(reference, documented(tx__outcome=None, labs=None)), "document")
    finding = review(reference, came(documented(tx__outcome=None, labs=None), *kinds))
    assert (finding.outcome, finding.pend) == (outcomes.RECORDS_UNREAD, "P-CLIN-N")
    assert (named(finding, "unread"), named(finding, "document")) == (kinds, [])


def test_a_document_still_missing_keeps_the_line_with_the_provider_and_names_what_came(
    reference: ReferenceData,
) -> None:
    kinds = named(review(reference, documented(tx__outcome=None, labs=None)), "document")
    assert len(kinds) > 1
    finding = review(reference, came(documented(tx__outcome=None, labs=None), kinds[0]))
    assert (finding.outcome, finding.pend) == (outcomes.NECESSITY_FACTS_MISSING, "P-DOC")
    assert (named(finding, "unread"), named(finding, "document")) == (kinds[:1], kinds[1:])


def test_a_scan_of_another_kind_is_not_what_the_line_waits_for(reference: ReferenceData) -> None:
    assert review(reference, came(not_evaluated(), "operative-report")).pend == "P-DOC"


def test_a_document_that_was_read_and_does_not_state_it_leaves_it_to_be_asked_for(reference: ReferenceData) -> None:
    finding = review(reference, came(not_evaluated(), VISIT, states={"mri.contraindicated": False}))
    assert (finding.outcome, finding.pend) == (outcomes.NECESSITY_FACTS_MISSING, "P-DOC")


def test_a_line_that_needs_nothing_more_waits_for_no_scan(reference: ReferenceData) -> None:
    assert review(reference, came(documented(), VISIT)).outcome == outcomes.NECESSITY_MET


@pytest.mark.parametrize(("fact", "value"), [("eval.adequate", "banana"), ("eval.adequate", Decimal(6))])
def test_a_fact_of_the_wrong_kind_is_not_shown_and_is_named_with_its_document_but_never_its_value(
    reference: ReferenceData, fact: str, value: Value
) -> None:
    finding = review(reference, came(not_evaluated(), VISIT, states={fact: value}))
    assert (finding.outcome, finding.pend) == (outcomes.RECORDS_UNREAD, "P-CLIN-N")
    assert named(finding, "unusable") == [f"{fact} in {VISIT}"]
    assert named(finding, fact) == ["not the kind of value asked for"]
    assert "banana" not in str(finding)


def test_a_fact_no_criterion_knows_is_stated_in_vain_and_its_name_is_not_repeated(reference: ReferenceData) -> None:
    finding = review(reference, came(not_evaluated(), VISIT, states={"jane.doe": True}))
    assert (finding.outcome, named(finding, "unusable")) == (
        outcomes.RECORDS_UNREAD,
        [f"a fact that no policy uses in {VISIT}"],
    )


def test_a_fact_of_the_wrong_kind_contradicts_no_person(reference: ReferenceData) -> None:
    """Next to the same fact shown well it changes nothing; twice in vain it is still only unknown."""
    assert (
        review(reference, came(documented(), VISIT, states={"eval.adequate": "banana"})).outcome
        == outcomes.NECESSITY_MET
    )
    twice = came(not_evaluated(), VISIT, "clinical-note", states={"eval.adequate": "banana"})
    twice = replace(twice, supporting=(*twice.supporting, a_fact("eval.adequate", Decimal(6))))
    assert review(reference, twice).outcome == outcomes.RECORDS_UNREAD
