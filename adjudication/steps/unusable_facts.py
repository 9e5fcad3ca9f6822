"""Facts of a claim that no criterion can read, for their sender: an unknown name, or a value of another kind.

They do not stop the claim. A fact is identified by its position, since its name and value may hold private data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from adjudication.model.claim import Claim, SupportingFact
from adjudication.model.fact_dictionary import FactDictionary

UNKNOWN_FACT: Final = "fact-unknown"
FACT_VALUE: Final = "fact-value"
FACT_SUBJECT: Final = "fact-subject"
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class UnusableFact:
    """One unusable fact: a code, its place in the claim or in a document, and what to do."""

    code: str
    place: str
    words: str


def unusable_facts(claim: Claim, dictionary: FactDictionary) -> tuple[UnusableFact, ...]:
    """Return at most 20 unusable facts. Facts of reviewers were checked when they were recorded."""
    for fact in claim.supporting:  # fast path: nearly always all facts fit
        kind, about = dictionary.get(fact.fact), fact.about
        if kind is None or (fact.legible and not kind.fits(fact.value)):
            break
        if about is not None and (about.line is not None or about.study is not None):
            break
    else:
        return ()
    return tuple(_of(claim, dictionary))[:_MOST]


def fact_problem(fact: SupportingFact, dictionary: FactDictionary) -> tuple[str, str] | None:
    """Return the fault of one fact, as a code and in words; None when criteria can read it."""
    kind = dictionary.get(fact.fact)
    if kind is None:
        near = get_close_matches(fact.fact, dictionary, 1, 0.7)
        hint = f"; the nearest is {near[0]}" if near else ""
        return (
            UNKNOWN_FACT,
            f"no policy knows a fact of this name, so it was not used{hint}; policies/facts.yaml lists all",
        )
    if fact.legible and not kind.fits(fact.value):
        return FACT_VALUE, f"the value of {fact.fact} was not used, since it must be {kind.words()}"
    return None


def _of(claim: Claim, dictionary: FactDictionary) -> Iterator[UnusableFact]:
    places: dict[str | None, int] = {}
    for fact in claim.supporting:
        if fact.author is not None and fact.document is None:
            continue
        at = places.setdefault(fact.document, 0)
        places[fact.document] += 1
        problem = fact_problem(fact, dictionary) or _elsewhere(claim, fact)
        if problem is not None:
            where = "" if fact.document is None else f"document {fact.document}: "
            part = "supporting_information" if fact.document is None else "facts"
            yield UnusableFact(problem[0], f"{where}{part}[{at}]", problem[1])


def _elsewhere(claim: Claim, fact: SupportingFact) -> tuple[str, str] | None:
    """Return the problem of a fact about a line or a study that the claim does not bill."""
    about = fact.about
    if about is None:
        return None
    if about.line is not None and all(line.number != about.line for line in claim.lines):
        return (
            FACT_SUBJECT,
            f"{fact.fact} is about line {about.line}, which this claim does not have, so it was not used",
        )
    if about.study is not None and all(line.code != about.study for line in claim.lines):
        return FACT_SUBJECT, f"{fact.fact} is about a study that this claim does not bill, so it was not used"
    return None
