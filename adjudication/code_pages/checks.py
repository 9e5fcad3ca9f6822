"""The comparisons of the code page linter: does a code exist, does it mean what the page says, and does it fit its use?

No statement or code is named here: every answer comes from the public record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from adjudication.code_pages.public_record import Facet, Meaning, PublicRecord, System
from adjudication.code_pages.statements import LintVerdict, Statement, StatementKind
from adjudication.model.findings import Citation
from adjudication.model.reference import ComponentRole, ModifierKind

_NEVER_ON_IMAGING: Final = frozenset({ModifierKind.SURGICAL, ModifierKind.ANAESTHESIA})
_NOT_LISTED: Final = frozenset({Facet.MARKER})
"""Facets whose keys come from a licensed descriptor: compared, never shown (X-15)."""
_BILLED_OTHERWISE: Final = frozenset({Facet.COMPONENT})
"""Facets for which no other code is suggested, because components are billed by modifier."""


@dataclass(frozen=True, slots=True)
class Remark:
    """The result of one comparison."""

    verdict: LintVerdict
    text: str
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One statement with the data it is compared with."""

    statement: Statement
    subject: str
    record: PublicRecord
    day: date
    system: System
    code: str

    @property
    def entries(self) -> tuple[Meaning, ...]:
        """Return the meanings of the code that are in force that day."""
        return self.record.of(self.system, self.code, self.day)


def same(case: Case) -> Remark:
    """Return the verdict that a statement about a listed code agrees with the record."""
    shown = [f"{facet} {_keys(keys)}" for facet, keys in case.statement.meaning.items() if facet not in _NOT_LISTED]
    stated = set(case.statement.meaning)
    entry = next((entry for entry in case.entries if stated & set(entry.facets)), case.entries[0])
    return Remark(LintVerdict.OK, f"{case.code}: {', '.join(shown) or 'the same'}", entry.citation)


def _check_listed(case: Case) -> Iterator[Remark]:
    """A code must exist on the day; a code that was never looked up is unsupported, never wrong."""
    if case.entries:
        return
    absent = case.record.absent.get(case.code) if case.system is System.TAXONOMY else None
    if absent is not None:
        yield Remark(
            LintVerdict.WRONG, f"{case.code} is not in the code set{_or_rather(absent.instead)}", absent.citation
        )
        return
    ever = case.record.meanings.get((case.system, case.code), ())
    if ever:
        yield Remark(LintVerdict.WRONG, f"{case.code} is not valid on {case.day}", ever[-1].citation)
    else:
        yield Remark(LintVerdict.UNSUPPORTED, f"{case.code} is not in the {case.system} tables held here")


def _check_meaning(case: Case) -> Iterator[Remark]:
    """Compare the page with the record: the page may state less about a code, but nothing more or different."""
    if not case.entries:
        return
    for facet, said in case.statement.meaning.items():
        entry = next((entry for entry in case.entries if facet in entry.facets), None)
        if entry is None:
            yield Remark(LintVerdict.UNSUPPORTED, f"no record on file states the {facet} of {case.code}")
        elif excess := said - entry.facets[facet]:
            text = f"{_has(case.code, facet, entry.facets[facet])}, not {_keys(excess)}"
            yield Remark(LintVerdict.WRONG, text + _or_rather(_codes_for(case, facet, excess)), entry.citation)


def _codes_for(case: Case, facet: Facet, excess: frozenset[str]) -> tuple[str, ...]:
    """Find codes that mean what the page says; if there are none, codes with the right value of the wrong facet."""
    said = case.statement.meaning
    others = [(c, facets) for c, facets in case.record.usable(case.system, case.day) if c != case.code]
    exact = tuple(c for c, facets in others if all(said[f] <= facets.get(f, frozenset()) for f in said))
    if exact or facet in _BILLED_OTHERWISE:
        return exact
    known = case.record.facets(case.system, case.code, case.day)
    rest = {f: keys for f, keys in said.items() if keys <= known.get(f, frozenset())}
    return tuple(
        c
        for c, facets in others
        if excess <= facets.get(facet, frozenset()) and all(keys <= facets.get(f, keys) for f, keys in rest.items())
    )


