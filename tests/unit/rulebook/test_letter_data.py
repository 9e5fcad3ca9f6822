"""What the loader of policies/letters/ promises its authors: one clear message, before a claim finds the slip out."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from adjudication.letters.letter import Audience, ElementName, LetterKind
from adjudication.letters.readability import unexplained
from adjudication.letters.wording import AppealRoute, DocumentKind, LetterLibrary
from adjudication.model.vocabulary import PlanId, ProductLine
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError
from rulebook.letters.schema import ReasonsFile
from rulebook.letters.texts import REASONS, load_letters, with_documents
from rulebook.library import PolicyLibrary, default_policies_dir, load_library
from rulebook.yaml_files import read_yaml


@pytest.fixture(scope="module")
def shipped() -> PolicyLibrary:
    return load_library(default_policies_dir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of policies/letters/ that a test may spoil."""
    shutil.copytree(default_policies_dir() / "letters", tmp_path / "letters")
    return tmp_path


def loaded(root: Path, shipped: PolicyLibrary) -> LetterLibrary:
    return load_letters(
        root, Citations(shipped.sources), shipped.reference.outcomes, shipped.reference.plans, shipped.reference.appeals
    )


LONG = "If we uphold this decision on appeal, you can ask the state for a fair hearing"
SLIPS = {
    "an unknown key": ("texts.yaml", "  - element: dispute", "  - color: red\n    element: dispute", ("color", "remove")),
    "an unknown element": ("checklists.yaml", "element: right-to-sue", "element: right-to-sing", ("element",)),
    "an unknown product line": ("checklists.yaml", "products: [dual-snp]", "products: [dual]", ("products",)),
    "a plan no person loaded": ("checklists.yaml", "    binds: {products: [commercial, medicaid]", "    plans: [HUDSON-GOLD]\n    binds: {products: [commercial, medicaid]", ("HUDSON-GOLD", "not loaded")),
    "a regime listed twice": ("checklists.yaml", "regime: new-york", "regime: erisa", ("erisa", "listed twice")),
    "a source no person listed": ("checklists.yaml", 'source: ny-phl-4903, locator: "(e)"', 'source: ny-phl-1, locator: "(e)"', ("unknown source 'ny-phl-1'",)),
    "remarks for members": ("checklists.yaml", "of: [remittance], to: [provider]", "of: [remittance], to: [member]", ("providers only",)),
    "a demand no text answers": ("checklists.yaml", "element: dispute, of: [administrative-denial, clinical-denial], to: [provider]", "element: dispute, of: [administrative-denial, clinical-denial], to: [member]", ("payer demands dispute", "no text has it", "texts.yaml")),
    "a paragraph that ends with no successor": ("texts.yaml", "    regime: erisa\n    to: [member]\n    valid: {starts: 2024-01-01}", "    regime: erisa\n    to: [member]\n    valid: {starts: 2024-01-01, ends: 2026-01-01}", ("erisa demands appeal", "no text has it")),
    "a text of an unknown regime": ("texts.yaml", "regime: new-york", "regime: new-jersey", ("new-jersey", "not known")),
    "two texts for one place": ("texts.yaml", "  - element: fair-hearing\n    regime: integrated", "  - element: appeal\n    regime: integrated", ("integrated-dual-eligible appeal", "two entries in force on 2024-01-01")),
    "a time limit that does not exist": ("texts.yaml", "{hearing-file}", "{hearing-filed}", ("no time limit hearing-filed on 2024-01-01", "periods.yaml")),
    "a slot for a name": ("texts.yaml", "Call us. This", "Call us, {member_name}. This", ("brace", "time limit")),
    "a time limit that starts too late": ("periods.yaml", "regime: erisa\n    within: 45 days\n    valid: {starts: 2024-01-01}", "regime: erisa\n    within: 45 days\n    valid: {starts: 2025-01-01}", ("no time limit external-decide on 2024-01-01",)),
    "a time limit twice": ("periods.yaml", "name: noncontract-decide\n    regime: medicare", "name: noncontract-file\n    regime: medicare", ("medicare-advantage noncontract-file has two entries",)),
    "a number that the appeal path gives": ("periods.yaml", "name: external-decide", "name: appeal-decide", ("erisa appeal-decide", "the appeal path gives this time", "law/appeals")),
    "a time that no appeal path of the law has": ("texts.yaml", "{external-decide}. Their decision binds", "{hearing-file}. Their decision binds", ("no appeal path of erisa has hearing-file for the member",)),
    "a time limit in fortnights": ("periods.yaml", "within: 45 days", "within: 45 fortnights", ("periods.yaml, line ", "within")),
    "a long sentence": ("texts.yaml", LONG + ".", LONG + " " + "and then " * 10 + "more.", ("37 words", "at most 25")),
    "an unexplained short form": ("texts.yaml", "We send your case there.", "We send your case to the IRE.", ("members meet IRE unexplained",)),
    "a code in a reason": ("reasons.yaml", "member: Your plan does not cover this service.", "member: Your plan does not cover 0609T.", ("reasons.benefit.excluded", "0609T")),
    "an outcome without words": ("reasons.yaml", "  eligibility.lapse:\n", "  edits.clean:\n", ("eligibility.lapse is in use and has no words",)),
    "words for no outcome": ("reasons.yaml", "  eligibility.lapse:\n", "  eligibility.gone:\n", ("eligibility.gone", "no step reaches")),
    "a remark without words": ("reasons.yaml", "  N702: decision follows an earlier claim\n", "", ("N702 is in use and has no words",)),
    "an appeal path that is not loaded": ("checklists.yaml", "paths: [medicaid-managed-care,", "paths: [medicaid-care,", ("appeal path medicaid-care", "not loaded")),
    "an appeal path of two laws": ("checklists.yaml", "paths: [contract-dispute]", "paths: [ny-grievance]", ("another regime has the appeal path ny-grievance",)),
    "a way no appeal leads": ("checklists.yaml", "leads_to: state", "leads_to: mars", ("leads_to",)),
    "a ground without words": ("reasons.yaml", "  no-standing: The law or the contract gives this appeal to other people than the person who filed it.\n", "", ("no-standing is in use and has no words",)),
    "a form that no regime uses": ("forms.yaml", "form: CMS-10003", "form: CMS-10033", ("CMS-10033", "no regime uses this form")),
    "an element in two sections of a form": ("forms.yaml", "elements: [appeal]", "elements: [appeal, reasons]", ("CMS-10003", "two sections")),
    "plain words for no source": ("reasons.yaml", "  caqh-core-360: the", "  caqh-core-36: the", ("caqh-core-36", "does not list")),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS, ids=lambda name: name.replace(" ", "-"))
