"""The people of the storms: a physician who denies, and another one who decides the appeals of these denials."""

from __future__ import annotations

import os
import threading
from collections import Counter
from typing import Any, Final
from uuid import UUID, uuid4

import orjson

from runtime.clients.api_client import UNREACHABLE, ApiError, connect
from runtime.settings import Settings
from tests.builders.chaos.events import Events
from tests.builders.ledger.desks import DENIES, EXPERIMENTAL, decision

PHYSICIAN: Final = "SYN-MD-NY"
APPEALS_PHYSICIAN: Final = "SYN-APPEALS-MD"
_RATIONALE: Final = "The records of the synthetic member were read again."
_TRIES: Final = 20
_APPEALED: Final = float(os.environ.get("CHAOS_MINUTES", "0")) == 0
"""Not in runs that draw restores: an appeal of a denial that a restore lost waits for a person, and its ruling does not come back."""


class People:
    """Each acts under the id of the action until a person answers; what has no answer is sent again at the next turn."""

    def __init__(self, settings: Settings, events: Events, stop: threading.Event) -> None:
        self._settings, self._events, self._stop = settings, events, stop
        self._unanswered: list[tuple[str, str, dict[str, Any], str]] = []
        """Person, path, content and id of actions that no person answered."""
        self.rulings: Counter[str] = Counter()
        """How many decisions of appeals were sent, by claim."""

    def work(self) -> Counter[str]:
        """Send again what is owed, and decide some of what waits; the console may be away."""
        owed, self._unanswered = self._unanswered, []
        answers = Counter(self._act(*each) for each in owed)
        try:
            self._deny_some(answers)
            self._rule_on_some(answers)
        except ApiError:
            answers["no answer"] += 1
        return answers

    def _deny_some(self, answers: Counter[str]) -> None:
        """Deny; every second denial is appealed."""
        page = connect(self._settings, PHYSICIAN).get("/api/tasks", pend="P-CLIN-MD", limit=3)
        for task in page["tasks"]:
            path = f"/api/tasks/{task['claim_id']}/actions"
            for content in ({"action": "take"}, decision(1, EXPERIMENTAL, **DENIES)):
                answer = self._act(PHYSICIAN, path, content, str(uuid4()))
                answers[answer] += 1
            if _APPEALED and answer == "ok" and UUID(task["claim_id"]).int % 2:
                self._events.appeal(task["claim_id"])

    def _rule_on_some(self, answers: Counter[str]) -> None:
        """Uphold two thirds; the rest is overturned, and paid or pended."""
        page = connect(self._settings, APPEALS_PHYSICIAN).get("/api/appeals", limit=100)
        for appeal in [each for each in page["appeals"] if each["result"] is None and not each["pends"]][:3]:
            ruling = "upheld" if UUID(appeal["appeal_id"]).int % 3 else "overturned"
            rulings = [{"line": line, "ruling": ruling} for line in appeal["lines"]]
            content = {"action": "decide", "rulings": rulings, "rationale": _RATIONALE}
            self.rulings[appeal["claim_id"]] += 1
            path = f"/api/appeals/{appeal['appeal_id']}/actions"
            answers[f"appeal {self._act(APPEALS_PHYSICIAN, path, content, str(uuid4()))}"] += 1

    def _act(self, person: str, path: str, content: dict[str, Any], action: str) -> str:
        """Send one action under its id until it has an answer."""
        headers = {"Idempotency-Key": action}
        for _ in range(_TRIES):
            try:
                connect(self._settings, person).post(path, orjson.dumps(content), headers)
            except ApiError as error:
                if error.exit_code != UNREACHABLE:
                    return error.code or "refused"
                if self._stop.wait(0.5):
                    break
                continue
            return "ok"
        self._unanswered.append((person, path, content, action))
        return "no answer"