def _check_billable(case: Case) -> Iterator[Remark]:
    entry = case.record.diagnosis(case.code, case.day) if case.system is System.DIAGNOSIS else None
    if entry is not None and not entry.billable:
        text = f"{case.code} is a header since {entry.valid.starts}, not a billable code"
        yield Remark(LintVerdict.WRONG, text + _or_rather(entry.replaced_by), entry.citation)


def _check_may_stand(case: Case) -> Iterator[Remark]:
    """A modifier must make sense on the code of the page: the same tests as the edit on claims."""
    rule = case.record.modifiers.get(case.code) if case.system is System.MODIFIER else None
    procedure = case.record.procedure(case.subject, case.day)
    if rule is None or procedure is None:
        return
    scans = procedure.role in (None, ComponentRole.ACQUISITION)
    if rule.kind in _NEVER_ON_IMAGING or (rule.kind is ModifierKind.ANAESTHESIA_OF_SCAN and not scans):
        yield Remark(LintVerdict.WRONG, f"{case.code} is a {rule.kind} modifier: not valid on imaging", rule.citation)
    elif rule.kind is ModifierKind.COMPONENT:
        components = case.record.facets(System.PROCEDURE, case.subject, case.day).get(Facet.COMPONENT)
        if components is None:
            yield Remark(LintVerdict.UNSUPPORTED, f"the PC/TC indicator of {case.subject} is not verified")
        elif not components:
            text = f"PC/TC indicator {procedure.pc_tc} on {case.subject}: neither 26 nor TC is valid"
            yield Remark(LintVerdict.WRONG, text, procedure.citation)
    elif len(rule.forms) == 1:
        text = f"{case.code} stands on {next(iter(rule.forms))} claims only"
        yield Remark(LintVerdict.GUIDE, text, rule.citation)


def _check_related(case: Case) -> Iterator[Remark]:
    """A test of a specimen is not related to imaging of a body region."""
    if case.statement.kind is not StatementKind.RELATED_CODE:
        return
    here = case.record.facets(System.PROCEDURE, case.subject, case.day)
    entry = next((entry for entry in case.entries if Facet.SPECIMEN in entry.facets), None)
    if entry is not None and Facet.SPECIMEN not in here:
        text = f"{case.code} tests {_keys(entry.facets[Facet.SPECIMEN])}: not related to {case.subject}"
        yield Remark(LintVerdict.WRONG, text, entry.citation)


def _check_mentions(case: Case) -> Iterator[Remark]:
    """Name the codes for work that the page describes besides the work of its code."""
    for role in case.statement.mentions:
        for code, facets in case.record.usable(case.system, case.day):
            if role in facets.get(Facet.ROLE, ()) and code != case.code:
                citation = case.record.of(case.system, code, case.day)[0].citation
                yield Remark(LintVerdict.GUIDE, f"{role} is {code}, not {case.code}", citation)


def _check_advice(case: Case) -> Iterator[Remark]:
    for entry in case.entries:
        if entry.advice:
            yield Remark(LintVerdict.GUIDE, entry.advice, entry.citation)


CHECKS: Final[tuple[Callable[[Case], Iterator[Remark]], ...]] = (
    _check_listed,
    _check_meaning,
    _check_billable,
    _check_may_stand,
    _check_related,
    _check_mentions,
    _check_advice,
)


def _has(code: str, facet: Facet, keys: frozenset[str]) -> str:
    if facet in _NOT_LISTED:
        return f"{code} names other {facet}s"
    return f"{code} has {facet} {_keys(keys)}" if keys else f"{code} has no {facet}"


def _keys(keys: frozenset[str]) -> str:
    return " and ".join(sorted(keys))


def _or_rather(codes: tuple[str, ...]) -> str:
    return f" (that would be {', '.join(codes)})" if codes else ""
