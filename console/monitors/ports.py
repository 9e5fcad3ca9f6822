"""The dependencies of the screens of monitors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from storage.monitors.store import Monitors


@dataclass(frozen=True, slots=True)
class MonitorDependencies:
    """The store of monitors, and the folder with the drafts."""

    store: Monitors
    drafts: Path
