"""What a modifier depends on and what it states: the kinds of service, and the biller's statements about payment."""

from __future__ import annotations

from enum import StrEnum


class Service(StrEnum):
    """What kind of service a code is, as far as modifiers care."""

    IMAGING = "imaging"
    SURGERY = "surgery"
    EVALUATION = "evaluation"
    LABORATORY = "laboratory"
    PAIRED = "paired-structure"  # of a structure with two sides; no code held here is


class BillerStatement(StrEnum):
    """What a modifier states about payment: excluded by law, not expected to be necessary, or a notice given before."""

    EXCLUDED = "excluded"
    NOT_NECESSARY = "not-necessary"
    NOTICE = "notice"
