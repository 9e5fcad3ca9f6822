"""The texts a new policy starts from: one rule of each common kind, with cases that prove every test in it.

The facts are taken from the loaded dictionary, so that the files load as they are; their author replaces them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NoReturn

from rulebook.authoring.scaffold_templates import CASES_TEXT, CHAPTER_TEXT
from rulebook.errors import PolicyDataError
from rulebook.medical.names import Vocabulary
from rulebook.medical.precedence import FactEntry
from rulebook.medical.schema import FORMAT

_RECENT_DAYS: Final = 180
_FLAGS: Final = ("changes_management", "dx.as_or_dish", "mri.contraindicated", "neuro.features", "impact.documented")
_LEAST: Final = 6


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a policy: its name, its owner, its source, and the codes it governs."""

    policy: str
    version: str
    title: str
    source: str
    owner: str
    codes: tuple[str, ...] = ()
    confidence: str = "low"
    label: str = "not-medically-necessary"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The facts that the first rules test, by their meaning, and the values with which they are met."""

    needed: str
    excluded: str
    excused: str
    unclear: str
    advised: str
    number: str
    unit: str
    choice: str
    chosen: str
    other: str
    day: str
    documents: dict[str, str]


def policy_text(header: Header) -> str:
    """Write policy.yaml."""
    return f"policy: {header.policy}\ntitle: {_quoted(header.title)}\nowner: {header.owner}\n"


def header_text(header: Header, starts: date, ends: date | None, published_on: date, supersedes: str | None) -> str:
    """Write version.yaml."""
    dates = f"starts: {starts}" + (f", ends: {ends}" if ends else "")
    lines = [
        f"format: {FORMAT}",
        f"policy: {header.policy}",
        f"version: {_quoted(header.version)}",
        f"title: {_quoted(header.title)}",
        f"source: {header.source}",
        f"confidence: {header.confidence}",
        f"owner: {header.owner}",
        f"in_force: {{{dates}}}",
        f"published_on: {published_on}",
    ]
    if supersedes is not None:
        lines.append(f"supersedes: {_quoted(supersedes)}")
    return "\n".join(lines) + "\n"


def precedence_text(header: Header, payer: str) -> str:
    """Write an order of precedence in which this policy comes last; its author adds the authorities before it."""
    return (
        f"# Name it in a plan (plans.yaml, precedence: {payer}). Add the authorities that come before, in order.\n"
        f"orders:\n  - precedence: {payer}\n"
        f"    citation: {{source: {header.source}, locator: order of authorities}}\n"
        f"    confidence: {header.confidence}\n"
        f"    legs:\n      - {{leg: plan, order: [{{authority: plan-policy, policies: [{header.policy}]}}]}}\n"
    )


def rule_prefix(policy: str) -> str:
    """Return the letters its rule ids begin with: the first of each word of its name."""
    letters = "".join(word[0] for word in policy.replace(".", "-").split("-") if word).upper().lstrip("0123456789")
    return letters or "R"


def chapter_text(header: Header, vocabulary: Vocabulary) -> str:
    """Write the first chapter."""
    facts, p = choose(vocabulary), rule_prefix(header.policy)
    governs = ", ".join(_quoted(code) if code in vocabulary.codes else code for code in header.codes)
    return CHAPTER_TEXT.substitute(
        _named(facts),
        p=p,
        governs=governs,
        label=header.label,
        least=_LEAST,
        recent_days=_RECENT_DAYS,
    )


def _named(facts: Chosen) -> dict[str, str]:
    return {name: getattr(facts, name) for name in facts.__slots__ if name != "documents"}


def cases_text(header: Header, vocabulary: Vocabulary, served: date) -> str:
    """Write cases that depend on every test of the first chapter."""
    facts = choose(vocabulary)
    document_of = facts.documents
    criteria = (facts.needed, facts.day, facts.number, facts.choice)
    ruled_out = {document_of[facts.excluded], document_of[facts.excused]}
    return CASES_TEXT.substitute(
        _named(facts),
        p=rule_prefix(header.policy),
        label=header.label,
        code=_code(header, vocabulary),
        served=served,
        recent=served - timedelta(days=30),
        old=served - timedelta(days=_RECENT_DAYS + 1),
        least=_LEAST,
        less=_LEAST - 1,
        rule_out_documents=", ".join(sorted(ruled_out)),
        all_documents=", ".join(sorted(ruled_out | {document_of[fact] for fact in criteria})),
    )


def choose(vocabulary: Vocabulary) -> Chosen:
    """Choose a fact of each kind that a document can hold; raises PolicyDataError if the dictionary has none."""
    usable = {name: entry for name, entry in vocabulary.facts.items() if entry.document and not entry.judgement}
    flags = [name for name, entry in usable.items() if entry.kind == "flag"]
    flags.sort(key=lambda name: _FLAGS.index(name) if name in _FLAGS else len(_FLAGS))
    if len(flags) < len(_FLAGS):
        _lacks(f"{len(_FLAGS)} yes-or-no facts")
    number = _first(usable, "number", "tx.weeks", lambda entry: entry.unit is not None)
    choice = _first(usable, "code", "tx.outcome", lambda entry: len(entry.choices) > 1)
    day = _first(usable, "date", "eval.in_person", lambda _: True)
    documents = {name: entry.document or "" for name, entry in usable.items()}
    needed, excluded, excused, unclear, advised = flags[: len(_FLAGS)]
    chosen, other = usable[choice].choices[:2]
    return Chosen(
        needed=needed,
        excluded=excluded,
        excused=excused,
        unclear=unclear,
        advised=advised,
        number=number,
        unit=usable[number].unit or "",
        choice=choice,
        chosen=chosen,
        other=other,
        day=day,
        documents=documents,
    )


def _first(facts: dict[str, FactEntry], kind: str, preferred: str, fits: Callable[[FactEntry], bool]) -> str:
    found = [name for name, entry in facts.items() if entry.kind == kind and fits(entry)]
    if not found:
        _lacks(f"a {kind} fact")
    return preferred if preferred in found else found[0]


def _lacks(what: str) -> NoReturn:
    raise PolicyDataError("facts.yaml", f"has not {what} that a document holds", "add them, so that rules can ask")


def _code(header: Header, vocabulary: Vocabulary) -> str:
    for name in header.codes:
        if name in vocabulary.codes:
            return name
        if name in vocabulary.code_sets:
            return vocabulary.code_sets[name].codes[0]
    remedy = "name codes of codes/procedures.yaml, or sets of codes/code_sets.yaml"
    raise PolicyDataError("--codes", "names no known code", remedy)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
