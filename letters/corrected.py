"""The part of a letter about a decision that replaces an earlier one after a reopening: what changed, and why."""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.letters.dates import in_words
from adjudication.letters.letter import Audience, Element, ElementName
from adjudication.letters.reasons import dollars
from adjudication.letters.wording import LetterLibrary
from adjudication.model.findings import Citation
from contracts.events.determinations import CorrectionV1, DeterminationV1
from contracts.records.claim_file import ClaimFile


def changed_elements(
    file: ClaimFile, newest: DeterminationV1, audience: Audience, library: LetterLibrary
) -> Iterator[Element]:
    """Yield the changes of a correction, line by line, and for the provider the amount to repay; nothing for a decision that is no correction."""
    note = newest.correction
    if note is None:
        return
    texts = library.corrections
    yield Element(ElementName.CHANGED, f"{texts.changed} {texts.because.get(note.reason, '')}".strip())
    before = next((each.content for each in file.determinations if each.content.version == newest.supersedes), None)
    owed = {} if before is None else {line.line: line.payable for line in before.lines}
    for line in newest.lines:
        if line.line in note.lines and line.line in owed:
            words = f"Line {line.line}: {dollars(owed[line.line])} was payable before. Now {dollars(line.payable)} is payable."
            yield Element(ElementName.CHANGED, words)
    if audience is Audience.PROVIDER and note.takes > 0:
        yield _owed(note, texts.recovery)


def _owed(note: CorrectionV1, text: str) -> Element:
    """Return the notice of the overpayment."""
    text = text.replace("{amount}", dollars(note.takes))
    if note.recover_after is not None and note.dispute_until is not None:
        text = text.replace("{recover-after}", in_words(note.recover_after))
        text = text.replace("{dispute-until}", in_words(note.dispute_until))
    cited = () if note.citation is None else (Citation(note.citation.source, note.citation.locator),)
    return Element(ElementName.PAYMENT, text, cited)
