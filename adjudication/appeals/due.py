"""What an appeal may owe by a certain moment."""

from __future__ import annotations

from enum import StrEnum


class Due(StrEnum):
    """What is due."""

    ACKNOWLEDGEMENT = "acknowledgement"
    PROOF = "proof"
    DECISION = "decision"
    FORWARD = "forward"
    EFFECTUATION = "effectuation"
