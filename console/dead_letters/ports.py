"""The dependencies of the dead letter screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from storage.dead_letters.actions import DeadLetterActions
from storage.dead_letters.bulk import DeadLetterBulks
from storage.dead_letters.queries import DeadLetterQueries


@dataclass(frozen=True, slots=True)
class DeadLetterDependencies:
    """The dependencies of the routes of dead letters. `keep`: how long the content of a replayed or closed dead letter is kept."""

    queries: DeadLetterQueries
    actions: DeadLetterActions
    bulks: DeadLetterBulks
    keep: timedelta
