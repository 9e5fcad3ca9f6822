from __future__ import annotations

import pytest

from adjudication.model.reference import ReferenceData
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.plans import reference_requiring_authorization


@pytest.fixture(scope="session")
def reference() -> ReferenceData:
    """The shipped reference data, with the MRS family on the authorization lists."""
    return reference_requiring_authorization()


@pytest.fixture
def ledger() -> InMemoryLedger:
    return InMemoryLedger()


@pytest.fixture
def adjudicator(ledger: InMemoryLedger, reference: ReferenceData) -> Adjudicator:
    return Adjudicator(ledger, reference)
