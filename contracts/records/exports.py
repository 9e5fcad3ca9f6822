"""Exports for auditors: the kinds of files, the request for one, and the layout of CMS's universes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class ExportKind(StrEnum):
    """The files that an auditor may have."""

    PRE_SERVICE = "odag-1"
    RECONSIDERATIONS = "odag-2"
    PAYMENTS = "odag-3"
    TIMELINESS = "payment-timeliness"
    PRIOR_AUTHORIZATIONS = "prior-authorizations"
    DENIALS = "denials"
    REVIEWERS = "reviewers"


UNIVERSES: Final = (ExportKind.PRE_SERVICE, ExportKind.RECONSIDERATIONS, ExportKind.PAYMENTS)
"""Tables 1 to 3 of the Part C protocol; their columns are data (policies/exports/odag.yaml)."""

TITLES: Final[Mapping[ExportKind, str]] = {
    ExportKind.PRE_SERVICE: "CMS ODAG table 1: pre-service organization determinations",
    ExportKind.RECONSIDERATIONS: "CMS ODAG table 2: pre-service reconsiderations",
    ExportKind.PAYMENTS: "CMS ODAG table 3: payment organization determinations and reconsiderations",
    ExportKind.TIMELINESS: "Payment and timeliness: each decided claim",
    ExportKind.PRIOR_AUTHORIZATIONS: "Prior-authorization metrics (CMS-0057-F)",
    ExportKind.DENIALS: "Denials and overturned denials by reason",
    ExportKind.REVIEWERS: "Signed denials and overturned denials by reviewer",
}


class UniverseValue(StrEnum):
    """A value of a universe that this product holds."""

    FIRST_NAME = "first-name"
    LAST_NAME = "last-name"
    MEMBER_ID = "member-id"
    NUMBER = "number"
    REQUESTED_BY = "requested-by"
    RECEIVED_DATE = "received-date"
    RECEIVED_TIME = "received-time"
    PRIORITY = "priority"
    KIND = "kind"
    DISPOSITION = "disposition"
    NOT_NECESSARY = "not-necessary"
    PHYSICIAN_REVIEWED = "physician-reviewed"
    DECIDED_DATE = "decided-date"
    DECIDED_TIME = "decided-time"
    MEMBER_NOTICE_DATE = "member-notice-date"
    PROVIDER_NOTICE_DATE = "provider-notice-date"
    INTEREST = "interest"
    ISSUE = "issue"
    DIAGNOSES = "diagnoses"
    BILLING_NPI = "billing-npi"
    WAIVER_DATE = "waiver-date"


@dataclass(frozen=True, slots=True)
class UniverseColumn:
    """One column. `letter`: its place where that is confirmed. `value` None: the system named in `held_by` has the data."""

    name: str
    letter: str | None
    length: int | None
    value: UniverseValue | None
    held_by: str | None
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class UniverseLayout:
    """One table of the protocol. `notes`: what is uncertain or missing; the manifest repeats them."""

    kind: ExportKind
    table: str
    columns: tuple[UniverseColumn, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthorizationMetric:
    """One metric of prior authorization. `counts`: the status counted out of all decided; None: `held_by` names who holds it."""

    number: str
    name: str
    counts: str | None
    held_by: str | None
    limits: str
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class ExportLayouts:
    """The columns of universes and the metrics of prior authorization, as policy data state them."""

    universes: Mapping[ExportKind, UniverseLayout]
    metrics: tuple[AuthorizationMetric, ...]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """One file: its kind, the legal days (both included) of the decisions in it, and plans; no plan means all."""

    kind: ExportKind
    first: date
    last: date
    plans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of a file, as its manifest describes it."""

    name: str
    meaning: str = ""
    certainty: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that was given out: how many rows, and the hash of its bytes."""

    rows: int
    sha256: str
    size: int
