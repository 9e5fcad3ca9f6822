"""The settings of the workflow sandbox: always on, passing through exactly the packages named here.

Passed-through packages are imported once per process instead of once per run, which is most of the sandbox's
cost. They are safe to share because they hold no state that a workflow changes: messages, ids and pure
functions. Anything else that a workflow module imports is an error, in production as in tests.
"""

from __future__ import annotations

from typing import Final

from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from workflows.unversioned import Unversioned

PASSED_THROUGH: Final = ("adjudication", "contracts", "activities", "pydantic", "pydantic_core", "orjson")


def sandbox_runner(*, versioned: bool = False) -> SandboxedWorkflowRunner:
    """Return the runner that the worker, the replay tests and the workflow tests share; `versioned`: the worker has a version."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH, Unversioned.__module__)
    return SandboxedWorkflowRunner(
        runner_class=UnsandboxedWorkflowRunner if versioned else Unversioned,
        restrictions=restrictions.with_import_notification_policy(
            SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
            | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
        ),
    )
