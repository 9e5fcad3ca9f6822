"""The answer for one line, as a phrase of the table and as a value, compared with the expected one.

| phrase | meaning |
|---|---|
| `paid 412.50 CO-45 N381` | paid this amount; the rest of the charge under these group, reason and remark codes (an amount after one is its own) |
| `denied CO-236 N20` | denied |
| `pends P-EDIT-OVR coder 18 N702` | waits for a role under a pend code; the reason code that a denial would give, where stated |
| `with-claim`, `denied-with-claim 236 N20` | payable, or denied, and waits because another line of the claim pends |
| `outside` | not adjudicated here |
| `withdrawn`, `reversed N694` | nothing is billed any more; an earlier decision was taken back |
| `M47 frequency` | rejected at the front end: remark code and field |
| `appeal member ny-utilization-review until 2026-05-24` | the appeal open against the first denial, and the last day of its first level |
| `upheld CO-193 MA46 MA91`, `overturned N691` | the line after the result of the appeal |
| `... also 197` | a further reason that the line would fail for |
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from adjudication.model.determination import Decision, Determination, Disposition, LineDetermination, Pended
from adjudication.model.findings import Finding, PolicyDetail
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber, OutcomeCode, Verdict

ALSO: Final = " also "
_ADJUSTED: Final = re.compile(r"^(?:CO|OA|PI|PR)-[A-Z]?[0-9]+$")
_AMOUNT: Final = re.compile(r"^[0-9]+\.[0-9][0-9]$")
_FIXED: Final = {Disposition.NOT_ADJUDICATED: "outside", Disposition.WITHDRAWN: "withdrawn"}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for a line, in words of the table. `also`: the reason codes of further grounds on which it would fail."""

    words: tuple[str, ...]
    also: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        """Return the phrase."""
        return ALSO.join(" ".join(words) for words in (self.words, *filter(None, self.also)))


def matches(stated: str, answer: Answer) -> bool:
    """Return whether an answer is the stated one; parts that the phrase leaves out are not compared."""
    main, *also = stated.split(ALSO)
    wanted, found = main.split(), list(answer.words)
    if not _stated_amounts(wanted):
        found = _without_amounts(found)
    reasons = all(any(_within(each.split(), other) for other in answer.also) for each in also)
    if wanted[0] == "pends":
        return reasons and wanted[:4] == found[: min(len(wanted), 4)] and set(wanted[4:]) <= set(found[4:])
    return reasons and wanted == found


def decided_lines(decision: Decision, lines: Iterable[LineNumber], answers: Answers) -> list[Answer]:
    """Return the answer for each line of a claim."""
    if isinstance(decision, Determination):
        return [answers.decided(line, decision.remarks) for line in decision.lines]
    return [answers.pended(decision, line) for line in lines]


class Answers:
    """Reads decisions with the reason codes of the policies; `documents`: the remark code of each kind of document."""

    def __init__(self, reference: ReferenceData, documents: Mapping[str, str]) -> None:
        """Keep the tables from which the codes are read."""
        self._reference, self._documents = reference, documents

    def decided(self, line: LineDetermination, remarks: tuple[str, ...]) -> Answer:
        """Return the answer of a determined line."""
        if line.disposition in _FIXED:
            return Answer((_FIXED[line.disposition],))
        if line.disposition is Disposition.REVERSED:
            return Answer(("reversed", *remarks))
        paid = line.disposition is Disposition.APPROVED
        words = ["paid", f"{line.paid:.2f}"] if paid else ["denied"]
        for each in line.adjustments:
            amount = (f"{each.amount:.2f}",) if paid else ()
            words += [f"{each.group}-{each.carc}", *amount, *each.rarcs]
        return Answer(tuple(words), tuple(self._codes(outcome) for outcome in line.would_also_fail))

    def pended(self, claim: Pended, number: LineNumber) -> Answer:
        """Return the answer of a line of a pended claim."""
        adverse = self._adverse(claim.findings, number)
        own = next((pend for pend in claim.pends if pend.line in (number, None)), None)
        if own is None:
            first = next(iter(adverse), None)
            if first is None:
                return Answer(("with-claim",))
            others = tuple(self._codes(each.outcome) for each in adverse[1:])
            return Answer(("denied-with-claim", *self._codes(first.outcome)), others)
        reasons = dict.fromkeys((*self._codes(own.outcome), *self._asked(claim.findings, number, own.outcome)))
        others = tuple(self._codes(each.outcome) for each in adverse if each.outcome != own.outcome)
        return Answer(("pends", own.code, own.owner, *reasons), others)

    def _adverse(self, findings: Iterable[Finding], number: LineNumber) -> list[Finding]:
        own = (f for f in findings if f.line in (number, None) and f.verdict in (Verdict.DENIES, Verdict.PENDS))
        return sorted(own, key=lambda finding: self._reference.outcomes[finding.outcome].precedence)

    def _codes(self, outcome: OutcomeCode) -> tuple[str, ...]:
        rule = self._reference.outcomes[outcome]
        return () if rule.carc is None else (rule.carc, *rule.rarcs)

    def _asked(self, findings: Iterable[Finding], number: LineNumber, outcome: OutcomeCode) -> list[str]:
        """Return the remark codes of the documents that a finding requests."""
        own = (finding for finding in findings if finding.outcome == outcome and finding.line == number)
        details = (leg for finding in own for leg in (finding.detail,) if isinstance(leg, PolicyDetail))
        needed = (need.kind for detail in details for need in detail.documents)
        return [self._documents[kind] for kind in needed if kind in self._documents]


def _stated_amounts(words: list[str]) -> bool:
    """Return whether the phrase states the amount of an adjustment."""
    return any(_ADJUSTED.match(one) and _AMOUNT.match(two) for one, two in itertools.pairwise(words))


def _without_amounts(words: list[str]) -> list[str]:
    return [
        word
        for before, word in zip(["", *words], words, strict=False)
        if not (_ADJUSTED.match(before) and _AMOUNT.match(word))
    ]


def _within(wanted: list[str], found: tuple[str, ...]) -> bool:
    return wanted == list(found[: len(wanted)])
