"""How long state machines look: briefly with every change, as long as a person has time for with `make test-lives`."""

from __future__ import annotations

import os
from typing import ClassVar, Final

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine

TIMES: Final = int(os.environ.get("LIVES", "1"))
"""How many times the usual number of lives; each is then longer too, so that it comes to appeals of appeals."""


def lives(examples: int, steps: int) -> settings:
    """Bound a search to so many lives of so many steps, times what was asked for."""
    longer = steps if TIMES == 1 else 3 * steps
    return settings(
        max_examples=examples * TIMES,
        stateful_step_count=longer,
        deadline=None,
        derandomize=TIMES == 1,  # a change is judged by the same lives every time; the long search looks for new ones
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


class Living(RuleBasedStateMachine):
    """A state machine that states, in a long search, how many lives it has seen."""

    seen: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        Living.seen += 1
        if TIMES > 1 and Living.seen % 10 == 0:
            print(f"{Living.seen} lives so far", flush=True)
