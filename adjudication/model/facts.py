"""The three answers of a criterion. Unknown is never no."""

from __future__ import annotations

from enum import Enum
from typing import NoReturn


class Answer(Enum):
    """Met, not met, or unknown. Refuses to be a bool, so that a branch cannot treat unknown as no."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"

    def __bool__(self) -> NoReturn:
        """Refuse: compare with `is`."""
        msg = "an answer is met, not met or unknown; compare it with `is` instead of treating it as true or false"
        raise TypeError(msg)
