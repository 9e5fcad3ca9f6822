"""The subject of a fact, as the ledger keeps it: only the parts that its statement names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adjudication.model.claim import FactSubject
from adjudication.model.vocabulary import LineNumber
from contracts.scalars import read_day


def subject_json(about: FactSubject) -> dict[str, Any]:
    """Return the parts that are named."""
    parts = {
        "line": about.line,
        "study": about.study,
        "region": about.region,
        "side": about.side,
        "episode": about.episode,
    }
    return {name: value for name, value in parts.items() if value is not None}


def read_subject(stored: Mapping[str, Any] | None) -> FactSubject | None:
    """Read the subject of a fact; None if the fact states none."""
    if stored is None:
        return None
    line, episode = stored.get("line"), stored.get("episode")
    return FactSubject(
        line=None if line is None else LineNumber(line),
        study=stored.get("study"),
        region=stored.get("region"),
        side=stored.get("side"),
        episode=None if episode is None else read_day(episode),
    )
