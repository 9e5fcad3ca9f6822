"""Runs workflows as if they named no versioning behavior, as for a worker without a version.

A server refuses every workflow task of a worker without a version whose workflows name a behavior. Apart from
workflows/sandbox.py, since the sandbox imports this module for each run and passes it through.
"""

from __future__ import annotations

from dataclasses import replace

from temporalio.common import VersioningBehavior
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails


class Unversioned(UnsandboxedWorkflowRunner):
    """Runs one workflow within the sandbox that surrounds it."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return the workflow without the versioning behavior that its definition names."""
        defn = replace(det.defn, versioning_behavior=VersioningBehavior.UNSPECIFIED)
        return super().create_instance(replace(det, defn=defn))
