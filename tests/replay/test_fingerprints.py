from __future__ import annotations

import difflib
import json

from tests.builders.replay.divergent import DivergentAdjudication
from tools.workflow_fingerprints import FINGERPRINTS, fingerprint, fingerprints

HOW_TO_CHANGE_A_WORKFLOW = """
The commands a workflow can issue changed (above: - committed, + now).

Executions started before this change replay their histories against the new code. One command more, fewer or
in another order, on any path, and each of them stops with a nondeterminism error, days or weeks after the
deployment.

1. Is the change only in what a command carries (an argument, a timeout)? Then it is safe: run
   `python -m tools.workflow_fingerprints` and commit the file with the change.
2. Otherwise keep the old path for old executions: `if workflow.patched("<date>-<decision record>"):` new,
   `else:` old, with a comment that lists the commands it covers.
3. Capture a history of the new path (`python -m tools.capture_histories OUTCOME`), keep all old ones, run
   tests/replay, then write the fingerprints.
4. Remove the old path only when no execution of its age can be open; say so in the change log.
"""


def test_the_commands_of_each_workflow_are_the_committed_ones() -> None:
    committed = json.loads(FINGERPRINTS.read_text())
    now = fingerprints()
    difference = "\n".join(
        difflib.unified_diff(
            json.dumps(committed, indent=1).splitlines(), json.dumps(now, indent=1).splitlines(), lineterm=""
        )
    )
    assert committed == now, difference + HOW_TO_CHANGE_A_WORKFLOW


def test_a_fingerprint_distinguishes_workflows() -> None:
    assert fingerprint(DivergentAdjudication) == ["run: sleep"]


def test_the_six_steps_are_in_the_fingerprint_in_order() -> None:
    lines = [line.rpartition(" ")[2] for line in fingerprints()["AdjudicateClaimsWorkflow"]]
    large = "LargeClaimActivities.adjudicate_large"
    steps = [line for line in lines if "Activities." in line and line != large]
    assert large in lines
    assert steps[:6] == [
        "StepActivities.verify_eligibility",
        "StepActivities.match_authorizations",
        "StepActivities.apply_component_edits",
        "StepActivities.review_medical_necessity",
        "StepActivities.determine",
        "PublicationActivities.publish",
    ]
    assert steps[6:] == ["OpeningActivities.open_reviews", "OpeningActivities.resume_reviews"]
