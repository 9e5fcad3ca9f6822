"""A rule of the product that raises an exception for one claim, to be patched in for a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjudication.model.claim import Claim


class RuleBrokenError(Exception):
    """What a faulty rule raises; its text quotes the member, as a careless text would."""


def breaking_on(claim: Claim, rule: Callable[..., Any]) -> Callable[..., Any]:
    def broken(subject: Claim, *arguments: Any, **named: Any) -> Any:
        if subject.claim_id == claim.claim_id:
            raise RuleBrokenError(claim.member.family_name, claim.member.member_id)
        return rule(subject, *arguments, **named)

    return broken


def resolve(path: str) -> Callable[..., Any]:
    module, _, name = path.rpartition(".")
    found: Callable[..., Any] = getattr(__import__(module, fromlist=[name]), name)
    return found
