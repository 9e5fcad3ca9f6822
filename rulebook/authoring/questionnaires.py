"""Writes the fact dictionary, and the questions of a policy, as FHIR R4 Questionnaires that an electronic record fills in (DTR).

An item's link id is the name of the fact, with an optional subject (contracts/events/questionnaires.py). Conclusions of
reviewers are not asked. A question that matters under one condition only is enabled by that condition's answer.
The profile is DTR Standard Questionnaire, STU 2.1 (hl7.org/fhir/us/davinci-dtr), without CQL, so no answer is filled in before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any, Final, get_args

from adjudication.model.fact_dictionary import FactKind
from adjudication.policy.leaves import UNKNOWN, Choice, Flag
from adjudication.policy.program import Program
from adjudication.policy.tree import Fold, Leaf, Node, PolicyVersion, Rule, RuleKind
from adjudication.steps.fact_subjects import LinePlace
from contracts.events.claims import REGIONS, FactSubjectV1
from contracts.events.questionnaires import GROUP, SYSTEM, UNITS, link_of
from rulebook.authoring.versions import parts, walk
from rulebook.library import PolicyLibrary
from rulebook.medical.names import Vocabulary
from rulebook.medical.precedence import FactEntry

_TYPES: Final = {"flag": "boolean", "date": "date", "number": "quantity", "code": "choice"}
_UNIT: Final = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
_UNIT_OPTION: Final = "http://hl7.org/fhir/StructureDefinition/questionnaire-unitOption"
_PROFILES: Final = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/"

Condition = tuple[str, bool | str]
"""A fact and the answer that enables another question."""
Asked = tuple[str, FactSubjectV1 | None]
"""A fact, and the subject of its answer."""
Conditions = frozenset[Condition]
ALWAYS: Final[Conditions] = frozenset()
"""The question is always enabled."""


def dictionary_questionnaire(library: PolicyLibrary) -> dict[str, Any]:
    """Return every fact that a record can state, grouped by the document that holds its answer."""
    vocabulary = library.medical.vocabulary
    groups = _groups(vocabulary, ((name, None) for name in vocabulary.facts), {})
    return _questionnaire("facts", library.reference.content_hash[:12], "The fact dictionary", "active", groups)


def policy_questionnaire(library: PolicyLibrary, version: PolicyVersion, code: str) -> dict[str, Any]:
    """Return the questions of a version about a code when no fact is known. Raises KeyError for a code without a rule."""
    program = library.medical.catalog.program(version, code)
    if program is None:
        raise KeyError(code)
    conditions = conditions_of(program)
    vocabulary = library.medical.vocabulary
    status = "draft" if (version.policy, version.version) in library.medical.drafts else "active"
    return _questionnaire(
        f"{version.policy}:{code}",
        version.version,
        f"{version.title}: {code}",
        status,
        _groups(vocabulary, ((name, None) for name in conditions), conditions),
    )


def claim_questionnaire(library: PolicyLibrary, claim: str, asked: Iterable[Asked]) -> dict[str, Any]:
    """Return the questions that are open for one claim, each about the region or study of the line that asks it."""
    vocabulary, version = library.medical.vocabulary, library.reference.content_hash[:12]
    return _questionnaire(
        f"claim:{claim}", version, "Open questions of a claim", "active", _groups(vocabulary, asked, {})
    )


def asked_for(place: LinePlace | None, fact: str, kind: FactKind) -> Asked:
    """Return a question with the subject that its answer must name if the claim bills several studies or regions."""
    if place is None or kind.subject == "claim":
        return fact, None
    if kind.subject == "region" and not place.one_region and place.region in get_args(REGIONS):
        return fact, FactSubjectV1.model_validate({"region": place.region})
    return fact, None if place.alone else FactSubjectV1(line=place.line)


def conditions_of(program: Program) -> dict[str, Conditions]:
    """Return the facts that the rules of a code read, each with the answers of which one must be given before it matters."""
    found: dict[str, list[Conditions]] = {}
    for rule in (places.rule for places in program.rules if places.rule.kind is not RuleKind.GUIDE):
        for fact, conditions in _of_rule(rule):
            found.setdefault(fact, []).append(conditions)
    joined = {
        fact: ALWAYS if any(each == ALWAYS for each in all_of) else frozenset().union(*all_of)
        for fact, all_of in found.items()
    }
    # A question that enables others is always enabled itself, so that no question depends on a hidden one.
    enablers = {name for conditions in joined.values() for name, _ in conditions}
    return {fact: ALWAYS if fact in enablers else conditions for fact, conditions in joined.items()}


def _of_rule(rule: Rule) -> Iterator[tuple[str, Conditions]]:
    condition = ALWAYS if rule.applies is None else _enables(rule.applies)
    for name, root in parts(rule):
        for leaf in (node for node in walk(root) if isinstance(node, Leaf)):
            for fact in leaf.test.facts:
                yield fact, ALWAYS if name == "applies" else condition


def _enables(node: Node) -> Conditions:
    """Return answers of which one must be given for a condition to hold; ALWAYS if FHIR cannot express the condition."""
    if isinstance(node, Leaf):
        if node.silent != UNKNOWN:
            return ALWAYS
        if isinstance(node.test, Flag):
            return frozenset({(node.test.fact, True)})
        return (
            frozenset((node.test.fact, code) for code in node.test.one_of) if isinstance(node.test, Choice) else ALWAYS
        )
    if node.fold is not Fold.AT_LEAST:
        return ALWAYS
    below = [_enables(child) for child in node.children]
    if node.at_least == len(below):  # all children are needed: enable by the shortest of those that FHIR can express
        return min(
            (each for each in below if each), key=lambda each: (len(each), sorted(map(str, each))), default=ALWAYS
        )
    return ALWAYS if any(not each for each in below) else frozenset().union(*below)


def _groups(
    vocabulary: Vocabulary, asked: Iterable[Asked], conditions: Mapping[str, Conditions]
) -> list[dict[str, Any]]:
    """Return the questions by document, in the order of the dictionary."""
    documents = {name: place for place, name in enumerate(vocabulary.documents)}
    facts = {name: place for place, name in enumerate(vocabulary.facts)}
    rows = [
        (entry.document, name, about)
        for name, about in dict.fromkeys(asked)
        if not (entry := vocabulary.facts[name]).judgement and entry.document is not None
    ]
    rows.sort(key=lambda each: (documents[each[0]], facts[each[1]]))
    return [
        {
            "linkId": f"{GROUP}{document}",
            "type": "group",
            "text": vocabulary.documents[document].label,
            "item": [
                _item(name, about, vocabulary.facts[name], conditions.get(name, ALWAYS)) for _, name, about in under
            ],
        }
        for document, under in groupby(rows, key=lambda each: each[0])
    ]


def _item(name: str, about: FactSubjectV1 | None, entry: FactEntry, conditions: Conditions) -> dict[str, Any]:
    item: dict[str, Any] = {
        "linkId": link_of(name, about),
        "text": f"{_about_words(about)}{entry.asks}",
        "type": _TYPES[entry.kind],
        "required": False,
    }
    if entry.kind in ("code", "date"):
        item["repeats"] = True
    if entry.kind == "code":
        item["answerOption"] = [
            {"valueCoding": {"system": f"{SYSTEM}{name}", "code": choice, "display": choice.replace("-", " ")}}
            for choice in entry.choices
        ]
    if entry.unit is not None:
        coding = {"system": UNITS, "code": entry.unit, "display": entry.unit}
        item["extension"] = [{"url": url, "valueCoding": coding} for url in (_UNIT, _UNIT_OPTION)]
    if conditions:
        item["enableWhen"] = [_enable(*each) for each in sorted(conditions, key=str)]
        item["enableBehavior"] = "any"
    return item


def _about_words(about: FactSubjectV1 | None) -> str:
    if about is None:
        return ""
    return f"Of line {about.line}: " if about.line is not None else f"Of the {about.region} study: "


def _enable(fact: str, answer: bool | str) -> dict[str, Any]:  # noqa: FBT001 - the answer of a question
    if isinstance(answer, bool):
        return {"question": link_of(fact), "operator": "=", "answerBoolean": answer}
    return {"question": link_of(fact), "operator": "=", "answerCoding": {"system": f"{SYSTEM}{fact}", "code": answer}}


def _questionnaire(name: str, version: str, title: str, status: str, groups: list[dict[str, Any]]) -> dict[str, Any]:
    words = "".join(each if each.isalnum() else " " for each in name).split()
    return {
        "resourceType": "Questionnaire",
        "meta": {"profile": [f"{_PROFILES}dtr-std-questionnaire"]},
        "text": {"status": "generated", "div": _narrative(title, version, groups)},
        "url": f"urn:claimwright:questionnaire:{name}",
        "version": version,
        "name": "Claimwright" + "".join(word.capitalize() for word in words),
        "title": title,
        "status": status,
        "subjectType": ["Patient"],
        **({"item": groups} if groups else {}),  # FHIR knows no empty list: an item without questions has none
    }


def _narrative(title: str, version: str, groups: Iterable[Mapping[str, Any]]) -> str:
    """Return the title and the documents asked for as the XHTML that the profile demands."""
    listed = "".join(f"<li>{escape(group['text'])}: {len(group['item'])} questions</li>" for group in groups)
    documents = f"<ul>{listed}</ul>" if listed else ""
    return (
        f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(title)}, version {escape(version)}</p>{documents}</div>'
    )


def questionnaire_package(questionnaire: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Bundle that answers $questionnaire-package: one Questionnaire, without value sets and libraries."""
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{_PROFILES}DTR-QPackageBundle"]},
        "type": "collection",
        "entry": [{"fullUrl": questionnaire["url"], "resource": dict(questionnaire)}],
    }
