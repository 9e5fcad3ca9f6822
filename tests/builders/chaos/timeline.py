"""What was done and seen, with the second at which it was: printed as it happens, and whole when something fails."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Timeline:
    """The story of one run; the seed repeats the draws, not the timing of the processes."""

    seed: int
    began: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def say(self, what: str) -> None:
        """Note and print what happens now."""
        line = f"{time.monotonic() - self.began:7.1f} s  {what}"
        self.lines.append(line)
        print(line, flush=True)

    def progress(self, what: str) -> None:
        """Print what is too frequent to note."""
        print(f"{time.monotonic() - self.began:7.1f} s    {what}", flush=True)

    @contextmanager
    def explaining_failures(self) -> Iterator[None]:
        """Add seed and story to what fails within."""
        try:
            yield
        except Exception as error:
            story = "\n".join(self.lines)
            raise AssertionError(f"{error}\nCHAOS_SEED={self.seed}, what was done:\n{story}") from error
