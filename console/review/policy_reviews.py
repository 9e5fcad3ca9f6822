"""The policy reviews of a claim for the console: as pinned in the ledger, with the effect of each unknown fact."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from adjudication.model.claim import SupportingFact, Value
from adjudication.model.vocabulary import ClaimId, LineNumber
from adjudication.policy.catalog import LegRuling
from adjudication.policy.evidence import Evidence
from adjudication.policy.trace import open_tests
from contracts.time_source import TimeSource
from rulebook.library import PolicyLibrary
from rulebook.medical.precedence import FactEntry
from storage.decisions.policy_traces import latest_trace
from storage.decisions.recorded_reviews import Review, recorded_lines, review, with_facts
from storage.engine import Database

_SOURCE: Final = "what-if"
_MOST_FACTS: Final = 30
"""The most unknown facts tried per line; each choice is one evaluation of a fraction of a millisecond."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answers of the policies if one unknown fact had this value: the name of the result per leg."""

    fact: str
    value: str
    results: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PolicyReview:
    """The answers of the policies for one line. `pinned`: exactly as it was decided; else evaluated now, see `note`."""

    line: LineNumber
    code: str
    service_date: date
    legs: tuple[LegRuling, ...]
    evidence: Evidence
    decided_on: date
    pinned: bool
    note: str
    what_if: tuple[WhatIf, ...] = ()


class PolicyReviews:
    """Reviews from the recorded traces."""

    def __init__(self, engine: Database, library: PolicyLibrary, now: TimeSource) -> None:
        """Use a pool and the loaded policies."""
        self._engine, self._library, self._now = engine, library, now

    async def reviews(self, claim_id: ClaimId, *, what_if: bool = True) -> tuple[PolicyReview, ...]:
        """Return the review of each line, with the effect of each unknown fact unless the caller does not want it."""
        stored = await latest_trace(self._engine, claim_id)
        lines = await recorded_lines(self._engine, self._library.reference, [claim_id])
        catalog, today = self._library.medical.catalog, self._now().date()
        shown = []
        for (
            line
        ) in lines:  # some tens of milliseconds each, and a claim may have 999 lines, so the event loop is yielded
            shown.append(self._shown(review(line, stored, catalog, today), what_if=what_if))
            await asyncio.sleep(0)
        return tuple(shown)

    def _shown(self, found: Review, *, what_if: bool) -> PolicyReview:
        line = found.line
        return PolicyReview(
            line=line.number,
            code=line.subject.code,
            service_date=line.subject.service_date,
            legs=found.legs,
            evidence=found.evidence,
            decided_on=found.decided_on,
            pinned=found.pinned,
            note=found.note,
            what_if=tuple(self._what_if(found)) if what_if else (),
        )

    def _what_if(self, found: Review) -> Iterator[WhatIf]:
        """Evaluate each possible answer to each open question with few answers: yes or no, or a choice."""
        if found.line.plan is None:
            return
        facts = self._library.medical.vocabulary.facts
        for name in _open_facts(found)[:_MOST_FACTS]:
            for word, value in _answers(facts.get(name)):
                fact = SupportingFact(name, value, _SOURCE, found.decided_on, settles=True)
                after = with_facts(found, {name: fact}, self._library.medical.catalog)
                yield WhatIf(name, word, {leg.leg: leg.name for leg in after.legs})


def _open_facts(found: Review) -> list[str]:
    """Return the unknown facts that could change the result, in reading order."""
    names: dict[str, None] = {}
    for leg in found.legs:
        if leg.program is None or leg.ruling is None:
            continue
        tests = open_tests(leg.program, leg.answers, found.evidence, leg.ruling.open_leaves)
        names.update(dict.fromkeys(fact for test in tests for fact, _ in test.gaps))
    return list(names)


def _answers(entry: FactEntry | None) -> tuple[tuple[str, Value], ...]:
    if entry is None:
        return ()
    if entry.kind == "flag":
        return ("yes", True), ("no", False)
    return tuple((choice, choice) for choice in entry.choices) if entry.kind == "code" else ()
