"""The pages of the policies: what is in force, who released it, source next to rule, cases, and which rules decided claims."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from adjudication.model.vocabulary import ClaimId
from adjudication.policy.approval import PolicyRelease
from rulebook.library import PolicyLibrary
from storage.people.policy_releases import record_shipped
from tests.builders.console.office import Office, person
from tests.builders.ledger.submissions import MEMBER, a_submission

pytestmark = pytest.mark.servers

MRS = "/policies/hudson-6.01.03/2025-03-17.4"


@pytest.fixture
async def office(office: Office) -> Office:
    await office.hire(person("OWNER", "policy-owner"))
    return office


async def words(office: Office, path: str) -> str:
    answer = await office.get(path, "OWNER")
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


async def released(office: Office, library: PolicyLibrary, **changes: str) -> None:
    versions = library.medical.catalog.policies["hudson-6.01.03"].versions
    found = next(each for each in versions if each.version == "2025-03-17.4")
    release = PolicyRelease(
        found.policy, found.version, found.content_hash, "SYN-A", "SYN-B", "A case of the source asked for it."
    )
    at = datetime(2025, 9, 1, tzinfo=UTC)
    await record_shipped(office.engine, [(replace(release, **changes), date(2025, 9, 1))], at)


async def test_the_list_says_which_version_decides_and_who_released_it(office: Office, library: PolicyLibrary) -> None:
    assert "no release in the ledger" in await words(office, "/policies")
    await released(office, library)
    shown = await words(office, "/policies")
    assert "hudson-6.01.03" in shown
    assert "spine-imaging-guideline" in shown


async def test_a_release_of_another_text_is_no_release_of_this_version(office: Office, library: PolicyLibrary) -> None:
    await released(office, library, content_hash="0" * 64)
    assert "by SYN-A and SYN-B" not in await words(office, MRS)


async def test_a_rule_stands_next_to_what_its_source_says_and_where(office: Office, library: PolicyLibrary) -> None:
    await released(office, library)
    shown = await words(office, MRS)
    assert "Distinguish recurrent brain tumor from radiation necrosis" in shown
    assert "statements I to I.A.6" in shown
    assert "by SYN-A and SYN-B" in shown
    assert "HUDSON-COMM" in shown
    assert "effective March 17 2025" in shown
    assert re.search(r"\bL[0-9]+", shown) is None
    rule = await words(office, f"{MRS}/rules/S3-01")
    assert "One of the six reasons the policy names." in rule
    assert "Seizures, especially temporal lobe epilepsy" in rule


async def test_each_case_says_what_is_known_and_what_must_come_of_it(office: Office) -> None:
    shown = await words(office, f"{MRS}/cases")
    assert "Expected: covered: the criteria are met, by S3-01." in shown


async def test_the_rules_that_decided_claims_are_counted(office: Office, study: ClaimId) -> None:
    assert study
    shown = await words(office, f"{MRS.rpartition('/')[0]}/2025-03-17/use")
    assert re.search(r"2025-03-17 S3-09 .*experimental.* 1 [1-4] ", shown), shown


async def test_the_document_holds_rules_readings_cases_and_history(office: Office) -> None:
    shown = await words(office, f"{MRS}/document")
    order = ("Rules, in the order of the source", "Readings chosen, and who decided", "Cases", "Versions")
    places = [shown.index(each) for each in order]
    assert places == sorted(places)
    assert "SYN-MEDICAL-DIRECTOR" in shown[places[-1] :]


@pytest.mark.parametrize("path", ["/policies/none/1.0", "/policies/hudson-6.01.03/9.9", f"{MRS}/rules/S3-99"])
async def test_what_is_not_there_is_said_to_be_not_there(office: Office, path: str) -> None:
    answer = await office.get(path, "OWNER")
    assert answer.status_code == 404
    assert "choose one" in answer.text


async def test_a_record_system_reads_the_questions_of_a_policy_by_the_api(office: Office) -> None:
    answer = await office.call("GET", "/api/policies/hudson-6.01.03/2025-03-17.4/questionnaire?code=76390", "OWNER")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.json()["resourceType"] == "Questionnaire"
    dictionary = await office.call("GET", "/api/policies/questionnaire", "OWNER")
    assert len(dictionary.json()["item"]) > 10
    none = await office.call("GET", "/api/policies/hudson-6.01.03/2025-03-17.4/questionnaire?code=99999", "OWNER")
    assert none.status_code == 404


async def test_the_open_questions_of_a_claim_are_a_questionnaire_and_the_view_is_recorded(office: Office) -> None:
    [claim] = await office.waiting(a_submission("OPEN-1", "72148"))
    await office.hire(person("NURSE", "nurse"))
    answer = await office.call("GET", f"/api/claims/{claim}/questionnaire", "NURSE")
    assert answer.status_code == 200, answer.text
    asked = {item["linkId"] for group in answer.json()["item"] for item in group["item"]}
    assert {"indication", "tx.weeks", "redflag.none_found"} & asked
    assert (answer.headers["content-type"], answer.json()["title"]) == (
        "application/fhir+json",
        "Open questions of a claim",
    )
    assert MEMBER not in answer.text
    viewed = await office.stores.rows(f"SELECT person_id FROM audit_trail WHERE subject = 'view/{claim}'")
    assert viewed == [("NURSE",)]
