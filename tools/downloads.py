"""Prepares the downloads of the test servers (Java, Kafka) and the system user of PostgreSQL before several test processes need them at once."""

from __future__ import annotations

import sys

from deploy.local import java, kafka, postgres
from runtime.settings import REPOSITORY, Settings


def main() -> None:
    """Download into the cache that every stack of the tests shares."""
    cache = Settings().cache_dir or REPOSITORY / ".local" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    java.find_java(_report)
    kafka.prepare(cache, _report)
    postgres.system_user()


def _report(name: str, what: str) -> None:
    sys.stdout.write(f"{name}: {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
