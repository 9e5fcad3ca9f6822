"""One claim's failure stays one claim's: what a pure step raises becomes a finding, and the batch goes on.

The finding and the log carry the class of the error and the place it came from, never its message: a message
may quote the claim. Errors of a store are no claim's failure; they are not caught here and the activity is
retried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from temporalio import activity

from activities.adjudication.working_set import ClaimWork
from activities.errors import place
from adjudication.model.vocabulary import Step
from adjudication.steps.determine import failed_step
from contracts.workflow_messages.claims import (
    APPLY_COMPONENT_EDITS,
    DETERMINE,
    MATCH_AUTHORIZATIONS,
    PUBLISH,
    REVIEW_MEDICAL_NECESSITY,
    VERIFY_ELIGIBILITY,
)

T = TypeVar("T")

_STEPS: Final[Mapping[str, Step]] = {
    VERIFY_ELIGIBILITY: Step.ELIGIBILITY,
    MATCH_AUTHORIZATIONS: Step.AUTHORIZATION,
    APPLY_COMPONENT_EDITS: Step.EDITS,
    REVIEW_MEDICAL_NECESSITY: Step.NECESSITY,
    DETERMINE: Step.PRICING,
    PUBLISH: Step.PRICING,
}


def isolate(work: ClaimWork, step: str, run: Callable[[], T]) -> T | None:
    """Run a pure step on one claim; if it raises, record the failure on the claim and return None."""
    try:
        return run()
    except Exception as error:  # noqa: BLE001 - whatever one claim does to a rule, the others go on
        error_class = type(error).__name__
        activity.logger.warning(
            "step raised on one claim: step=%s claim_id=%s error=%s at=%s",
            step,
            work.stored.claim.claim_id,
            error_class,
            place(error),
        )
        work.failures[step] = failed_step(_STEPS[step], error_class)
        return None
