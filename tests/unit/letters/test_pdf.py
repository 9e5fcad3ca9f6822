"""Letters as PDF: the same words as the issued text, in the scripts of fifteen languages, the same bytes each time."""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from pypdf import PdfReader

from adjudication.letters.letter import Audience, LetterKind
from adjudication.model.vocabulary import PlanId
from contracts.records.issued_letters import IssuedLetter
from letters.claim_letters import shown
from letters.envelope import Envelope
from letters.pdf import printed
from letters.print_forms import Print, layout_of
from tests.builders.activities.claims import a_claim
from tests.builders.letters.letter_values import NOTICE_DATE, a_notice, context, shipped

OFFERS = "Help in other languages"


def issued(audience: Audience, surname: str = "Synthberg") -> IssuedLetter:
    """A denial with its head and, to the member, the offers of help by language."""
    claim = a_claim("C1")
    claim = replace(claim, member=replace(claim.member, given_name="Synnove", family_name=surname))
    letters = shipped().letters
    envelope = Envelope(letters.letterheads[PlanId("HUDSON-COMM")], claim, "CW1", NOTICE_DATE, letters.taglines)
    letter = shown(a_notice(LetterKind.CLINICAL_DENIAL, audience, context()), "version 1", envelope)
    names = (str(claim.claim_id), None, letter.kind, audience.value, "version 1")
    at = datetime(2025, 7, 1, tzinfo=UTC)
    return IssuedLetter(*names, letter.text.encode(), "bundle", "claimwright", "system", at, layout=layout_of(letter))


def characters(text: str) -> str:
    """The text without spaces and underlining, compatibility forms of characters resolved."""
    return "".join(unicodedata.normalize("NFKC", text).replace("=", "").split())


def read_back(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("form", Print)
@pytest.mark.parametrize("audience", Audience)
def test_a_printed_letter_has_the_text_of_the_issued_one(audience: Audience, form: Print) -> None:
    letter = issued(audience)
    pdf = printed(letter, form)
    assert pdf is not None
    wanted, found = characters(letter.body.decode()), characters(read_back(pdf))
    # A reader of PDF gives letters that run from the right in another order, so those are compared without order.
    assert Counter(found) == Counter(wanted)
    assert found.partition(characters(OFFERS))[0] == wanted.partition(characters(OFFERS))[0]
    assert ("語" in found, "한" in found, "ا" in found) == (audience is Audience.MEMBER,) * 3


def test_the_same_letter_gives_the_same_bytes_and_large_print_has_more_pages() -> None:
    letter = issued(Audience.MEMBER)
    prints = {form: [printed(letter, form) for _ in range(2)] for form in Print}
    for first, second in prints.values():
        assert first is not None
        assert first == second
    pages = [len(PdfReader(io.BytesIO(first or b"")).pages) for first, _ in prints.values()]
    assert pages[1] > pages[0]
    assert len({sha256(first or b"").digest() for first, _ in prints.values()}) == 2


def test_a_name_of_cyrillic_or_accented_letters_is_printed_and_one_that_the_fonts_lack_is_not() -> None:
    for surname in ("Šýnthęber", "Синтберг"):
        pdf = printed(issued(Audience.MEMBER, surname), Print.ORDINARY)
        assert pdf is not None
        assert surname in read_back(pdf)
    assert printed(issued(Audience.MEMBER, "𐎠𐎡"), Print.ORDINARY) is None


def test_a_letter_issued_before_its_parts_were_kept_has_no_print() -> None:
    assert printed(replace(issued(Audience.MEMBER), layout=None), Print.ORDINARY) is None
