"""The examiner's table of clocks: one row a rule, with dates. Days are days of New York, at noon unless a time is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COMM = {"plan": "HUDSON-COMM", "product": "commercial"}
MA = {"plan": "HUDSON-MA", "product": "medicare-advantage"}
WEST = {"plan": "CASCADE-MA", "product": "medicare-advantage"}
DSNP = {"plan": "HUDSON-DSNP", "product": "dual-snp"}
MCD = {"plan": "HUDSON-MCD", "product": "medicaid"}
OHIO = {"plan": "BUCKEYE-MCD", "product": "medicaid"}
EP = {"plan": "HUDSON-EP", "product": "essential-plan"}
CHP = {"plan": "HUDSON-CHP", "product": "child-health-plus"}


@dataclass(frozen=True, slots=True)
class Row:
    """One clock: its rule, what is asked, of whom (received when), what happened, and the last day (or minute)."""

    rule: str
    kind: str
    whose: dict[str, str]
    on: str
    happened: dict[str, str]
    due: str
    at_expiry: str
    flags: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Name the row in the list of tests."""
        return f"{self.rule}, received {self.on}, due {self.due}"


ROWS = [
    # Employer plans: 30 days; with the notice of extension 45, and the time of waiting for information besides.
    Row(
        "erisa-post-service",
        "post-service",
        COMM,
        "2025-11-01",
        {"received": "2025-11-01"},
        "2025-12-01",
        "deemed-exhausted",
    ),
    Row(
        "erisa-post-service",
        "post-service",
        COMM,
        "2025-11-01",
        {"received": "2025-11-01", "extension_notice": "2025-11-20"},
        "2025-12-16",
        "deemed-exhausted",
    ),
    Row(
        "erisa-post-service",
        "post-service",
        COMM,
        "2025-11-01",
        {
            "received": "2025-11-01",
            "extension_notice": "2025-11-10 11:00",
            "request_mailed": "2025-11-10",
            "information_received": "2025-11-20",
        },
        "2025-12-26",
        "deemed-exhausted",
    ),
    Row(
        "erisa-pre-service",
        "pre-service",
        COMM,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2025-11-18",
        "deemed-exhausted",
    ),
    Row(
        "erisa-urgent",
        "expedited",
        COMM,
        "2025-11-03 09:30",
        {"received": "2025-11-03 09:30"},
        "2025-11-06 09:30",
        "deemed-exhausted",
    ),
    Row(
        "erisa-urgent-information",
        "information-request",
        COMM,
        "2025-11-03 09:30",
        {"received": "2025-11-03 09:30"},
        "2025-11-04 09:30",
        "escalation",
    ),
    Row(
        "erisa-concurrent",
        "concurrent",
        COMM,
        "2025-11-03 09:30",
        {"received": "2025-11-03 09:30"},
        "2025-11-04 09:30",
        "deemed-exhausted",
    ),
    # New York: 30 days electronic, 45 otherwise, beginning again with the information asked for.
    Row(
        "ny-prompt-payment-electronic",
        "prompt-payment",
        COMM,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2025-12-03",
        "interest-and-escalation",
    ),
    Row(
        "ny-prompt-payment-electronic",
        "prompt-payment",
        CHP,
        "2025-11-03",
        {"received": "2025-11-03", "request_mailed": "2025-11-21", "information_received": "2025-12-15"},
        "2026-01-14",
        "interest-and-escalation",
    ),
    Row(
        "ny-prompt-payment-other",
        "prompt-payment",
        COMM,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2025-12-18",
        "interest-and-escalation",
        {"electronic": False},
    ),
    # New York's prompt payment binds Medicaid managed care too (3224-a, organizations of article 44).
    Row(
        "ny-medicaid-prompt-payment-clean",
        "prompt-payment",
        MCD,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2025-12-03",
        "interest-and-escalation",
    ),
    Row(
        "ny-medicaid-prompt-payment-electronic",
        "prompt-payment",
        MCD,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2025-12-03",
        "interest-and-escalation",
        {"clean": False},
    ),
    Row(
        "ny-medicaid-prompt-payment-other",
        "prompt-payment",
        MCD,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2025-12-18",
        "interest-and-escalation",
        {"clean": False, "electronic": False},
    ),
    Row(
        "ny-dispute-notice",
        "dispute-notice",
        COMM,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2025-12-03",
        "escalation",
    ),
    Row(
        "ny-retrospective-review",
        "retrospective-review",
        MCD,
        "2025-11-03",
        {"received": "2025-11-03", "request_mailed": "2025-11-10", "information_received": "2025-11-30"},
        "2025-12-30",
        "deemed-adverse",
    ),
    Row(
        "ny-pre-authorization",
        "prospective-review",
        COMM,
        "2026-02-11",
        # Thursday is Lincoln's birthday, on which plans work; Monday is Washington's, on which they do not.
        {"received": "2026-02-11"},
        "2026-02-17",
        "deemed-adverse",
    ),
    Row(
        "ny-pre-authorization",
        "prospective-review",
        COMM,
        "2026-07-02",
        # Independence Day is a Saturday: New York keeps Friday the third as a business day.
        {"received": "2026-07-02"},
        "2026-07-07",
        "deemed-adverse",
    ),
    # Medicare Advantage: 30 days clean without a contract, 60 for all others, the contract's own term with one.
    Row(
        "ma-clean-claim",
        "prompt-payment",
        MA,
        "2026-01-30",
        {"received": "2026-01-30"},
        "2026-03-01",
        "interest-and-escalation",
        {"contracted": False},
    ),
    Row(
        "ma-clean-claim",
        "prompt-payment",
        MA,
        "2026-01-30",
        {"received": "2026-01-30", "became_clean": "2026-02-10"},
        "2026-03-12",
        "interest-and-escalation",
        {"contracted": False},
    ),
    Row(
        "ma-payment-request",
        "post-service",
        MA,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2026-01-02",
        "deemed-adverse",
        {"clean": False, "contracted": False},
    ),
    Row(
        "ma-contract-hudson", "prompt-payment", MA, "2025-11-03", {"received": "2025-11-03"}, "2025-12-03", "escalation"
    ),
    Row(
        "ma-contract-cascade",
        "prompt-payment",
        WEST,
        "2025-11-04 02:00",
        {"received": "2025-11-04 02:00"},
        "2025-12-03",
        "escalation",
    ),
    Row("ma-service", "pre-service", MA, "2026-03-02", {"received": "2026-03-02"}, "2026-03-16", "deemed-adverse"),
    Row(
        "ma-service-prior-authorization",
        "pre-service",
        MA,
        "2025-12-31",
        {"received": "2025-12-31"},
        "2026-01-14",
        "deemed-adverse",
        {"prior_authorization": True},
    ),
    Row(
        "ma-service-prior-authorization",
        "pre-service",
        MA,
        "2026-01-01",
        {"received": "2026-01-01"},
        "2026-01-08",
        "deemed-adverse",
        {"prior_authorization": True},
    ),
    Row(
        "ma-service-prior-authorization",
        "pre-service",
        MA,
        "2026-01-01",
        {"received": "2026-01-01", "extension_notice": "2026-01-08"},
        "2026-01-22",
        "deemed-adverse",
        {"prior_authorization": True},
    ),
    Row(
        "ma-expedited",
        "expedited",
        MA,
        "2026-03-06 15:00",
        {"received": "2026-03-06 15:00"},
        "2026-03-09 16:00",
        "deemed-adverse",
    ),
    # Integrated plans for people with both benefits.
    Row(
        "dsnp-clean-claim",
        "prompt-payment",
        DSNP,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2025-12-03",
        "interest-and-escalation",
        {"contracted": False},
    ),
    Row(
        "dsnp-payment-request",
        "post-service",
        DSNP,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2026-01-02",
        "deemed-adverse",
    ),
    Row(
        "dsnp-contract-hudson",
        "prompt-payment",
        DSNP,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2025-12-03",
        "escalation",
    ),
    Row("dsnp-service", "pre-service", DSNP, "2026-03-02", {"received": "2026-03-02"}, "2026-03-16", "deemed-adverse"),
    Row(
        "dsnp-service-prior-authorization",
        "pre-service",
        DSNP,
        "2025-12-31",
        {"received": "2025-12-31"},
        "2026-01-14",
        "deemed-adverse",
        {"prior_authorization": True},
    ),
    Row(
        "dsnp-service-prior-authorization",
        "pre-service",
        DSNP,
        "2026-03-02",
        {"received": "2026-03-02"},
        "2026-03-09",
        "deemed-adverse",
        {"prior_authorization": True},
    ),
    Row(
        "dsnp-expedited",
        "expedited",
        DSNP,
        "2026-03-02 08:00",
        {"received": "2026-03-02 08:00"},
        "2026-03-05 08:00",
        "deemed-adverse",
    ),
    # Medicaid managed care.
    Row(
        "medicaid-clean-claim",
        "prompt-payment",
        OHIO,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2025-12-03",
        "escalation",
    ),
    Row(
        "medicaid-any-claim",
        "prompt-payment",
        OHIO,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2026-02-01",
        "escalation",
        {"clean": False},
    ),
    Row(
        "medicaid-clean-claim-outer-limit",
        "payment-outer-limit",
        OHIO,
        "2025-11-03",
        {"received": "2025-11-03"},
        "2026-02-01",
        "escalation",
    ),
    Row(
        "medicaid-service",
        "pre-service",
        OHIO,
        "2025-12-31",
        {"received": "2025-12-31"},
        "2026-01-14",
        "deemed-adverse",
    ),
    Row(
        "medicaid-service",
        "pre-service",
        OHIO,
        "2026-03-02",
        {"received": "2026-03-02"},
        "2026-03-09",
        "deemed-adverse",
    ),
    Row(
        "medicaid-expedited",
        "expedited",
        OHIO,
        "2026-03-02 08:00",
        {"received": "2026-03-02 08:00"},
        "2026-03-05 08:00",
        "deemed-adverse",
    ),
    # Documents asked for.
    Row(
        "document-answer-erisa",
        "document-answer",
        COMM,
        "2025-11-03",
        {"information_requested": "2025-11-10"},
        "2025-12-25",
        "decide-on-record",
    ),
    Row(
        "document-answer-other",
        "document-answer",
        MA,
        "2025-11-03",
        {"information_requested": "2025-11-10"},
        "2025-12-25",
        "decide-on-record",
    ),
    Row(
        "expedited-document-answer-erisa",
        "expedited-document-answer",
        COMM,
        "2025-11-03",
        {"information_requested": "2025-11-03 17:00"},
        "2025-11-05 17:00",
        "decide-on-record",
    ),
    # Filing: from the service, or from the other payer's explanation of benefits.
    Row(
        "filing-ny", "provider-filing", COMM, "2025-05-05", {"service": "2025-01-04"}, "2025-05-05", "untimely"
    ),  # a Sunday
    Row(
        "filing-ny",
        "provider-filing",
        COMM,
        "2025-08-01",
        {"service": "2025-01-04", "primary_decided": "2025-04-08"},
        "2025-08-06",
        "untimely",
    ),
    Row(
        "filing-ny-medicaid", "provider-filing", MCD, "2025-05-05", {"service": "2025-01-04"}, "2025-05-05", "untimely"
    ),
    Row("filing-medicaid", "provider-filing", OHIO, "2025-02-28", {"service": "2024-02-29"}, "2025-02-28", "untimely"),
    Row(
        "filing-medicare-advantage",
        "provider-filing",
        MA,
        "2024-03-01",
        {"service": "2023-03-01"},
        "2024-03-01",
        "untimely",
        {"contracted": False},
    ),
    Row("filing-contract", "provider-filing", MA, "2025-11-03", {"service": "2025-06-01"}, "2025-11-28", "untimely"),
    # Overpayments.
    Row(
        "ny-overpayment-look-back",
        "overpayment-look-back",
        COMM,
        "2025-10-31",
        {"paid": "2025-11-30"},
        "2027-11-30",
        "recovery-barred",
    ),
    Row(
        "ny-overpayment-answer",
        "overpayment-answer",
        COMM,
        "2025-11-03",
        {"overpayment_notice": "2026-01-02"},
        "2026-02-01",
        "recovery-may-begin",
    ),
    Row(
        "medicare-overpayment-return",
        "overpayment-return",
        MA,
        "2025-11-03",
        {"overpayment_identified": "2026-01-02"},
        "2026-03-03",
        "escalation",
    ),
]
