"""The HTTP request for a bulk retry, and the messages between its workflow and the workflows of the claims it retries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from adjudication.model.vocabulary import PlanId
from adjudication.review.bulk_retry import Mode, Selection
from contracts.scalars import Day, Moment, Remark, Whole, ascii_text

BULK_RELEASE: Final = "BulkReleaseWorkflow"
RELEASE_CHANGED_SIGNAL: Final = "changed"
BULK_RETRY_STEP: Final = "release_step"

_RESUMED: Final = "bulk-resume/"
_RESTARTED: Final = "bulk-restart/"


@dataclass(frozen=True)
class BulkRetryInput:
    """Input of the workflow of one bulk retry: its id; the claims stay in the store."""

    release_id: str


@dataclass(frozen=True)
class BulkRetryStepResult:
    """The result of one step: call again after some seconds, wait for a person, or end."""

    again_in: float | None = None
    over: bool = False


def release_workflow_id(release_id: str) -> str:
    """Temporal id of the workflow of a bulk retry."""
    return f"bulk-release/{release_id}"


def release_reason(release_id: str, mode: Mode) -> str:
    """Reason under which a pended claim is to be tried again."""
    return (_RESTARTED if mode is Mode.RESTART else _RESUMED) + release_id


def releases_in(reasons: Iterable[str]) -> list[str]:
    """Return the ids of the bulk retries among the reasons of a try."""
    return [reason.partition("/")[2] for reason in reasons if reason.startswith((_RESUMED, _RESTARTED))]


def restarts(reasons: Iterable[str]) -> bool:
    """Return whether any of the reasons demands a try from the beginning."""
    return any(reason.startswith(_RESTARTED) for reason in reasons)


Code = Annotated[str, ascii_text(r"^[A-Z0-9$-]+$", 1, 20)]
Name = Annotated[str, ascii_text(r"^[A-Za-z0-9._-]+$", 1, 80)]


class SelectionV1(BaseModel):
    """The pended claims of a bulk retry; see adjudication/review/bulk_retry.py."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    codes: Annotated[tuple[Code, ...], Field(min_length=1, max_length=20)]
    policy: Name | None = None
    version: Name | None = None
    plan: Name | None = None
    served_from: Day | None = None
    served_to: Day | None = None
    due_before: Moment | None = None
    held_too: bool = False

    def to_core(self) -> Selection:
        """Return it as the core knows it."""
        return Selection(
            codes=frozenset(self.codes),
            policy=self.policy,
            version=self.version,
            plan=None if self.plan is None else PlanId(self.plan),
            served_from=self.served_from,
            served_to=self.served_to,
            due_before=self.due_before,
            held_too=self.held_too,
        )


class BulkRetryV1(BaseModel):
    """A proposal of a bulk retry. A dry run reads only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    selection: SelectionV1
    mode: Mode = Mode.RESUME
    per_second: Annotated[Whole, Field(ge=1, le=1000)] = 5
    purpose: Remark = ""
    dry_run: bool = False
