"""What stands in for Temporal when appeals open, and policy data of before the appeal rules."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from adjudication.model.reference import ReferenceData


@dataclass
class Workflows:
    """Stands where Temporal is: notes which appeals were notified, or does not answer."""

    notified: list[str] = field(default_factory=list)
    failure: Exception | None = None

    async def hold(self, appeal_id: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.notified.append(appeal_id)


def without_rules(reference: ReferenceData, bundle: str = "bundle-without-rules") -> ReferenceData:
    """The shipped data as they were before any path of appeals was loaded."""
    return replace(reference, content_hash=bundle, appeals=replace(reference.appeals, paths=()))
