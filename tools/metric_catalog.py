"""Every metric that the code declares, and the page that lists them (docs/operations/metrics.md).

`python -m tools.metric_catalog` writes the page, `--check` compares it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

import temporalio.bridge
from prometheus_client import REGISTRY

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "operations" / "metrics.md"
_PACKAGES: Final = ("activities", "streams", "console", "runtime", "deploy")
_OURS: Final = "claimwright_"
_PARTS: Final = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
_HEAD: Final = """# Metrics

Every process shows these at `/metrics` (`CLAIMWRIGHT_METRICS_HOST`, `CLAIMWRIGHT_METRICS_PORT`), followed by the metrics of
Temporal's SDK (`temporal_...`). Labels are names of topics, steps, codes and processes. No metric holds anything of a claim or a member.
`python -m tools.metric_catalog` writes this page from the code.

| metric | kind | labels | meaning |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Known:
    """One family of metrics."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str

    @property
    def samples(self) -> tuple[str, ...]:
        """Return the names that a query may use."""
        return tuple(f"{self.name}{part}" for part in _PARTS[self.kind])


def known() -> tuple[Known, ...]:
    """Import every module that declares metrics, and return the declarations, by name."""
    for package in _PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if re.search(r"^from prometheus_client import", file.read_text(), re.MULTILINE):
                import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    return tuple(sorted((*_declared(), *_of_the_flow()), key=lambda each: each.name))


def temporal_names() -> str:
    """Return the text of Temporal's core library, which holds the base names of its metrics."""
    [library] = Path(temporalio.bridge.__file__).parent.glob("temporal_sdk_bridge*.so")
    return library.read_bytes().decode("latin-1")


def page() -> str:
    """Return the page."""
    rows = [
        f"| `{each.name}{_PARTS['counter'][0] if each.kind == 'counter' else ''}` | {each.kind} "
        f"| {', '.join(f'`{label}`' for label in each.labels) or '-'} | {each.text} |"
        for each in known()
    ]
    return _HEAD + "\n".join(rows) + "\n"


def _declared() -> Iterator[Known]:
    found: dict[str, Known] = {}
    for collector in list(REGISTRY._collector_to_names):  # noqa: SLF001 - families without samples are listed nowhere else
        name = getattr(collector, "_name", "")
        if name.startswith(_OURS):
            labels = tuple(getattr(collector, "_labelnames", ()))
            kind, text = str(getattr(collector, "_type", "")), str(getattr(collector, "_documentation", ""))
            found[name] = Known(name, kind, labels, text.rstrip("."))
    yield from found.values()


def _of_the_flow() -> Iterator[Known]:
    gauges = import_module("runtime.console.flow_metrics").GAUGES
    for name, (text, labels) in gauges.items():
        yield Known(name, "gauge", tuple(labels), text)


def main() -> int:
    """Write or check the page."""
    text = page()
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text() != text:
            sys.stderr.write(f"{PAGE.relative_to(ROOT)} is out of date: run `python -m tools.metric_catalog`\n")
            return 1
        return 0
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
