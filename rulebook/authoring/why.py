"""Why a policy has its result for a line, in plain words, down to the cited paragraph. Renders a review; never judges.

By default the rules that matter to the result; with `everything` all of them, advice included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.markup import escape

from adjudication.policy.catalog import LegRuling
from adjudication.policy.trace import TraceRule, trace
from adjudication.policy.verdict import Result, Ruling
from rulebook.authoring.criteria_text import RuleWriter, nodes_under, speaks, stands_out
from rulebook.authoring.wording import RESULTS, cited
from rulebook.medical.catalog import MedicalLibrary
from rulebook.medical.rule_register import ConflictEntry
from storage.decisions.recorded_reviews import Review


def why(review: Review, library: MedicalLibrary, *, everything: bool = False) -> Iterator[str]:
    """Yield the explanation of one line in reading order, marked up for the terminal."""
    line = review.line
    yield f"[bold]line {line.number}[/bold]: {line.subject.code} on {line.subject.service_date}"
    if review.note:
        yield f"  [yellow]{escape(review.note)}; this is what the policies say today[/yellow]"
    elif review.pinned:
        yield f"  as decided on {review.decided_on}, under the text and the facts of that day"
    for leg in review.legs:
        yield from _leg(leg, review, library, everything=everything)


def leg_result(leg: LegRuling) -> str:
    """Return the result of a leg in words."""
    if leg.excluded:
        return "not a benefit of the contract: no policy is asked"
    if leg.missing is not None:
        return f"waits for the policy owner: {leg.missing.policy}, {leg.missing.why}"
    if leg.unsearched:
        return f"waits for the policy owner: no search shows whether the authority ({leg.authority}) decides the code"
    if leg.ruling is None:
        return "waits for a reviewer: no policy speaks of the code"
    label = f" ({leg.ruling.label.value})" if leg.ruling.label is not None else ""
    return RESULTS[leg.ruling.result] + label


def _leg(leg: LegRuling, review: Review, library: MedicalLibrary, *, everything: bool) -> Iterator[str]:
    yield f"  [bold]{escape(leg_result(leg))}[/bold]"
    yield f"    leg {leg.leg}, authority: {leg.authority}"
    if leg.program is None or leg.ruling is None:
        return
    version = leg.program.version
    yield f"    policy {version.policy} {version.version}: {escape(version.title)} (owner {version.owner})"
    if version.stale(review.decided_on):
        yield f"    [yellow]its own next review was due on {version.next_review}: shown to its owner, no reason to deny[/]"
    rules = trace(leg.program, leg.answers, review.evidence, leg.ruling.open_leaves)
    yield from _because(leg.ruling, rules)
    shown = [rule for rule in rules if everything or stands_out(rule, leg.ruling)]
    writer = RuleWriter(everything=everything)
    for rule in shown:
        yield ""
        yield from (f"    {text}" for text in writer.lines(rule))
    if len(shown) < len(rules):
        yield f"    [dim]{len(rules) - len(shown)} more rule(s) do not bear on the result; --all shows them[/dim]"
    yield from _to_send(rules, library)
    yield from _conflicts(shown, library.conflicts)


def _because(ruling: Ruling, rules: tuple[TraceRule, ...]) -> Iterator[str]:
    rule = next((r for r in rules if ruling.rule is not None and r.rule_id == ruling.rule.rule_id), None)
    if rule is None:
        yield f"    because {escape(ruling.why or 'no rule of the policy speaks of it')}"
        return
    waits = ruling.result in (Result.DOCUMENTS, Result.CONTRADICTION, Result.JUDGEMENT)
    verb = "still open" if waits and ruling.open_leaves else "because of"
    yield f"    {verb} [bold]{rule.rule_id}[/bold] {escape(rule.title)} [dim]({escape(cited(rule.citations))})[/dim]"


def _to_send(rules: tuple[TraceRule, ...], library: MedicalLibrary) -> Iterator[str]:
    """Yield the missing input: documents with the questions they answer, then the questions that only a reviewer can answer."""
    wanted: dict[str, dict[str, None]] = {}
    asked: dict[str, None] = {}
    for rule in rules:
        for leaf in (leaf for part in rule.parts() for leaf in part.leaves() if leaf.material):
            if leaf.document is not None:
                wanted.setdefault(leaf.document, {})[leaf.text] = None
            else:
                asked[leaf.text] = None
    if wanted:
        yield ""
        yield "    [bold]What to send[/bold]"
    for name, questions in wanted.items():
        document = library.vocabulary.documents.get(name)
        label, whom = (name, "") if document is None else (document.label, f", from the {document.from_whom}")
        yield f"      {escape(label)}{whom}:"
        yield from (f"        - {escape(question)}" for question in questions)
    if asked:
        yield "    [bold]What a reviewer has to say[/bold]"
        yield from (f"        - {escape(question)}" for question in asked)


def _conflicts(rules: list[TraceRule], register: Mapping[str, ConflictEntry]) -> Iterator[str]:
    """Yield the facts on which sources disagree, and the source that wins."""
    named: dict[str, None] = {}
    for rule in (rule for rule in rules if speaks(rule)):
        named.update(dict.fromkeys(rule.conflicts))
        for part in rule.parts():
            named.update(dict.fromkeys(conflict for node in nodes_under(part) for conflict in node.conflicts))
    for name in named:
        entry = register[name]
        yield f"    [cyan]sources disagree[/cyan] {name}: {escape(entry.about)}"
        for statement in entry.says:
            yield f"      {statement.source}, {escape(statement.at)}: {escape(statement.says)}"
        decided = f"decided by {escape(entry.decided_by)} on {entry.decided_on}"
        yield f"      wins for {escape(entry.applies_to)}: {escape(entry.wins)} ({escape(entry.why)}), {decided}"
