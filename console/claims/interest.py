"""Interest on late payments as the claim page tells it: every version's, since what was told once stays told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adjudication.letters.wording import LetterLibrary
from contracts.event_builders.interest_text import in_words
from contracts.events.determinations import InterestV1
from contracts.records.claim_file import StoredDetermination

_KINDS: Final = {"owed": "info", "may-be-owed": "warn", "not-reckoned": "warn"}


@dataclass(frozen=True, slots=True)
class InterestView:
    """What one version of the determination told of one clock that ran out; `title` is what the law is called."""

    version: int
    state: str
    kind: str
    words: str
    title: str
    told: InterestV1


def interest_views(determinations: Sequence[StoredDetermination], words: LetterLibrary) -> tuple[InterestView, ...]:
    """Draw the interest of a claim, the oldest version first."""
    return tuple(
        InterestView(
            version=each.version,
            state=told.standing.replace("-", " "),
            kind=_KINDS[told.standing],
            words=in_words(told),
            title=_title(told, words),
            told=told,
        )
        for each in determinations
        for told in each.content.interest or ()
    )


def _title(told: InterestV1, words: LetterLibrary) -> str:
    if told.citation is None:
        return ""
    source = words.sources.get(told.citation.source)
    return told.citation.source if source is None else source.title
