"""Prints the example claims: all rows with their answers, or one row with its findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adjudication.model.determination import Decision, Determination
from adjudication.model.findings import Finding
from cli.examples.run import ClaimRun
from cli.examples.table import Checked


def table_text(checked: Iterable[Checked]) -> str:
    """Return all rows, then known wrong answers of the product, then rows that differ from the product."""
    rows = list(checked)
    lines = [line for each in rows for line in _row(each)]
    open_rows = [each for each in rows if each.row.differs is not None]
    lines += ["", f"{len(rows)} examples, {len(open_rows)} of which the product does not answer rightly yet:"]
    lines += [f"  {each.row.number:>3}  {each.row.differs.why}" for each in open_rows if each.row.differs is not None]
    wrong = [each for each in rows if each.problem is not None]
    lines += [f"DIFFERS {each.row.number}: {each.problem}" for each in wrong]
    lines.append(f"{len(wrong)} rows disagree with the product." if wrong else "Every row agrees with the product.")
    return "\n".join(lines)


def row_text(checked: Checked) -> str:
    """Return one row: the words, every claim with its answer, each finding with its citation, and the source."""
    row = checked.row
    lines = [f"{row.number}. {row.words}", ""]
    for index, claim in enumerate(checked.claims):
        lines += [*_claim(index + 1, claim), ""]
    lines.append(f"right:  {'; '.join(row.whole_answer())}")
    lines.append(f"source: {row.source} (confidence {row.confidence})")
    if row.differs is not None:
        lines.append(f"today:  {'; '.join(row.differs.says)}. {row.differs.why}")
    lines.append(checked.problem or "The row agrees with the product.")
    return "\n".join(lines)


def _row(checked: Checked) -> Iterator[str]:
    row = checked.row
    yield f"{row.number:>3}  {row.words}"
    yield f"     {'; '.join(row.whole_answer())}{'' if row.differs is None else '   [not yet]'}   ({row.source})"


def _claim(number: int, run: ClaimRun) -> Iterator[str]:
    claim = run.claim
    yield f"claim {number}: {claim.form}, billed by {claim.billing.npi}, received {claim.received_at.date()}, diagnoses {', '.join(claim.diagnoses)}"
    for line in claim.lines:
        billed = "-".join((line.code, *line.modifiers))
        yield f"  line {line.number}: {billed} x{line.units} ${line.charge} on {line.service_date}"
    for answer in run.all_answers():
        yield f"  found: {answer}"
    for finding in () if run.decision is None else _findings(run.decision):
        where = "claim" if finding.line is None else f"line {finding.line}"
        yield f"    {where}: {finding.step} {finding.verdict} {finding.outcome} ({finding.citation.source}: {finding.citation.locator})"


def _findings(decision: Decision) -> list[Finding]:
    if isinstance(decision, Determination):
        return list(dict.fromkeys(finding for line in decision.lines for finding in line.findings))
    return list(decision.findings)
