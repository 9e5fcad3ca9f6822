"""The fact dictionary and the questions of each policy are valid FHIR questionnaires that ask what a record can state."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.questionnaire import Questionnaire
from typer.testing import Result

from adjudication.model.vocabulary import LineNumber
from adjudication.steps.fact_subjects import LinePlace
from contracts.events.questionnaires import read_link
from rulebook.authoring.questionnaires import (
    asked_for,
    claim_questionnaire,
    dictionary_questionnaire,
    policy_questionnaire,
)
from rulebook.authoring.versions import find_version
from rulebook.library import PolicyLibrary

Run = Callable[..., Result]
DTR = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition"


def items(questionnaire: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["linkId"]: item for group in questionnaire.get("item", ()) for item in group["item"]}


def test_the_dictionary_asks_every_fact_that_a_record_can_state(library: PolicyLibrary) -> None:
    found = dictionary_questionnaire(library)
    Questionnaire.model_validate(found)
    facts = library.medical.vocabulary.facts
    assert set(items(found)) == {name for name, entry in facts.items() if not entry.judgement and entry.document}
    types = {"flag": "boolean", "date": "date", "number": "quantity", "code": "choice"}
    for link, item in items(found).items():
        name, _ = read_link(link)
        assert item["type"] == types[facts[name].kind]
        assert [each["valueCoding"]["code"] for each in item.get("answerOption", ())] == list(facts[name].choices)


def test_the_questions_of_every_policy_in_force_are_a_valid_questionnaire(library: PolicyLibrary) -> None:
    asked = 0
    for policy in library.medical.catalog.policies.values():
        for version in policy.versions:
            for code in sorted(version.codes)[::6] if version is not policy.versions[-1] else sorted(version.codes):
                found = policy_questionnaire(library, version, code)
                Questionnaire.model_validate(found)
                asked += len(items(found))
    assert asked > 100


def test_a_questionnaire_keeps_the_rules_of_the_dtr_profile(library: PolicyLibrary) -> None:
    """hl7.org/fhir/us/davinci-dtr STU 2.1, dtr-std-questionnaire: subjectType and text 1..1, two extensions forbidden, cnl-0, que-2."""
    version = find_version(library.medical.catalog, "spine-imaging-guideline", "1.3.2025")
    for found in (dictionary_questionnaire(library), policy_questionnaire(library, version, "72148")):
        assert found["meta"]["profile"] == [f"{DTR}/dtr-std-questionnaire"]
        assert found["subjectType"] == ["Patient"]
        assert found["text"]["status"] == "generated"
        narrative = ET.fromstring(found["text"]["div"])  # noqa: S314 - our own text
        assert narrative.tag == "{http://www.w3.org/1999/xhtml}div"
        assert found["title"] in "".join(narrative.itertext())
        assert re.fullmatch(r"[A-Z]([A-Za-z0-9_]){0,254}", found["name"])
        links = [each["linkId"] for group in found["item"] for each in (group, *group["item"])]
        assert len(links) == len(set(links))
        assert not found.get("extension")
        quantities = [item for item in items(found).values() if item["type"] == "quantity"]
        assert quantities
        for item in quantities:
            assert any(each["url"].endswith("/questionnaire-unitOption") for each in item["extension"])


def test_a_package_is_a_collection_whose_first_and_only_questionnaire_comes_first(run: Run, policies: Path) -> None:
    """DTR-QPackageBundle: type collection, one Questionnaire, invariant dtrb-1."""
    written = run("policy", "questionnaire", "--package", "--policies", policies, "-o", "package.json")
    assert written.return_value is None, written.output
    found = orjson.loads(Path("package.json").read_bytes())
    Bundle.model_validate(found)
    assert (found["type"], found["meta"]["profile"]) == ("collection", [f"{DTR}/DTR-QPackageBundle"])
    assert [each["resource"]["resourceType"] for each in found["entry"]] == ["Questionnaire"]


def test_a_question_of_one_condition_hangs_on_that_condition_and_on_nothing_hidden(library: PolicyLibrary) -> None:
    version = find_version(library.medical.catalog, "spine-imaging-guideline", "1.3.2025")
    asked = items(policy_questionnaire(library, version, "72148"))
    hanging = {link: item["enableWhen"] for link, item in asked.items() if "enableWhen" in item}
    enabling = hanging["neuro.deterioration"]
    assert {each["answerCoding"]["code"] for each in enabling} == {"syringomyelia-follow-up"}
    for conditions in hanging.values():
        assert all(each["question"] in asked and "enableWhen" not in asked[each["question"]] for each in conditions)
    assert "enableWhen" not in asked["indication"]


def test_the_command_writes_the_questions_of_a_code(run: Run, policies: Path, tmp_path: Path) -> None:
    file = tmp_path / "questions.json"
    run("policy", "questionnaire", "brain-mrs", "1.0", "--code", "76390", "-o", file, "--policies", policies)
    assert items(orjson.loads(file.read_bytes()))


@pytest.mark.parametrize("code", [(), ("--code", "99999")])
def test_a_code_that_no_rule_is_about_is_answered_with_those_there_are(
    run: Run, policies: Path, code: tuple[str, ...]
) -> None:
    result = run("policy", "questionnaire", "brain-mrs", "1.0", *code, "--policies", policies)
    assert "choose of: " in f"{result.exception}"


def a_place(line: int, region: str | None, *, alone: bool, one_region: bool) -> LinePlace:
    return LinePlace(LineNumber(line), "72148", region, date(2025, 9, 1), {}, frozenset(), alone, one_region)


@pytest.mark.parametrize(
    ("place", "fact", "link"),
    [
        (None, "tx.weeks", "tx.weeks"),
        (a_place(1, "lumbar", alone=True, one_region=True), "tx.weeks", "tx.weeks"),
        (a_place(1, "lumbar", alone=False, one_region=False), "tx.weeks", "tx.weeks/region=lumbar"),
        (a_place(2, "lumbar", alone=False, one_region=True), "technique", "technique/line=2"),
        (a_place(2, "spine", alone=False, one_region=False), "tx.weeks", "tx.weeks/line=2"),
        (a_place(2, "lumbar", alone=False, one_region=False), "redflag.cancer", "redflag.cancer"),
    ],
)
def test_a_question_of_a_claim_says_what_it_is_about_where_that_could_be_wrong(
    library: PolicyLibrary, place: LinePlace | None, fact: str, link: str
) -> None:
    asked = asked_for(place, fact, library.reference.facts[fact])
    found = claim_questionnaire(library, "SYN-1", [asked, asked])
    Questionnaire.model_validate(found)
    assert list(items(found)) == [link]
