"""Compares the scopes of deadline rules: whether a rule applies, is narrower than another, or may apply together with it.

A narrower scope contains only situations of the wider one; the rule with the narrowest scope governs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from adjudication.deadlines.rules import Jurisdiction, Scope, Situation

_SETS: Final = ("products", "states", "plans")
FLAGS: Final = ("clean", "contracted", "electronic", "prior_authorization")


def applies(scope: Scope, situation: Situation, jurisdiction: Jurisdiction, flags: dict[str, bool | None]) -> bool:
    """Return whether a scope contains the situation; `flags` may come from `completions`."""
    named = (
        (scope.products, situation.product),
        (scope.states, jurisdiction.state),
        (scope.plans, situation.plan_id),
    )
    if any(chosen is not None and value not in chosen for chosen, value in named):
        return False
    return all(getattr(scope, flag) in (None, value) for flag, value in flags.items())


def flags_of(situation: Situation) -> tuple[bool | None, ...]:
    """Return the flags of a situation, in the order of FLAGS."""
    return (situation.clean, situation.contracted, situation.electronic, situation.prior_authorization)


def unknown_flags(situation: Situation) -> tuple[str, ...]:
    """Name the flags that are not known yet."""
    return tuple(flag for flag, value in zip(FLAGS, flags_of(situation), strict=True) if value is None)


def completions(situation: Situation) -> Iterator[dict[str, bool | None]]:
    """Yield every combination of values of the unknown flags; a situation without unknowns has exactly one."""
    choices = [(True, False) if value is None else (value,) for value in flags_of(situation)]
    for values in product(*choices):
        yield dict(zip(FLAGS, values, strict=True))


def narrower_or_same(one: Scope, other: Scope) -> bool:
    """Return whether `one` applies to nothing that `other` does not apply to."""
    for name in _SETS:
        mine, theirs = getattr(one, name), getattr(other, name)
        if theirs is not None and (mine is None or not mine <= theirs):
            return False
    return all(getattr(other, flag) in (None, getattr(one, flag)) for flag in FLAGS)


def overlap(one: Scope, other: Scope) -> bool:
    """Return whether a situation may be in both scopes."""
    for name in _SETS:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is not None and theirs is not None and not mine & theirs:
            return False
    pairs = ((getattr(one, flag), getattr(other, flag)) for flag in FLAGS)
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)


def ambiguous(one: Scope, other: Scope) -> bool:
    """Return whether a situation may be in both scopes and neither is narrower."""
    return overlap(one, other) and narrower_or_same(one, other) == narrower_or_same(other, one)
