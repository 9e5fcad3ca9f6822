"""How many steps of the interpreter a function takes: a measure of work that no busy machine changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps_of(run: Callable[[], object]) -> int:
    """Count the bytecode instructions that Python executes; work inside C functions is not counted."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        elif event == "opcode":
            count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def growth(run_of: Callable[[int], Callable[[], object]], size: int = 40, times: int = 4) -> float:
    """Return how many times the steps grow when the size grows `times`; at most `times` where the work is linear."""
    return steps_of(run_of(size * times)) / steps_of(run_of(size))
