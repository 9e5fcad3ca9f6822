"""Lints a third-party code page against the public record: every statement is compared, none is relied on.

A statement without an error does not become a rule.
"""

from __future__ import annotations

from adjudication.code_pages.checks import CHECKS, Case, Remark, same
from adjudication.code_pages.public_record import PublicRecord
from adjudication.code_pages.statements import SYSTEM_OF, CodePage, Lint, LintVerdict, Statement, StatementKind


def lint_page(page: CodePage, record: PublicRecord) -> tuple[Lint, ...]:
    """Compare every statement with the public record as it was on the day the page was read."""
    return tuple(_lint(statement, page, record) for statement in page.statements)


def clean(lints: tuple[Lint, ...]) -> bool:
    """Return whether nothing is wrong or unsupported."""
    return not any(lint.verdict in (LintVerdict.WRONG, LintVerdict.UNSUPPORTED) for lint in lints)


def _lint(statement: Statement, page: CodePage, record: PublicRecord) -> Lint:
    system = SYSTEM_OF.get(statement.kind)
    if system is None or statement.code is None:
        remarks = [_advice_only(statement)]
    else:
        case = Case(statement, page.subject, record, page.read_on, system, statement.code)
        remarks = [remark for check in CHECKS for remark in check(case)] or [same(case)]
    verdict = next(v for v in LintVerdict if any(remark.verdict is v for remark in remarks))
    cited = dict.fromkeys(remark.citation for remark in remarks if remark.citation is not None)
    text = "; ".join(remark.text for remark in remarks)
    return Lint(statement.rule_id, verdict, statement.at, statement.says, text, tuple(cited), statement.conflict)


def _advice_only(statement: Statement) -> Remark:
    if statement.kind is StatementKind.COVERAGE and statement.items:
        return Remark(LintVerdict.UNSUPPORTED, "names payers, but no policy, price or rule of theirs: not loaded")
    if statement.kind is StatementKind.OMISSION:
        return Remark(LintVerdict.GUIDE, "says nothing: the tables of this system answer")
    return Remark(LintVerdict.GUIDE, "advice: no public code table speaks of it")
