"""Interest on late payments on the claim page, for every version of the determination: published interest is kept."""

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
    """Interest that one version of the determination states for one missed deadline; `title` names the law."""

    version: int
    state: str
    kind: str
    words: str
    title: str
    interest: InterestV1


def interest_views(determinations: Sequence[StoredDetermination], words: LetterLibrary) -> tuple[InterestView, ...]:
    """Draw the interest of a claim, the oldest version first."""
    return tuple(
        InterestView(
            version=each.version,
            state=interest.standing.replace("-", " "),
            kind=_KINDS[interest.standing],
            words=in_words(interest),
            title=_title(interest, words),
            interest=interest,
        )
        for each in determinations
        for interest in each.content.interest or ()
    )


def _title(interest: InterestV1, words: LetterLibrary) -> str:
    if interest.citation is None:
        return ""
    source = words.sources.get(interest.citation.source)
    return interest.citation.source if source is None else source.title
