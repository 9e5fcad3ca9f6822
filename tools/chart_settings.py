"""Reads the environments that the chart gives its containers, as JSON from standard input, as each process would read its own.

tools/chart_checks.py calls it: the chart is rendered in another environment than the one that has the product. Mounted files are replaced by files
with a sample of what they hold.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import ValidationError

from runtime.console.sign_in import refuse_unsafe
from runtime.console.token_keys import trusted
from runtime.errors import StackError
from runtime.settings import Settings
from runtime.settings_checks import words

_MOUNTED: Final = "/run/claimwright/"
_DSN: Final = "postgresql://claimwright_intake:sample@db.example.com/claimwright"


def main() -> int:
    """Print the faults of each environment, and return 1 if there is one."""
    given: dict[str, dict[str, str]] = json.load(sys.stdin)
    bad = 0
    with TemporaryDirectory() as folder:
        os.chdir(folder)  # no .env here
        for where, environment in given.items():
            for name in [name for name in os.environ if name.startswith("CLAIMWRIGHT_")]:
                del os.environ[name]
            os.environ.update({name: _here(value, Path(folder)) for name, value in environment.items()})
            try:
                settings = Settings()
                if where.endswith("-api"):
                    refuse_unsafe(settings)
                    trusted(settings)
            except (ValidationError, StackError) as error:
                bad += 1
                said = words(error) if isinstance(error, ValidationError) else str(error)
                sys.stdout.write(f"{where}:\n{said}\n")
    return 1 if bad else 0


def _here(value: str, folder: Path) -> str:
    if not value.startswith(_MOUNTED):
        return value
    file = folder / Path(value).name
    file.write_text(json.dumps({"intake": _DSN}) if file.name == "postgres_dsns" else _DSN)
    return str(file)


if __name__ == "__main__":
    raise SystemExit(main())
