"""The part of a policy trace that a determination keeps: enough to draw the whole trace again, years later."""

from __future__ import annotations

from datetime import date
from typing import Final

from adjudication.model.findings import LegRecord
from adjudication.policy.catalog import LegRuling
from adjudication.policy.program import EVALUATOR_VERSION


def leg_record(leg: LegRuling, code: str, decided_on: date) -> LegRecord:
    """Return the record of one leg's ruling."""
    if leg.program is None or leg.ruling is None:
        missing = None if leg.missing is None else leg.missing.policy
        return LegRecord(leg.leg, leg.authority, leg.name, code, decided_on, policy=missing)
    version, rule = leg.program.version, leg.ruling.rule
    return LegRecord(
        leg.leg,
        leg.authority,
        leg.name,
        code,
        decided_on,
        version.policy,
        version.version,
        version.content_hash,
        None if rule is None else rule.rule_id,
        leg.answers.translate(_DIGITS).decode(),
        EVALUATOR_VERSION,
    )


_DIGITS: Final = bytes.maketrans(b"\x00\x01\x02", b"012")
