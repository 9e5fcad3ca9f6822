"""The part of a service that a line bills: the technical part, the professional part, or both (global).

CMS PC/TC indicator of the code: 0 and 4 are never split by a modifier, 1 may be split by 26 and TC, 2 is the professional
part alone, 3 the technical part alone. On an institutional claim a code that may be split bills its technical part: the
reading is billed on a professional claim (CMS Claims Processing Manual, chapter 13, section 20).
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from adjudication.model.vocabulary import ClaimForm

PROFESSIONAL_MODIFIER: Final = "26"
TECHNICAL_MODIFIER: Final = "TC"
_NEVER_SPLIT: Final = frozenset({"0", "4"})


class Component(StrEnum):
    """The part of a service that a line bills or a rate pays. Global: both parts, or a code that has no parts."""

    GLOBAL = "global"
    TECHNICAL = "technical"
    PROFESSIONAL = "professional"


def billed_component(modifiers: Collection[str], form: ClaimForm, pc_tc: str) -> Component | None:
    """Return the part that a line bills; None where its modifiers contradict each other."""
    professional, technical = PROFESSIONAL_MODIFIER in modifiers, TECHNICAL_MODIFIER in modifiers
    if professional and technical:
        return None
    if pc_tc == "2" or professional:
        return Component.PROFESSIONAL
    if pc_tc == "3" or technical:
        return Component.TECHNICAL
    if pc_tc not in _NEVER_SPLIT and form is ClaimForm.INSTITUTIONAL:
        return Component.TECHNICAL
    return Component.GLOBAL


def share_a_part(one: Component | None, other: Component | None) -> bool:
    """Return whether two lines bill the same part of one service. Contradictory modifiers may mean any part."""
    either = {one, other}
    return None in either or Component.GLOBAL in either or one is other
