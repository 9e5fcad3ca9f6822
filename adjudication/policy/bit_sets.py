"""The answers of a policy's nodes as two bit sets, met and unknown: a branch is folded with a few operations on whole sets.

Bit i is node i; a node in neither set is not met. A loop over the children of each branch is some five times slower.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from adjudication.policy.leaves import MET, UNKNOWN
from adjudication.policy.tree import Branch, Fold

Bits = tuple[int, int]
"""The nodes that are met, and those that are unknown."""

ALL: Final = 0
"""Value of `needed`: every child."""


class FoldStep(NamedTuple):
    """The rule of a branch for combining its children: how many are `needed`, among children counted as they are and children counted negated (`turned`).

    `again`: children that a k-of-n count contains more than once.
    """

    bit: int
    straight: int
    turned: int
    either: int
    needed: int
    again: tuple[int, ...] = ()


def fold_step(index: int, node: Branch, children: tuple[int, ...]) -> FoldStep:
    """Return the step of a branch.

    `not` is one negated child; `applies when` is: the negated condition, or the consequence.
    """
    bits = [1 << child for child in children]
    if node.fold is Fold.NOT:
        return FoldStep(1 << index, 0, bits[0], bits[0], 1)
    if node.fold is Fold.IMPLIES:
        condition, consequence = bits
        return FoldStep(1 << index, consequence, condition, condition | consequence, 1)
    straight = sum(set(bits))
    if node.at_least == 1:
        return FoldStep(1 << index, straight, 0, straight, 1)
    if node.at_least == len(children):
        # A branch that lost its last child, as changed policies in the coverage check do, is met by itself.
        return FoldStep(1 << index, straight, 0, straight or 1 << index, ALL)
    again = tuple(bit for place, bit in enumerate(bits) if bit in bits[:place])
    return FoldStep(1 << index, straight, 0, straight, node.at_least, again)


def fold_all(bits: Bits, steps: Iterable[FoldStep]) -> Bits:
    """Fold these branches, children first."""
    return _fold(bits, -1, steps)


def fold_changed(bits: Bits, base: Bits, steps: Iterable[FoldStep]) -> Bits:
    """Fold the branches under which an answer differs from that in `base`; the others keep theirs."""
    return _fold(bits, (bits[0] ^ base[0]) | (bits[1] ^ base[1]), steps)


def _fold(bits: Bits, changed: int, steps: Iterable[FoldStep]) -> Bits:
    """Fold the nodes above a changed node.

    With m children met and u unknown, k of n is met if m >= k, not met if m + u < k, else unknown.
    """
    met, unknown = bits
    for bit, straight, turned, either, needed, again in steps:
        if not changed & either:
            continue
        if needed == 1:
            holds = met & straight or (turned and not (met | unknown) & turned)
            open_ = unknown & either
        elif needed == ALL:
            holds = met & straight == straight
            open_ = (met | unknown) & straight == straight
        else:
            count, more = _counted(met, straight, again), _counted(unknown, straight, again)
            holds, open_ = count >= needed, count + more >= needed
        if holds:
            if not met & bit:
                met, unknown, changed = met | bit, unknown & ~bit, changed | bit
        elif open_:
            if not unknown & bit:
                met, unknown, changed = met & ~bit, unknown | bit, changed | bit
        elif (met | unknown) & bit:
            met, unknown, changed = met & ~bit, unknown & ~bit, changed | bit
    return met, unknown


def _counted(nodes: int, straight: int, again: Iterable[int]) -> int:
    return (nodes & straight).bit_count() + sum(1 for child in again if nodes & child)


def bits_of(answers: bytes) -> Bits:
    """Return bit sets for answers given as one byte per node."""
    met = sum(1 << index for index, answer in enumerate(answers) if answer == MET)
    return met, sum(1 << index for index, answer in enumerate(answers) if answer == UNKNOWN)


def bytes_of(bits: Bits, nodes: int) -> bytes:
    """Return answers as one byte per node."""
    if not nodes:
        return b""
    met, unknown = bits
    # Each bit as the character 0 or 1, and then one such text added twice to the other: no loop over the nodes.
    ones = int.from_bytes(f"{met:0{nodes}b}".encode(), "little")
    twos = int.from_bytes(f"{unknown:0{nodes}b}".encode(), "little")
    return (ones + 2 * twos).to_bytes(nodes, "big").translate(_ANSWERS)


_ANSWERS: Final = bytes((number - 3 * ord("0")) % 256 for number in range(256))
