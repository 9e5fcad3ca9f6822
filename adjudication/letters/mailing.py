"""Finds when the notice of a decision was sent, from the proofs of mailing of its letters.

A decision that denies a line needs a letter to the member and one to the provider, for each plan. The notice is sent
when the last of them was mailed. A decision that denies nothing is published to the payment system and the provider's
remittance, and needs no letter: its notice is the decision itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adjudication.letters.letter import Audience
from adjudication.model.vocabulary import PlanId

_OF_A_PLAN: Final = ", plan "


def decision_step(version: int, plan: PlanId | None = None) -> str:
    """Return the step of the letter about a version of a determination; `plan`: only if the lines are under several plans."""
    return f"version {version}" if plan is None else f"version {version}{_OF_A_PLAN}{plan}"


@dataclass(frozen=True, slots=True)
class MailedLetter:
    """A letter in the mail queue; `sent_at` None: it has no valid proof of mailing."""

    audience: Audience
    step: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class DecidedVersion:
    """One version of a determination, and whether it denies a line."""

    version: int
    decided_at: datetime
    denies: bool


def notice_sent_at(
    versions: Iterable[DecidedVersion], plans: Sequence[PlanId], letters: Sequence[MailedLetter]
) -> datetime | None:
    """Return when the claim's decision was first notified; None while a letter that it needs is not mailed.

    The notice of a later version replaces that of an earlier one, whose letters are then no longer due.
    """
    found = (version_sent_at(version, plans, letters) for version in versions)
    return min((at for at in found if at is not None), default=None)


def version_sent_at(
    version: DecidedVersion, plans: Sequence[PlanId], letters: Sequence[MailedLetter]
) -> datetime | None:
    """Return when a version was notified; None while a letter that it needs is not mailed."""
    if not version.denies:
        return version.decided_at
    return _last([_reader_sent_at(version.version, reader, plans, letters) for reader in Audience])


def _reader_sent_at(
    version: int, reader: Audience, plans: Sequence[PlanId], letters: Sequence[MailedLetter]
) -> datetime | None:
    mine = {letter.step: letter.sent_at for letter in letters if letter.audience is reader}
    whole = mine.get(decision_step(version))
    if whole is not None:
        return whole
    return _last([mine.get(decision_step(version, plan)) for plan in dict.fromkeys(plans)])


def _last(times: Sequence[datetime | None]) -> datetime | None:
    """Return the last of the times; None if one is missing, or all are."""
    known = [at for at in times if at is not None]
    return max(known) if known and len(known) == len(times) else None
