from __future__ import annotations

from collections import Counter

import orjson
import pytest
from pydantic import ValidationError

from adjudication.model import outcomes
from cli.demo.check import Observed, mismatches
from cli.demo.expected import DeadLettered, Determined, OneOf, Pended, Rejected
from cli.demo.people import npi
from cli.demo.world import SCENARIOS, build_world
from contracts.events.claims import ClaimSubmitted
from contracts.events.envelope import CloudEvent
from contracts.events.feeds import AuthorizationChanged, CoverageChanged, ProviderChanged
from contracts.events.topics import AUTHORIZATIONS_CHANGED, COVERAGE_CHANGED, PROVIDERS_CHANGED
from rulebook.library import default_policies_dir, load_reference

WORLD = build_world("t")
FEEDS: dict[str, type[CloudEvent]] = {
    COVERAGE_CHANGED: CoverageChanged,
    AUTHORIZATIONS_CHANGED: AuthorizationChanged,
    PROVIDERS_CHANGED: ProviderChanged,
}
NOT_SHOWN = {
    outcomes.STEP_FAILED: "needs a defect",
    outcomes.ORIGINAL_NOT_FINAL: "takes 10 days; pinned in tests/activities/test_chains.py",
    outcomes.NUMBER_UNKNOWN: "takes 10 days; pinned in tests/activities/test_chains.py",
    outcomes.CODE_NOT_IN_FORCE: "plans begin after every listed code did; pinned in unit tests",
    outcomes.PAIR_BYPASSED: "a note, shown next to other outcomes",
    outcomes.PAIR_PAID_EARLIER: "depends on the order of two claims' commits; pinned in unit tests",
    outcomes.PAIR_UNDECIDED: "needs two claims in flight at one moment; pinned in unit tests",
    outcomes.DOCUMENTS_NOT_RECEIVED: "an examiner denies with it after the deadline, never a machine",
    outcomes.RECORDS_NOT_RECEIVED: "a clinician denies with it after the deadline, never a machine",
    outcomes.UNITS_NOT_SUPPORTED: "a clinician denies with it after reading the records, never a machine",
    outcomes.DIAGNOSIS_NOT_SUPPORTED: "a clinician denies with it after reading the records, never a machine",
    outcomes.RECORDS_UNREAD: "a document comes after the claim; pinned in tests/integration/storage/review/test_unread_records.py",
    outcomes.FAMILY_ORPHAN: "takes 21 days; pinned on skipped time",
    outcomes.NOT_REASONABLE_AND_NECESSARY: "no loaded policy routes to it",
    outcomes.NOT_LOOKED_AT: "takes nearly 30 days; pinned in tests/unit/adjudication/holds",
    outcomes.STATED_NOTICE: "a note, shown next to other outcomes",
    outcomes.INCREASED_WORK: "a note, shown next to other outcomes",
    outcomes.INCREASED_WORK_SHOWN: "needs a report next to the claim; pinned in unit tests of modifiers",
    outcomes.REDUCTION_NOT_APPLIED: "a note, shown next to other outcomes",
    outcomes.STAY_ON_FILE: "a note; the line pends as pricing.manual",
    outcomes.REDUCTION_BY_HAND: "a note; the line pends as pricing.manual",
    outcomes.PERSON_AMBIGUOUS: "needs a family with like names on file; pinned in unit tests of persons",
    outcomes.AUTHORIZATION_UNCLEAR_PERSON: "needs a family with like names on file; pinned in unit tests of persons",
    outcomes.PATIENT_UNCLEAR: "needs a claim and a history of like persons; pinned in unit tests of persons",
    outcomes.DUE_TO_EMPLOYMENT: "as an auto accident, which is shown; pinned in unit tests of accidents",
    outcomes.DUE_TO_OTHER_ACCIDENT: "as an auto accident, which is shown; pinned in unit tests of accidents",
    outcomes.PLACE_WITHOUT_SCANNER: "a coder's question as the hospital's part, which is shown; pinned in unit tests of components",
    outcomes.SEVERAL_DAYS: "a coder's question as others that are shown; pinned in unit tests of accidents",
    outcomes.FILING_UNSURE: "plans of the demonstration state their limits; pinned in unit tests of filing",
    outcomes.REVENUE_OTHER_IMAGING: "a coder's question as others that are shown; pinned in unit tests of revenue lines",
    outcomes.ADDED_LATE: "needs an original of months before; pinned in unit tests of filing",
    outcomes.CORRECTED_LATE: "needs an original of a year before; pinned in unit tests of filing",
    outcomes.ORDERER_NOT_ELIGIBLE: "as a reading by the wrong provider type, which is shown; pinned in unit tests of orderers",
    outcomes.ORDERER_UNKNOWN: "a coder's question as others that are shown; pinned in unit tests of orderers",
    outcomes.DIAGNOSIS_UNKNOWN: "a coder's question as others that are shown; pinned in unit tests of diagnoses",
    outcomes.AFTER_DEATH: "a coder's question as others that are shown; pinned in the table of examples",
    outcomes.ASSIGNMENT_REFUSED: "a coder's question as others that are shown; pinned in the table of examples",
    outcomes.BENEFITS_NOT_ASSIGNED: "needs a plan with billers without a contract; pinned in unit tests of statements",
    outcomes.DIAGNOSIS_NOT_FIRST: "a coder's question as others that are shown; pinned in unit tests of diagnoses",
    outcomes.OTHER_PAYER_STATED: "as an auto accident, which is shown; pinned in unit tests of accidents",
    outcomes.ORIGINAL_MEDICARE_PAYS: "as an auto accident, which is shown; pinned in unit tests of accidents",
    outcomes.AUTHORIZATION_READING_LATER: "as other questions of authorizations, which are shown; pinned in unit tests",
    outcomes.AUTHORIZATION_REQUEST_DENIED: "as other questions of authorizations, which are shown; pinned in unit tests",
    outcomes.READING_AFTER_END: "as other questions of enrollment, which are shown; pinned in unit tests of coverage",
    outcomes.SENT_BACK: "a person sends back; pinned in tests/integration/storage/decisions/test_before_release.py",
}


