"""The dependencies of the exports."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from storage.exports.store import Exports

AT_ONCE: Final = 2
"""Files written at the same time; each holds a connection of the console for as long as it takes."""


@dataclass(frozen=True, slots=True)
class ExportDependencies:
    """The files; `policy` names the policy data by its hash; `sources` their titles by the id that columns cite."""

    files: Exports
    sources: Mapping[str, str]
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
