"""The lines of an appealed claim: the first decision, the rulings and the new decision."""

from __future__ import annotations

from adjudication.model.claim import ClaimLine
from adjudication.model.determination import LineDetermination
from adjudication.model.findings import Finding
from adjudication.model.vocabulary import Verdict
from console.appeals.models import AdjustmentResponse, AppealLineResponse, DecidedResponse, RulingResponse
from console.ports import Console
from console.web.labels import label_of
from contracts.events.determinations import CitationV1
from contracts.records.appeal_queries import OpenedAppeal, Version


def lines_shown(console: Console, opened: OpenedAppeal) -> tuple[AppealLineResponse, ...]:
    """Show every line of the claim, in order; those under appeal are marked."""
    return tuple(_line(console, opened, line) for line in opened.held.claim.lines)


def _line(console: Console, opened: OpenedAppeal, line: ClaimLine) -> AppealLineResponse:
    state, first, newest = opened.held.state, opened.first, opened.newest
    later = newest if newest is not None and first is not None and newest.version > first.version else None
    return AppealLineResponse(
        line=line.number,
        code=line.code,
        units=line.units,
        charge=line.charge,
        service_date=line.service_date,
        label=label_of(line.code, line.service_date, console.reference),
        appealed=line.number in (opened.held.filed.lines if state is None else state.case.lines),
        first=_decided(console, first, line),
        rulings=tuple(
            RulingResponse(level=result.level, line=ruling.line, ruling=ruling.ruling.value, units=ruling.units)
            for result in (() if state is None else state.results)
            for ruling in result.rulings
            if ruling.line == line.number
        ),
        newest=_decided(console, later, line),
    )


def _decided(console: Console, version: Version | None, line: ClaimLine) -> DecidedResponse | None:
    found = None if version is None else next((each for each in version.lines if each.line == line.number), None)
    return None if version is None or found is None else _version_of(console, version, found)


def _version_of(console: Console, version: Version, line: LineDetermination) -> DecidedResponse:
    rule = console.reference.outcomes.get(line.reason)
    return DecidedResponse(
        version=version.version,
        decided_at=version.decided_at,
        disposition=line.disposition.value,
        payable=line.paid,
        reason=line.reason,
        label=line.reason if rule is None else rule.label,
        adjustments=tuple(
            AdjustmentResponse(group=each.group.value, carc=each.carc, amount=each.amount, rarcs=each.rarcs)
            for each in line.adjustments
        ),
        would_also_fail=tuple(line.would_also_fail),
        citations=_citations(line),
        signed_by=None if line.signature is None else line.signature.reviewer_id,
        rationale=None if line.signature is None else line.signature.rationale,
    )


def _citations(line: LineDetermination) -> tuple[CitationV1, ...]:
    """Return the citations of the finding that decided the line, or else of those set aside or noted about its reason."""
    deciding = [finding for finding in line.findings if _decides(finding, line)]
    cited = dict.fromkeys((finding.citation.source, finding.citation.locator) for finding in deciding)
    return tuple(CitationV1(source=source, locator=locator) for source, locator in cited)


def _decides(finding: Finding, line: LineDetermination) -> bool:
    return finding.outcome == line.reason and finding.verdict in (Verdict.DENIES, Verdict.PASSES)