def test_an_authors_slip_is_shown_with_place_and_remedy(slip: str, root: Path, shipped: PolicyLibrary) -> None:
    name, old, new, expected = SLIPS[slip]
    path = root / "letters" / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the test expects {old!r} in {name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyDataError) as caught:
        loaded(root, shipped)
    message = str(caught.value)
    assert message.startswith("letters/")
    assert [part for part in expected if part not in message] == [], message
    assert "\n" not in message


def test_the_library_ships_the_words_and_the_documents(shipped: PolicyLibrary) -> None:
    assert set(shipped.letters.documents) == set(shipped.medical.vocabulary.documents)
    assert "letters" in {doubt.where.split("/")[0] for doubt in shipped.doubts}


def test_a_document_whose_remark_has_no_words_is_refused(shipped: PolicyLibrary) -> None:
    with pytest.raises(PolicyDataError, match=r"N999 is in use and has no words here; add N999 to rarcs"):
        with_documents(shipped.letters, {"odd": DocumentKind("Odd", "N999", "facility")}, {})


def test_a_later_time_limit_is_shown_from_its_first_day_on(root: Path, shipped: PolicyLibrary) -> None:
    path = root / "letters/periods.yaml"
    old = "    within: 45 days\n    valid: {starts: 2024-01-01}\n    citation: {source: 45-cfr"
    text = path.read_text(encoding="utf-8")
    ended = old.replace("2024-01-01}", "2024-01-01, ends: 2026-01-01}")
    later = "  - name: external-decide\n    regime: erisa\n    within: 50 days\n    valid: {starts: 2026-01-01}\n"
    cited = '    citation: {source: 45-cfr-147-136, locator: "(d)"}\n    confidence: low\n'
    assert old in text
    path.write_text(text.replace(old, ended, 1) + later + cited, encoding="utf-8")
    library = loaded(root, shipped)
    checklist = library.checklist(LetterKind.CLINICAL_DENIAL, Audience.MEMBER, ProductLine.COMMERCIAL, PlanId("SYN"))
    internal = next(path for path in shipped.reference.appeals.paths if path.name == "commercial-erisa")
    route = AppealRoute(internal, frozenset())
    days = (date(2025, 12, 31), date(2026, 1, 1))
    shown = [library.paragraph(ElementName.EXTERNAL_REVIEW, checklist, day, route) for day in days]
    assert [("45 days" in t.text, "50 days" in t.text) for t in shown if t] == [(True, False), (False, True)]


def test_the_questions_of_the_fact_dictionary_can_be_put_to_members(shipped: PolicyLibrary) -> None:
    known = shipped.letters.short_forms
    assert shipped.medical.vocabulary.facts
    assert shipped.medical.vocabulary.documents
    for name, fact in shipped.medical.vocabulary.facts.items():
        assert [form for form in unexplained(fact.asks) if form not in known] == [], name
    for name, document in shipped.medical.vocabulary.documents.items():
        assert [form for form in unexplained(document.label) if form not in known] == [], name


def test_records_that_a_provider_keeps_together_are_documents_of_the_dictionary(shipped: PolicyLibrary) -> None:
    words = read_yaml(default_policies_dir() / REASONS, REASONS, ReasonsFile)
    grouped = [name for group in words.record_groups for name in group.documents]
    assert set(grouped) <= set(shipped.letters.documents)
    assert all(shipped.letters.documents[name].group for name in grouped)
