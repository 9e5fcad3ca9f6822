"""`appeals.filed`: an appeal of a determination; `appeal-tasks`: an appeal that people must act on.

What an appellant writes (why it is late, why the denial is wrong) is free text for people; no software interprets it.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from adjudication.appeals.duty import Duty
from adjudication.appeals.filing import DismissalGround, FilingOutcome
from adjudication.appeals.rules import Appellant, Forum, Judgment, Proof, Subject, Urgency
from adjudication.model.vocabulary import MOST_LINES
from contracts.days import latest_day
from contracts.events.determinations import CitationV1
from contracts.events.envelope import CloudEvent, Contract
from contracts.events.feeds import Version
from contracts.scalars import Day, FreeText, Identifier, LineNumberV1, Moment, ascii_text

LevelName = Annotated[str, ascii_text(r"^[a-z0-9][a-z0-9.-]{0,60}$")]


class ClaimReferenceV1(Contract):
    """The claim: by our number, or by its submitter's own."""

    payer_claim_number: Identifier | None = None
    submitter: Identifier | None = None
    claim_control_number: Identifier | None = None

    @model_validator(mode="after")
    def _finds_the_claim(self) -> Self:
        if (self.submitter is None) != (self.claim_control_number is None):
            msg = "submitter and claim_control_number go together; add the other, or send payer_claim_number alone"
            raise ValueError(msg)
        if self.payer_claim_number is None and self.submitter is None:
            msg = "an appeal names its claim by payer_claim_number, or by submitter and claim_control_number; add one"
            raise ValueError(msg)
        return self


class ProofV1(Contract):
    """A waiver of liability, an appointment of representative or a consent, by the id of the document that holds it."""

    proof: Proof = Field(strict=False)
    document_id: Identifier


class AppealFiledV1(Contract):
    """The whole current state of one appeal as filed; `version` grows when a proof, a document or a withdrawal follows.

    Its identity is (submitter, appeal_reference). `lines` empty: every line that may be appealed. `level` left out: the
    first level, or the next level of lines that were ruled on. `notice_received_on`: evidence of when the notice arrived; without it the rule's presumption holds.
    """

    submitter: Identifier
    appeal_reference: Identifier
    version: Version
    claim: ClaimReferenceV1
    lines: Annotated[tuple[LineNumberV1, ...], Field(max_length=MOST_LINES)] = ()
    level: LevelName | None = None
    appellant: Appellant = Field(strict=False)
    subject: Subject = Field(default=Subject.PAYMENT, strict=False)
    proofs: Annotated[tuple[ProofV1, ...], Field(max_length=10)] = ()
    channel: Literal["mail", "fax", "portal", "telephone"]
    filed_on: Day | None = None
    postmarked_on: Day | None = None
    received_at: Moment
    notice_received_on: Day | None = None
    expedited: bool = False
    physician_asked: bool = False
    good_cause: FreeText | None = None
    statement: FreeText | None = None
    documents: Annotated[tuple[Identifier, ...], Field(max_length=50)] = ()
    withdrawn: bool = False

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        received_on = latest_day(self.received_at)  # the plan, and with it the time zone, is not known yet
        if self.postmarked_on is not None and self.postmarked_on > received_on:
            msg = "postmarked_on is after received_at; correct one of them"
            raise ValueError(msg)
        if self.filed_on is not None and self.filed_on > received_on:
            msg = "filed_on is after received_at; correct one of them"
            raise ValueError(msg)
        if self.physician_asked and not self.expedited:
            msg = "physician_asked says who asked to hurry, but expedited is false; set it or leave physician_asked out"
            raise ValueError(msg)
        if len(set(self.lines)) != len(self.lines):
            msg = "a line is named twice in lines; name each once"
            raise ValueError(msg)
        return self


class AppealFiled(CloudEvent):
    """The event on `appeals.filed`."""

    type: Literal["com.claimwright.appeal.filed.v1"] = "com.claimwright.appeal.filed.v1"
    data: AppealFiledV1


class AppealDeadlineV1(Contract):
    """One owed action; `due_at` is the last instant at which it is on time."""

    deadline: Duty = Field(strict=False)
    due_at: Moment
    arithmetic: str
    citation: CitationV1


class AppealGapV1(Contract):
    """A rule or a year of holidays that is not loaded: its owner, and by when to load it.

    `what`: the deadline, or `path` where no rule opens the appeal.
    """

    deadline: str
    pend: str
    owner: str
    due_at: Moment
    explanation: str


class AppealTaskV1(Contract):
    """Everything a worklist needs to order and route an appeal. `barred`: opaque ids of those who may not decide it.

    `disposal`: the result of the filing. `window`: the count of days since the notice. `waits_for`: missing proofs or decisions.
    """

    appeal_id: str
    submitter: str
    appeal_reference: str
    claim_id: str
    payer_claim_number: str
    lines: tuple[int, ...]
    path: str | None = None
    level: str | None = None
    forum: Forum | None = Field(default=None, strict=False)
    appellant: Appellant = Field(strict=False)
    subject: Subject = Field(strict=False)
    clinical: bool
    urgency: Urgency = Field(strict=False)
    urgency_open: bool = False
    disposal: FilingOutcome = Field(strict=False)
    ground: DismissalGround | None = Field(default=None, strict=False)
    explanation: str
    window: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    judgment: Judgment | None = Field(default=None, strict=False)
    barred_deciders: tuple[str, ...] = ()
    opened_at: Moment
    due_at: Moment | None = None
    deadlines: tuple[AppealDeadlineV1, ...] = ()
    gaps: tuple[AppealGapV1, ...] = ()
    policy_bundle: str


class AppealTaskOpened(CloudEvent):
    """The event on `appeal-tasks`."""

    type: Literal["com.claimwright.appeal-task.opened.v1"] = "com.claimwright.appeal-task.opened.v1"
    data: AppealTaskV1
