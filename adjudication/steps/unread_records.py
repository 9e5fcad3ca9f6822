"""Documents without usable structured data, such as scans or values of the wrong type. A nurse reads them.

Once every document that a line needs was received in this form, the line pends for a nurse, not for the provider.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from adjudication.model import outcomes
from adjudication.model.claim import Claim, SupportingFact
from adjudication.model.fact_dictionary import FactDictionary
from adjudication.model.findings import Evidence, Finding, PolicyDetail
from adjudication.model.pends import NURSE_PEND

_UNUSABLE: Final = "unusable"
_ABOUT_FACTS: Final = (outcomes.NECESSITY_FACTS_MISSING, outcomes.FACTS_CONTRADICT)


@dataclass(frozen=True, slots=True)
class Records:
    """The kinds of documents received (`came`), the kinds with one `unread` document, and the facts of unusable type."""

    came: frozenset[str]
    unread: frozenset[str]
    unusable: tuple[Evidence, ...]


_NO_RECORDS: Final = Records(frozenset(), frozenset(), ())


def records_of(claim: Claim, dictionary: FactDictionary) -> Records:
    """Sort a claim's documents by whether they have a usable fact. A fact marked not legible counts: a person read it."""
    if not claim.documents:  # most claims
        return _NO_RECORDS
    read = {fact.document for fact in claim.supporting if fact.fact in dictionary and _fits(fact, dictionary)}
    return Records(
        came=frozenset(document.kind for document in claim.documents),
        unread=frozenset(document.kind for document in claim.documents if document.document_id not in read),
        unusable=tuple(dict.fromkeys(_in_vain(claim, dictionary))),
    )


def usable(facts: Iterable[SupportingFact], dictionary: FactDictionary) -> tuple[SupportingFact, ...]:
    """Return the facts of the right type. Keep the first value of a wrong type if its fact has no other: the value explains why the fact is unusable."""
    stated = tuple(facts)
    for fact in stated:  # fast path: nearly always all facts fit
        kind = dictionary.get(fact.fact)
        if kind is not None and fact.legible and not kind.fits(fact.value):
            break
    else:
        return stated
    good = [fact for fact in stated if _fits(fact, dictionary)]
    names = {fact.fact for fact in good}
    bad = {fact.fact: fact for fact in reversed(stated) if fact.fact not in names}
    return (*good, *bad.values())


def with_records(finding: Finding, records: Records) -> Finding:
    """Mark needed documents that were received but not read; pend the line for a nurse if no other document is missing."""
    if finding.outcome not in _ABOUT_FACTS or not isinstance(finding.detail, PolicyDetail):
        return finding
    needs = tuple(replace(need, received=need.kind in records.unread) for need in finding.detail.documents)
    unread = {need.kind for need in needs if need.received}
    evidence = (*(_marked(each, records.unread) for each in finding.evidence), *records.unusable)
    marked = replace(finding, evidence=evidence, detail=replace(finding.detail, documents=needs))
    all_received = bool(unread) and {need.kind for need in needs} <= records.came
    if finding.outcome == outcomes.NECESSITY_FACTS_MISSING and all_received:
        return replace(marked, outcome=outcomes.RECORDS_UNREAD, pend=NURSE_PEND)
    return marked


def _marked(each: Evidence, unread: Collection[str]) -> Evidence:
    return Evidence("unread", each.value) if each.name == "document" and each.value in unread else each


def _fits(fact: SupportingFact, dictionary: FactDictionary) -> bool:
    """Return whether the value has the type of its fact. An unknown fact passes: no criterion uses it."""
    kind = dictionary.get(fact.fact)
    return kind is None or not fact.legible or kind.fits(fact.value)


def _in_vain(claim: Claim, dictionary: FactDictionary) -> Iterator[Evidence]:
    """Return the name and kind of document of each unusable fact. Values and unknown names are left out: they may hold private data."""
    kinds = {document.document_id: document.kind for document in claim.documents}
    for fact in claim.supporting:
        if fact.document not in kinds:
            continue
        if fact.fact not in dictionary:
            yield Evidence(_UNUSABLE, f"a fact that no policy uses in {kinds[fact.document]}")
        elif not _fits(fact, dictionary):
            yield Evidence(_UNUSABLE, f"{fact.fact} in {kinds[fact.document]}")
