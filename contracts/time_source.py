"""The type of the one source of the current time, which every process passes to its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

TimeSource = Callable[[], datetime]
