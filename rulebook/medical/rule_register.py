"""The registers of the policies: where sources disagree and which one wins; every rule id and where it runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.scalars import ascii_text
from rulebook.medical.schema import ConflictId, Locator, NodeId, ShortText
from rulebook.schema import Record, Slug, Text


class StatementEntry(Record):
    """What one source says."""

    source: Slug
    at: Locator
    says: Text


class ConflictEntry(Record):
    """A disagreement between sources, or of a source with the public record: who wins, for whom, why."""

    about: ShortText
    says: Annotated[tuple[StatementEntry, ...], Field(min_length=1)]
    public_record: Text | None = None
    wins: Text
    applies_to: Text
    why: Text
    certainty: Literal["certain", "high", "medium", "low", "not-verified"]


class ConflictsFile(Record):
    """conflicts.yaml."""

    conflicts: dict[ConflictId, ConflictEntry]


class RuleEntry(Record):
    """One rule of the sources: where it is executed, or why it is not.

    `in` is policy (a rule or criterion of a medical policy), table (another file under policies/), code (a module),
    guide (advice in a policy), code-page (a statement the linter judges) or not-executable.
    """

    kept_in: Literal["policy", "table", "code", "guide", "code-page", "not-executable"]
    where: tuple[Annotated[str, ascii_text(r"^[a-z0-9_./-]+$")], ...] = ()
    why: Text | None = None


class RulesFile(Record):
    """rules.yaml: every rule id of the sources."""

    rules: dict[NodeId, RuleEntry]


class ReleasedFile(Record):
    """released.yaml: the content hash of every released policy version, written by `claimwright policy release`."""

    released: dict[Slug, dict[str, Annotated[str, ascii_text(r"^[0-9a-f]{64}$")]]]