def test_there_are_enough_claims_of_every_plan() -> None:
    assert len(WORLD.claims) >= 200
    plans = Counter(orjson.loads(r.value)["data"]["plan_id"] for r in WORLD.feeds if r.topic == COVERAGE_CHANGED)
    expected = {f"HUDSON-{line}" for line in ("COMM", "EP", "CHP", "MCD", "MA", "DSNP")} | {"CASCADE-MA", "BUCKEYE-MCD"}
    assert expected <= set(plans)


def test_the_world_is_the_same_for_the_same_name() -> None:
    assert build_world("t") == WORLD
    assert not {r.claim_id for r in WORLD.claims if r.claim_id} & {r.claim_id for r in build_world("u").claims}


def test_every_claim_that_should_parse_does() -> None:
    for record in WORLD.claims:
        refused = isinstance(record.expected, DeadLettered) or (
            isinstance(record.expected, Rejected) and record.expected.refusal == "schema"
        )
        if refused:
            with pytest.raises(ValidationError):
                ClaimSubmitted.model_validate_json(record.value)
        else:
            ClaimSubmitted.model_validate_json(record.value)


def test_every_feed_event_parses() -> None:
    for record in WORLD.feeds:
        FEEDS[record.topic].model_validate_json(record.value)


def test_every_outcome_is_shown_or_excused() -> None:
    shown: set[str] = set()
    for record in WORLD.claims:
        stated = record.expected.outcomes if isinstance(record.expected, OneOf) else (record.expected,)
        for one in stated:
            if isinstance(one, Determined):
                shown |= {name for line in one.lines for name in (line.outcome, *line.also_fails)}
            elif isinstance(one, Pended):
                shown |= one.outcomes
    passing = {
        outcomes.CHAIN_ACCEPTED,
        outcomes.COVERAGE_ACTIVE,
        outcomes.PROVIDER_CONTRACTED,
        outcomes.PROVIDER_NOT_CONTRACTED,
        outcomes.AUTHORIZATION_NOT_REQUIRED,
        outcomes.AUTHORIZATION_APPROVED,
        outcomes.AUTHORIZATION_EMERGENCY,
        outcomes.AUTHORIZATION_EXCEPTED,
        outcomes.EDITS_CLEAN,
        outcomes.NECESSITY_MET,
        outcomes.NECESSITY_PROTECTED,
        outcomes.ABOVE_ALLOWED,
        outcomes.SECONDARY_TO_US,
        outcomes.AFTER_PRIOR_PAYER,
        outcomes.PRIOR_PAYER,
    }
    assert outcomes.ALL_OUTCOMES - shown - passing == set(NOT_SHOWN)


def test_every_pend_reason_is_shown() -> None:
    stated = [
        one for r in WORLD.claims for one in (r.expected.outcomes if isinstance(r.expected, OneOf) else (r.expected,))
    ]
    shown = {code for one in stated if isinstance(one, Pended) for code in one.codes}
    in_a_failing_step = {"P-SYS"}  # tests/activities/test_isolation.py
    by_people = {"P-BACK"}  # tests/integration/storage/decisions/test_before_release.py
    of_like_persons = {"P-PERSON"}  # tests/unit/adjudication/steps/test_persons.py, examples/claims/
    known = shown | in_a_failing_step | by_people | of_like_persons
    assert set(load_reference(default_policies_dir()).pends) == known


def test_scenario_names_are_sentences_of_their_own() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(names) == len(set(names))
    assert all(" " in name for name in names)


def test_the_check_finds_fault_with_every_claim_when_nothing_was_seen() -> None:
    groups = {r.expected.group for r in WORLD.claims if isinstance(r.expected, OneOf)}
    single = [r for r in WORLD.claims if not isinstance(r.expected, OneOf)]
    assert len(mismatches(WORLD.claims, Observed())) == len(single) + len(groups)


def test_a_provider_number_has_its_check_digit() -> None:
    assert npi(123456789) == "1234567893"
