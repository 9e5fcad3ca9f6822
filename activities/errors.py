"""What an activity raises itself. Each may go away and is retried. No message holds member data."""

from __future__ import annotations


class CommitRefusedError(Exception):
    """The store refused claims that pend, which break no constraint; retried."""

    def __init__(self, claims: int) -> None:
        """Say how many."""
        super().__init__(
            f"{claims} pended claims were refused by the decision store, though pends break no constraint; "
            "look at the store's log for the constraint, the activity tries again"
        )
