"""The duties of an appeal that have a deadline."""

from __future__ import annotations

from enum import StrEnum


class Duty(StrEnum):
    """A duty with a deadline."""

    ACKNOWLEDGEMENT = "acknowledgement"
    PROOF = "proof"
    DECISION = "decision"
    FORWARD = "forward"
    EFFECTUATION = "effectuation"
