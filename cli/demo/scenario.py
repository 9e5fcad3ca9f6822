"""A scenario: a sentence, the rules it shows, the plans it runs under, and what it publishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cli.demo.maker import Maker

HUDSON: Final = ("HUDSON-COMM", "HUDSON-EP", "HUDSON-CHP", "HUDSON-MCD", "HUDSON-MA", "HUDSON-DSNP")
EVERY_PLAN: Final = (*HUDSON, "CASCADE-MA", "BUCKEYE-MCD")
COMMERCIAL: Final = ("HUDSON-COMM",)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. It runs `copies` times under each of its plans."""

    name: str
    rules: str
    build: Callable[[Maker], None]
    plans: tuple[str, ...] = COMMERCIAL
    copies: int = 1
    explained: bool = False
