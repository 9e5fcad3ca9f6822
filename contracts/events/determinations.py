"""`determinations`: the decision on a claim, complete enough to build a remittance and to explain every line."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AliasChoices, Field

from contracts.events.envelope import CloudEvent, Contract
from contracts.scalars import Day, Moment, PlainDecimal

BEFORE_COST_SHARE: Final = AliasChoices("payable", "paid")
"""Events of earlier versions name the amount `paid`; the ledger keeps them as they were published."""

Payable = Annotated[PlainDecimal, Field(validation_alias=BEFORE_COST_SHARE)]
"""The amount that the plan owes before the member's cost share (deductible, coinsurance, copayment), in US dollars. No money moved yet."""


class CitationV1(Contract):
    """The origin of a rule."""

    source: str
    locator: str


class EvidenceV1(Contract):
    """One fact relied on, for display: a code, date, number or opaque id."""

    name: str
    value: str


class PriorPaymentV1(Contract):
    """The payments of other payers before us on a line, in US dollars; `payers` counts them.

    `accepted`: the amount that the provider must take as payment in full under the other payers' contracts.
    """

    payers: int
    charge: PlainDecimal
    paid: PlainDecimal
    patient_share: PlainDecimal
    accepted: PlainDecimal


class DocumentNeedV1(Contract):
    """A kind of document and the facts it would state. `received`: it is on file, but no fact could be read from it."""

    kind: str
    facts: tuple[str, ...]
    received: bool


class ProposedLineV1(Contract):
    """One line of the decision that a pre-release hold asks a person to check; `people` resolved something on it."""

    line: int
    disposition: str
    payable: Payable
    reason: str
    people: tuple[str, ...]


class FindingDetailV1(Contract):
    """The values of a finding that later steps use; only those that the outcome calls for are present.

    At `held_until` a claim with a quality hold is released without the quality check.
    """

    plan_id: str | None = None
    authorization_number: str | None = None
    prior_payment: PriorPaymentV1 | None = None
    policy: str | None = None
    policy_version: str | None = None
    documents: tuple[DocumentNeedV1, ...] | None = None
    proposed_lines: tuple[ProposedLineV1, ...] | None = None
    held_until: Moment | None = None


class FindingV1(Contract):
    """The conclusion of one step. `pend`: the pend code, if the finding pends the line."""

    step: str
    outcome: str
    verdict: str
    line: int | None = None
    citation: CitationV1
    evidence: tuple[EvidenceV1, ...] = ()
    pend: str | None = None
    detail: FindingDetailV1 | None = None


class AdjustmentV1(Contract):
    """One CAS entry; amounts in US dollars."""

    group: str
    carc: str
    amount: PlainDecimal
    rarcs: tuple[str, ...] = ()


class LineDeterminationV1(Contract):
    """The decision on one line: charge - sum(adjustments) = payable. `code` is the procedure code, or the revenue code of a line without one.

    A reversed line negates every amount of the version it supersedes; a withdrawn line bills nothing. A line that
    is not-adjudicated has no amounts: its code is outside this product's scope, and another system decides its charge.
    `line_control_number` is the submitter's own, as the claim stated it (835 REF*6R).
    """

    line: int
    code: str
    disposition: Literal["approved", "denied", "reversed", "withdrawn", "not-adjudicated"]
    charge: PlainDecimal
    payable: Payable
    adjustments: tuple[AdjustmentV1, ...] = ()
    reason: str
    reason_label: str
    would_also_fail: tuple[str, ...] = ()
    findings: tuple[FindingV1, ...]
    authorization_number: str | None = None
    line_control_number: str | None = None


class InterestV1(Contract):
    """Interest on a late payment, in addition to `payable`: one entry per legal deadline that was missed.

    The payment date is not known here: `amount` is computed `through` the legal day of the determination. For a later
    payment it is `on` x `percent` / 100 x days since `due_on` / `days_in_year`, rounded half up to cents once, and zero
    while that is less than `least`. `daily` is the amount that each day adds, to six decimals: for display, not for sums.
    `standing`: `owed`; `may-be-owed` (`amount` is due only if interest is owed); `not-reckoned` (the amount was not
    computed, which never means zero). If `why` is not empty, a reviewer must decide: `review-tasks` carries a reopening.
    """

    standing: Literal["owed", "may-be-owed", "not-reckoned"]
    clock: str
    on: PlainDecimal | None = None
    due_on: Day | None = None
    through: Day
    days: int | None = None
    amount: PlainDecimal | None = None
    percent: PlainDecimal | None = None
    days_in_year: int | None = None
    least: PlainDecimal | None = None
    daily: PlainDecimal | None = None
    rule: str | None = None
    citation: CitationV1 | None = None
    confidence: str | None = None
    arithmetic: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


class CorrectionV1(Contract):
    """Why a version replaces the one before (`reason` and `cause` of a reopening), and which `lines` it changes.

    `adds` and `takes` are sums over those lines, in US dollars. `takes` is stated as a receivable and not collected: recovery
    may begin after `recover_after`, and the provider may dispute it until `dispute_until`, by the law of `citation`.
    """

    reason: str
    cause: str
    lines: tuple[int, ...]
    adds: PlainDecimal
    takes: PlainDecimal
    recover_after: Day | None = None
    dispute_until: Day | None = None
    citation: CitationV1 | None = None


class DeterminationV1(Contract):
    """The decision on one claim revision; `version` grows when it is superseded.

    `pending_lines`: lines that still wait; they are not in `lines`, nor in `charge` and `payable`, and a later version decides
    them. This is the claim splitting of the 835 guide: the rest of the claim is reported under the same claim control
    number. `repeated_lines`: lines of an earlier version, `supersedes`, that this one repeats unchanged: only the others are
    new money. Absent: none, the decision is of the whole claim. `changes`: the claim (id) that this one replaced or voided. `superseded_by`: the claim that took this one back.
    `remarks` (RARC, whole claim): why the earlier version `supersedes` is no longer in force.
    `interest` is per claim, as on a remittance: on the amount that this version pays in addition to earlier versions, and
    only if that payment is late. `payable` does not include it. A reversal has no `interest` and does not take back the
    interest of earlier versions: that needs a recovery with a separate notice.
    `prior_payers`: how many payers decided before us (835 CLP02: one makes us secondary); absent: we are primary.
    `correction`: this version corrects `supersedes` after a reopening; absent in every other version.
    `findings_left_out`: how many findings the event lacks because it would not fit the topic; absent: none.
    """

    claim_id: str
    submitter: str
    claim_control_number: str
    revision: int
    payer_claim_number: str
    version: int
    decided_at: Moment
    charge: PlainDecimal
    payable: Payable
    policy_bundle: str
    lines: tuple[LineDeterminationV1, ...]
    pending_lines: tuple[int, ...] | None = None
    repeated_lines: tuple[int, ...] | None = None
    changes: str | None = None
    supersedes: int | None = None
    superseded_by: str | None = None
    remarks: tuple[str, ...] | None = None
    correction: CorrectionV1 | None = None
    interest: tuple[InterestV1, ...] | None = None
    prior_payers: int | None = None
    findings_left_out: int | None = None


class ClaimDetermined(CloudEvent):
    """The event on `determinations`."""

    type: Literal["com.claimwright.claim.determined.v1"] = "com.claimwright.claim.determined.v1"
    data: DeterminationV1
