"""Accepts or ignores a fact by who stated it. The biller's statement alone never establishes a fact that needs a record.

The fact dictionary (policies/facts.yaml, `stated_in`) says which facts need a record and which kinds of documents may
state them. A reviewer may state every fact. A document without an author establishes none of these.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from adjudication.model.claim import ReceivedDocument, SupportingFact
from adjudication.model.fact_dictionary import FactDictionary
from adjudication.policy.evidence import Evidence, Gap


def established(facts: Evidence, documents: Collection[ReceivedDocument], dictionary: FactDictionary) -> Evidence:
    """Make each fact unknown that needs a record and has none. A no is kept, because it meets no criterion by itself."""
    kinds = {document.document_id: document.kind for document in documents}
    doubtful = [
        name
        for name, value in facts.known.items()
        if value is not False
        and (kind := dictionary.get(name)) is not None
        and kind.stated_in
        and not any(_proves(fact, kinds, kind.stated_in) for fact in facts.stated.get(name, ()))
    ]
    # A fact that needs a record keeps its conflict: several values may answer a criterion only for facts that need no record.
    alike = {
        name: values
        for name, values in facts.several.items()
        if (kind := dictionary.get(name)) is None
        or not kind.stated_in
        or (
            name in facts.sided
            and any(_proves(f, kinds, kind.stated_in) for f in facts.stated[name] if f.value is not False)
        )
    }
    if not doubtful and len(alike) == len(facts.several):
        return facts
    known = {name: value for name, value in facts.known.items() if name not in doubtful}
    gaps = {**facts.gaps, **dict.fromkeys(doubtful, Gap.NOT_ESTABLISHED)}
    return replace(facts, known=known, gaps=gaps, several=alike)


def _proves(fact: SupportingFact, kinds: Mapping[str, str], stated_in: Collection[str]) -> bool:
    """Return whether a fact has a responsible author: that of a document of the right kind, or a reviewer."""
    if fact.author is None:
        return False
    return fact.document is None or kinds.get(fact.document) in stated_in
