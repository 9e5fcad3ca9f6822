"""Prints everything stored about a claim: its lines, findings, citations, reason codes, pends and deadlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adjudication.model.findings import Finding
from cli.times import when
from contracts.event_builders.interest_text import in_words
from contracts.events.determinations import DeterminationV1, FindingV1
from contracts.records.claim_file import ClaimFile, RelatedClaim, StoredPend

_MARKS = {
    "passes": "[green]passes[/green]",
    "notes": "notes ",
    "pends": "[yellow]pends [/yellow]",
    "denies": "[red]denies[/red]",
}

_NOTICES = {
    "warning": "warning for",
    "expired": "[red]expired[/red]",
    "no-clock": "[red]cannot be computed[/red], since",
    "gap-warning": "[red]cannot be computed[/red], warning before the earliest possible time",
    "gap-reached": "[red]cannot be computed and may have expired[/red]",
}


def explain(file: ClaimFile) -> Iterator[str]:
    """Yield the lines of the explanation, in reading order."""
    receipt = file.receipt
    yield f"[bold]Claim {receipt.control_number}[/bold] revision {receipt.revision} from {receipt.submitter}"
    yield f"  claim id {file.waiting.claim.claim_id}, payer claim number {receipt.payer_claim_number}"
    yield f"  received {when(receipt.received_at)}"
    yield from (f"  {sentence}" for sentence in sentences(file))
    yield from _related(file.related)
    for superseded in file.determinations[:-1]:
        earlier = superseded.content
        decided = f"{when(earlier.decided_at)}"
        yield f"  {'determined in part' if earlier.pending_lines else 'superseded'}: version {earlier.version} {decided}, charge {earlier.charge}, payable {earlier.payable}"
        yield from _interest(earlier)
    newest = file.newest
    if newest is not None:
        yield from _determination(newest)
    if file.open_pends:
        yield from _pended(file)
    elif newest is None:
        yield "  in process: its batch is not committed yet; run the command again in a moment"
    for use in file.used_units:
        returned = " (returned)" if use.released_at else ""
        yield f"  authorization {use.number}: {use.units} unit(s) of {use.code} for line {use.line}{returned}"


def sentences(file: ClaimFile) -> Iterator[str]:
    """Write the claim's state in sentences: the decision on each line, whether it was mailed, and the reasons to wait."""
    newest = file.newest
    if newest is not None:
        said = "Part of it was decided" if newest.pending_lines else "It was decided"
        yield f"{said} on {when(newest.decided_at)}: ${newest.payable} of ${newest.charge} is payable."
        for line in newest.lines:
            yield f"Line {line.line} ({line.code}) is {line.disposition.replace('-', ' ')}: {line.reason_label}."
        yield from _notice(file)
    waits: dict[str, list[StoredPend]] = {}
    for pend in file.open_pends:
        waits.setdefault(pend.owner, []).append(pend)
    for owner, pends in waits.items():
        lines = ", ".join(dict.fromkeys(f"line {pend.line}" if pend.line else "the whole claim" for pend in pends))
        due = when(min(pend.due_at for pend in pends))
        yield f"It waits for the {owner.replace('-', ' ')} ({lines}) until {due}."
    if file.appeals:
        yield f"It has {len(file.appeals)} appeal(s); see `claimwright appeals list`."


def _notice(file: ClaimFile) -> Iterator[str]:
    notice = None if file.times is None else file.times.notice
    if notice is None or file.newest is None or all(line.disposition != "denied" for line in file.newest.lines):
        return
    if notice.sent_at is None:
        yield "The letters of the denial are not mailed yet, so its legal deadline runs; see `claimwright letters due`."
    else:
        yield f"The notice was sent on {when(notice.sent_at)}."


def _related(related: Sequence[RelatedClaim]) -> Iterator[str]:
    """Name the claims that this claim corrects and the claims that correct it."""
    for each in related:
        known = f" {each.control_number} (claim id {each.claim_id})" if each.claim_id else " a claim we do not have"
        since = f" since {when(each.recorded_at)}" if each.recorded_at else ""
        yield f"  [bold]{each.relation}[/bold]{known}, payer claim number {each.payer_claim_number}{since}"


def _determination(data: DeterminationV1) -> Iterator[str]:
    version = f" version {data.version}" if data.version > 1 else ""
    decided = f"{when(data.decided_at)}"
    said = "determined in part" if data.pending_lines else "determined"
    yield f"  [bold]{said}[/bold]{version} {decided}: charge {data.charge}, payable {data.payable}"
    if data.pending_lines:
        yield f"  not decided yet: line {', '.join(map(str, data.pending_lines))}"
    if data.repeated_lines:
        yield f"  repeated unchanged from version {data.supersedes}: line {', '.join(map(str, data.repeated_lines))}"
    if data.prior_payers:
        yield f"  not as primary: payers before us {data.prior_payers}"
    if data.remarks:
        yield f"  remarks {' '.join(data.remarks)}"
    yield f"  policy data {data.policy_bundle[:23]}"
    yield from _interest(data)
    for line in data.lines:
        yield f"\n  line {line.line}: {line.code} [bold]{line.disposition}[/bold], {line.reason_label}"
        yield f"    charge {line.charge}, payable {line.payable} before cost share"
        for adjustment in line.adjustments:
            remarks = f", remarks {' '.join(adjustment.rarcs)}" if adjustment.rarcs else ""
            yield f"    {adjustment.group}-{adjustment.carc} {adjustment.amount}{remarks}"
        for outcome in line.would_also_fail:
            yield f"    would also fail: {outcome}"
        yield from _findings(line.findings)


def _interest(data: DeterminationV1) -> Iterator[str]:
    """Explain the interest on a late payment step by step, and the questions that a person must settle."""
    for interest in data.interest or ():
        yield f"  [bold]interest[/bold] {interest.standing.replace('-', ' ')}: {in_words(interest)}"
        if interest.citation is not None:
            cited = f"{interest.citation.source}: {interest.citation.locator}"
            yield f"    [dim]{interest.clock}, {cited}, confidence {interest.confidence}[/dim]"
        for step in interest.arithmetic:
            yield f"    {step}"
        for why in interest.why:
            yield f"    [yellow]to be settled by a person[/yellow]: {why}"


def _pended(file: ClaimFile) -> Iterator[str]:
    for pend in file.open_pends:
        where = f"line {pend.line}" if pend.line else "claim"
        yield f"  [yellow]pended[/yellow] {pend.code} ({where}): {pend.outcome}; owner {pend.owner}, due {when(pend.due_at)}"
    for notice in file.deadline_notices:
        what = _NOTICES.get(notice.kind, notice.kind)
        sent = f"published {when(notice.sent_at)}"
        yield f"  deadline {notice.deadline}: {what} {when(notice.at)}, {sent}"
    if file.rounds:
        newest = file.rounds[-1]
        yield f"  policy data {newest.policy_bundle[:23]}"
        for number in sorted({finding.line or 0 for finding in newest.findings}):
            yield f"\n  line {number}" if number else "\n  whole claim"
            yield from _findings([finding for finding in newest.findings if (finding.line or 0) == number])


def _findings(findings: Sequence[Finding | FindingV1]) -> Iterator[str]:
    for finding in findings:
        evidence = ", ".join(f"{each.name}={each.value}" for each in finding.evidence)
        shown = f"  ({evidence})" if evidence else ""
        yield f"    {finding.step:<13} {_MARKS[finding.verdict]} {finding.outcome}{shown}"
        yield f"                         [dim]{finding.citation.source}: {finding.citation.locator}[/dim]"
