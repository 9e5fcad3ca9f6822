"""A ruling that cannot be applied to its claim is seen by operations, in the log and in their queue."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest

from activities.appeals.consequences import Consequences
from adjudication.appeals.independence import Ruling
from adjudication.appeals.rules import Matter
from adjudication.appeals.superseding import Before
from adjudication.appeals.waiting import failed
from adjudication.model.errors import AdjudicationError
from adjudication.model.pends import SYSTEM_PEND
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ProductLine
from contracts.records.appeals import AppealFile
from tests.builders.appeals import SPECIALIST, an_appeal


def test_a_ruling_that_cannot_be_applied_is_logged_and_waits_for_operations(
    reference: ReferenceData, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unknown_outcome(*_: Any) -> None:
        raise AdjudicationError("member SYN-SECRET")

    monkeypatch.setattr("activities.appeals.consequences.supersede", unknown_outcome)
    appeal = an_appeal(ProductLine.ESSENTIAL_PLAN, matter=Matter.ADMINISTRATIVE)
    appeal.decided(SPECIALIST, line1=Ruling.OVERTURNED)
    pends = failed(appeal.state, appeal.now, reference)
    before = cast("Before", SimpleNamespace(superseded_by=None, version=1))
    file = AppealFile(appeal.state, 1, before, {}, {}, actor=SPECIALIST, pends=pends)
    with caplog.at_level(logging.ERROR):
        judged = Consequences(file, appeal.now, reference).tried_again()
    assert judged.determination is None
    assert judged.pends is not None
    assert [pend.code for pend in judged.pends] == [SYSTEM_PEND]
    assert "could not be applied" in caplog.text
    assert appeal.state.case.claim_id in caplog.text
    assert "SYN-SECRET" not in caplog.text, "an error's message may quote the claim"
