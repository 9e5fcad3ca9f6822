"""Assigns facts to lines. A fact may name its subject: a line, a study, a region, a side, an episode.

Without a subject it is about the whole claim, if that cannot be wrong. If a claim bills several studies or regions, a fact
about a study or a region (policies/facts.yaml, `subject`) may belong to another line. Then
it is unknown until its statement names the subject or a reviewer records it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from adjudication.model.claim import Claim, ClaimLine, FactSubject, SupportingFact
from adjudication.model.fact_dictionary import FactDictionary, FactKind
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber
from adjudication.policy.evidence import Evidence, Gap, collect

_SPINE = frozenset({"cervical", "thoracic", "lumbar"})
_WHOLE_SPINE = "whole-spine"
_UNSPECIFIC = frozenset({"spine"})
"""Regions of codes that name the spine and no part of it: next to a study of a part, they are not another region."""


@dataclass(frozen=True, slots=True)
class LinePlace:
    """The possible subjects of facts, seen from one line: its study and region, and the studies of all lines.

    `alone`: the claim bills no other study; `one_region`: it bills no study of another region.
    """

    line: LineNumber
    study: str
    region: str | None
    service_date: date
    studies: Mapping[LineNumber, str]
    family: frozenset[str]
    alone: bool
    one_region: bool

    def touches(self, about: FactSubject) -> bool:
        """Return whether a fact with this subject belongs to the line."""
        if about.line is not None and self.studies.get(about.line) != self.study:
            return False
        if about.study is not None and study_of(about.study, self.family) != self.study:
            return False
        return about.region is None or self._in(about.region)

    def _in(self, region: str) -> bool:
        if self.region is None or self.region == region:
            return True
        if region == _WHOLE_SPINE:
            return self.region in _SPINE | _UNSPECIFIC
        return self.region in _UNSPECIFIC and region in _SPINE

    def may_be_of_another(self, fact: SupportingFact, kind: FactKind) -> bool:
        """Return whether a fact without a stated subject may belong to another line of the claim."""
        if kind.subject == "claim" or (self.alone if kind.subject == "study" else self.one_region):
            return False
        if fact.settles or (fact.author is not None and fact.document is None):  # a reviewer sees the whole claim
            return False
        if not isinstance(fact.value, str) or fact.value not in kind.regions:
            return True
        only = kind.regions[fact.value]
        return bool(only) and self.region not in only


def places_of(claim: Claim, reference: ReferenceData) -> Mapping[LineNumber, LinePlace]:
    """Return the place of each line. Lines with unknown codes, and revenue lines, do not count as another study."""
    family = reference.family.codes
    held = {each.number: reference.procedure(each.code, each.service_date) for each in claim.lines}
    studies = {each.number: study_of(each.code, family) for each in claim.lines}
    counted = {studies[number] for number, procedure in held.items() if procedure is not None}
    regions = {each.region for each in held.values() if each is not None and each.region is not None} - _UNSPECIFIC
    found = {}
    for line in claim.lines:
        procedure = held[line.number]
        region = None if procedure is None else procedure.region
        alone, one = len(counted) <= 1, len(regions) <= 1
        found[line.number] = LinePlace(
            line.number, studies[line.number], region, line.service_date, studies, family, alone, one
        )
    return found


class LineFacts:
    """The evidence of each line of one claim; all lines share it where no fact is about less than the claim."""

    def __init__(self, claim: Claim, facts: Sequence[SupportingFact], reference: ReferenceData) -> None:
        """Check once whether lines differ: most claims bill one study, and their facts state no subjects."""
        self._facts, self._reference = facts, reference
        differ = _subjected(facts) or (_several(claim, reference) and _any_narrow(facts, reference.facts))
        self._places = places_of(claim, reference) if differ else None
        self._shared = None if differ else collect(facts, reference.catalog.screens)
        self._found: dict[tuple[object, ...], Evidence] = {}

    def of(self, line: ClaimLine) -> Evidence:
        """Return the evidence of a line; lines whose facts are the same get the same object."""
        if self._shared is not None or self._places is None:
            return self._shared or Evidence()
        kept, doubtful = select(self._facts, self._places[line.number], self._reference.facts)
        key = (doubtful, *map(id, kept))
        if key not in self._found:
            self._found[key] = evidence_of(kept, doubtful, self._reference.catalog.screens)
        return self._found[key]


def evidence_at(
    facts: Iterable[SupportingFact],
    place: LinePlace | None,
    dictionary: FactDictionary,
    screens: Mapping[str, tuple[str, ...]],
) -> Evidence:
    """Gather facts as a line sees them; without a place, all of them."""
    stated = tuple(facts)
    if place is None or (place.alone and all(fact.about is None for fact in stated)):
        return collect(stated, screens)
    return evidence_of(*select(stated, place, dictionary), screens)


def evidence_of(
    kept: Iterable[SupportingFact], doubtful: frozenset[str], screens: Mapping[str, tuple[str, ...]]
) -> Evidence:
    """Gather facts, and leave those unknown that may not be of this line."""
    found = collect(kept, screens)
    open_facts = doubtful & (found.known.keys() | found.several.keys())
    if not open_facts:
        return found
    known = {name: value for name, value in found.known.items() if name not in open_facts}
    several = {name: values for name, values in found.several.items() if name not in open_facts}
    return replace(
        found, known=known, gaps={**found.gaps, **dict.fromkeys(open_facts, Gap.OTHER_SUBJECT)}, several=several
    )


def select(
    facts: Sequence[SupportingFact], place: LinePlace, dictionary: FactDictionary
) -> tuple[tuple[SupportingFact, ...], frozenset[str]]:
    """Return the facts of a line, and the names of those that may be of another one.

    A statement about this line takes precedence over one without a subject. Only the latest episode counts.
    """
    episode = _episode(facts, place)
    own: set[str] = set()
    kept: list[SupportingFact] = []
    unsaid: list[SupportingFact] = []
    for fact in facts:
        about = fact.about
        if about is None:
            unsaid.append(fact)
        elif place.touches(about) and about.episode in (None, episode):
            kept.append(fact)
            if about.narrows:
                own.add(fact.fact)
    doubtful: set[str] = set()
    for fact in unsaid:
        kind = dictionary.get(fact.fact)
        if kind is not None and place.may_be_of_another(fact, kind):
            if fact.fact in own:
                continue
            doubtful.add(fact.fact)
        kept.append(fact)
    return tuple(kept), frozenset(doubtful)


def _episode(facts: Iterable[SupportingFact], place: LinePlace) -> date | None:
    """Return the beginning of the latest episode that some fact of the line names, not after the service."""
    named = [
        fact.about.episode
        for fact in facts
        if fact.about is not None and fact.about.episode is not None and place.touches(fact.about)
    ]
    return max((each for each in named if each <= place.service_date), default=None)


def _subjected(facts: Sequence[SupportingFact]) -> bool:
    for fact in facts:  # noqa: SIM110 - a loop is quicker than a generator here, on the hot path
        if fact.about is not None:
            return True
    return False


def _several(claim: Claim, reference: ReferenceData) -> bool:
    """Return whether the claim bills more than one study; nearly always the first lines show it."""
    if len(claim.lines) == 1:
        return False
    family = reference.family.codes
    return len({study_of(line.code, family) for line in claim.lines}) > 1


def _any_narrow(facts: Iterable[SupportingFact], dictionary: FactDictionary) -> bool:
    return any((kind := dictionary.get(fact.fact)) is not None and kind.subject != "claim" for fact in facts)


def study_of(code: str, family: frozenset[str]) -> str:
    """Name the study of a code: the components of spine spectroscopy are one study."""
    return "spine-mrs" if code in family else code
