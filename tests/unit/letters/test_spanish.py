"""A member's letter in Spanish: each kind of letter, nothing left in English but what is quoted, as easy to read as the English one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from adjudication.letters.decisions import administrative_denial, clinical_denial
from adjudication.letters.letter import Audience, Letter, LetterError, LetterKind
from adjudication.letters.spanish import day_in_spanish
from adjudication.model import outcomes
from adjudication.model.vocabulary import OutcomeCode, ProductLine
from letters.claim_letters import shown
from letters.envelope import Envelope
from letters.spanish import in_spanish
from letters.written import WrittenLetter
from tests.builders.activities.claims import a_claim
from tests.builders.letters.appeal_letters import an_appeal_notice
from tests.builders.letters.letter_values import (
    DEFAULT,
    KINDS,
    NOTICE_DATE,
    SIGNED,
    STENOSIS,
    TOO_SHORT,
    a_notice,
    context,
    denied,
    shipped,
    traced,
    words,
)
from tests.builders.letters.spanish_ease import ease, syllables_of

MEMBER = Audience.MEMBER
SIXTH = 70.0
"""The least ease of the sixth grade."""
OF_CLAIMS = [(line, kind) for line, (kind, to) in product(ProductLine, KINDS) if to is MEMBER]
OF_APPEALS = [(line, kind) for line, kind in product(ProductLine, LetterKind) if kind.value.startswith("appeal-")]
ENGLISH = re.compile(
    r"\b(?:the|you|your|we|our|this|that|with|and|service|appeal|decision|claim|its|part|place|called|least|most)\b",
    re.IGNORECASE,
)


def written(letter: Letter) -> WrittenLetter:
    head = next(iter(words().letterheads.values()))
    envelope = Envelope(
        head, a_claim("C1"), "CW-SYNTHETIC", NOTICE_DATE, words().taglines, {MEMBER: ("1 Synthetic Street",)}
    )
    return shown(letter, "version 1", envelope)


def in_words(letter: Letter) -> WrittenLetter:
    return in_spanish(written(letter), words().in_spanish())


def body(letter: WrittenLetter) -> list[str]:
    """The lines of ours: without the offers in other languages and without what is quoted."""
    parts = [part for part in letter.parts if part.heading != "Ayuda en otros idiomas"]
    return [re.sub(r"«[^»]*»", "", text) for part in parts for text in (part.heading, *part.texts)]


def english_in(letter: WrittenLetter) -> list[str]:
    addresses = written_names()
    lines = [line for line in body(letter) if not any(name in line for name in addresses)]
    return [line for line in lines if ENGLISH.search(line)]


def written_names() -> set[str]:
    heads = words().letterheads.values()
    return {head.name for head in heads} | {body.name for head in heads for body in head.outside}


@pytest.mark.parametrize(("line", "kind"), OF_CLAIMS)
def test_every_letter_about_a_claim_is_spanish_and_has_the_parts_of_the_english_one(
    line: ProductLine, kind: LetterKind
) -> None:
    english = written(a_notice(kind, MEMBER, context(line)))
    spanish = in_spanish(english, words().in_spanish())
    assert english_in(spanish) == []
    assert len([p for p in spanish.parts if p.heading != "Sobre el texto en inglés"]) == len(english.parts)
    assert spanish.checklist == english.checklist
    assert all(each.present for each in spanish.checklist)


@pytest.mark.parametrize(("line", "kind"), OF_APPEALS)
def test_every_letter_of_an_appeal_is_spanish(line: ProductLine, kind: LetterKind) -> None:
    letter = an_appeal_notice(kind, MEMBER, line)
    if letter is None:
        pytest.skip("no path of this product line sends this letter to the member")
    assert english_in(in_words(letter)) == []


def outcomes_with_codes() -> list[OutcomeCode]:
    return [code for code, rule in shipped().reference.outcomes.items() if rule.carc and code != outcomes.ABOVE_ALLOWED]


@pytest.mark.parametrize("outcome", outcomes_with_codes())
def test_a_denial_for_every_outcome_is_spanish_and_read_at_the_sixth_grade(outcome: OutcomeCode) -> None:
    clinical = shipped().reference.outcomes[outcome].clinical
    line = denied(outcome, (), SIGNED if clinical else None)
    letter = (
        clinical_denial(line, SIGNED, MEMBER, context()) if clinical else administrative_denial(line, MEMBER, context())
    )
    spanish = in_words(letter)
    assert english_in(spanish) == []
    assert ease("\n".join(body(spanish))) >= SIXTH


@pytest.mark.parametrize(("line", "kind"), OF_CLAIMS)
def test_a_letter_is_read_at_the_sixth_grade(line: ProductLine, kind: LetterKind) -> None:
    assert ease("\n".join(body(in_words(a_notice(kind, MEMBER, context(line)))))) >= SIXTH


def test_words_of_a_policy_and_of_a_reviewer_are_quoted_and_the_letter_explains_it() -> None:
    short = traced([STENOSIS, DEFAULT], TOO_SHORT)
    line = denied(outcomes.NECESSITY_CRITERIA_NOT_MET, (short,), SIGNED)
    letter = in_words(clinical_denial(line, SIGNED, MEMBER, context()))
    text = "\n".join(t for part in letter.parts for t in part.texts)
    assert f"Quien revisó el caso dio estas razones: «{SIGNED.rationale}»" in text
    assert "» La política pide: por lo menos 6 semanas. Encontramos: " in text
    assert "- «How many weeks did the treatment last?» por lo menos 6 semanas." in text
    assert ". Su parte se llama: «Lumbar stenosis.»" in text
    assert letter.parts[-1].heading == "Sobre el texto en inglés"
    assert (
        letter.parts[-1].heading
        not in {p.heading for p in in_words(a_notice(LetterKind.DOCUMENT_REQUEST, MEMBER, context())).parts}
        or "«" in text
    )


def test_dates_periods_and_values_are_written_as_in_spanish() -> None:
    spanish = words().in_spanish()
    assert day_in_spanish("November 3, 2025") == "3 de noviembre de 2025"
    assert spanish.value("at least 1 week") == "por lo menos 1 semana"
    assert spanish.value("not at most 5 discs") == "más de 5 discos"
    assert spanish.value("a date on or after May 1, 2025, no later than the service on June 2, 2025") == (
        "una fecha desde el 1 de mayo de 2025, no después del servicio del 2 de junio de 2025"
    )
    assert spanish.value("some choice of a policy") is None
    line = spanish.line("We decide within 60 days of the day we receive your appeal.", may_quote=False)
    assert line == "Decidimos en un plazo de 60 días desde el día en que recibimos su apelación."
    assert spanish.line("Lines 1 and 3: We pay $0.00.", may_quote=False) == "Líneas 1 y 3: Pagamos $0.00."


def test_a_sentence_of_ours_without_spanish_refuses_the_letter_and_is_never_left_in_english() -> None:
    letter = written(a_notice(LetterKind.ADMINISTRATIVE_DENIAL, MEMBER, context()))
    appeal = next(part for part in letter.parts if part.heading == "How to appeal")
    changed = replace(letter, parts=(replace(appeal, texts=("You may also send us a postcard.",)),))
    with pytest.raises(LetterError, match="postcard"):
        in_spanish(changed, words().in_spanish())


def test_every_service_and_every_kind_of_document_has_a_spanish_name() -> None:
    texts = words().in_spanish().texts
    labels = {p.label for versions in shipped().reference.procedures.values() for p in versions}
    assert labels - texts.services.keys() == set()
    documents = {name for kind in words().documents.values() for name in (kind.label, kind.group) if name}
    assert documents
    assert documents - texts.documents.keys() == set()


def test_the_head_is_spanish_and_keeps_names_and_numbers() -> None:
    letter = in_words(a_notice(LetterKind.APPROVAL, MEMBER, context()))
    assert "Número de la reclamación: CW-SYNTHETIC" in letter.opening
    assert day_in_spanish(f"{date(2025, 7, 1):%B} 1, 2025") == "1 de julio de 2025"
    assert any(re.fullmatch(r"[0-9]{1,2} de [a-z]+ de 2025", line) for line in letter.opening)
    assert "1 Synthetic Street" in letter.opening
    assert letter.text.splitlines()[0] == letter.opening[0]
    assert letter.language == "es"


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("carta", 2),
        ("apelación", 4),
        ("decisión", 3),
        ("día", 2),
        ("que", 1),
        ("quien", 1),
        ("leer", 2),
        ("plan", 1),
        ("guía", 2),
        ("ciudad", 2),
    ],
)
def test_syllables_are_counted_as_spanish_spells_them(word: str, count: int) -> None:
    assert syllables_of(word) == count


def test_the_ease_of_texts_is_known() -> None:
    """A first reader's text is very easy; the opening of a statute is hard."""
    assert ease("El gato ve al sol. El sol da luz.") > 90
    law = (
        "No obstante cualquier otra disposición de este subcapítulo, el administrador de un plan de beneficios "
        "proporcionará notificación adecuada por escrito a cualquier participante cuya reclamación de beneficios haya sido denegada."
    )
    assert ease(law) < 45
