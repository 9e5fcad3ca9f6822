"""The registers of the policies: conflicts between sources with the prevailing one, and the place where each rule is executed."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from adjudication.policy.approval import SHARED
from contracts.scalars import ascii_text, read_whole
from rulebook.medical.schema import ConflictId, Locator, NodeId, ShortText
from rulebook.schema import Day, Record, Slug, Text


class StatementEntry(Record):
    """The statement of one source."""

    source: Slug
    at: Locator
    says: Text


class ConflictEntry(Record):
    """A disagreement between sources, or of a source with the public record: the prevailing one, its scope, the reason, the decider and the day."""

    about: ShortText
    says: Annotated[tuple[StatementEntry, ...], Field(min_length=1)]
    public_record: Text | None = None
    wins: Text
    applies_to: Text
    why: Text
    certainty: Literal["certain", "high", "medium", "low", "not-verified"]
    decided_by: Annotated[str, ascii_text(r"^[A-Z0-9-]+$")]
    decided_on: Day


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


ContentHash = Annotated[str, ascii_text(r"^[0-9a-f]{64}$")]
PersonId = Annotated[str, ascii_text(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class ApprovalEntry(Record):
    """The author of a released version, its approver as medical director, reasons and date; the audit trail has the same."""

    author: PersonId
    approver: PersonId
    reasons: Text
    approved_on: Day

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.author == self.approver:
            msg = f"{self.author} wrote and approved the version; two people release one"
            raise ValueError(msg)
        return self


class ReleasedFile(Record):
    """released.yaml, written by `claimwright policy release`: the content hash of every released version, and its approval.

    `entries`: what the released versions read of the tables that policies share, by kind and name.
    """

    released: dict[Slug, dict[str, ContentHash]]
    approved: dict[Slug, dict[str, ApprovalEntry]] = Field(default_factory=dict)
    entries: dict[Slug, dict[str, ContentHash]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _numbered(self) -> Self:
        for number in self.released.get(SHARED, {}):
            if read_whole(number) is None:
                msg = f"{SHARED} {number}: the releases of shared entries are numbered 1, 2, 3"
                raise ValueError(msg)
        return self
