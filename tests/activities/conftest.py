from __future__ import annotations

import pytest

from adjudication.reference import ReferenceData
from storage.policy_library import default_policies_dir, load_reference
from tests.activities.adjudicator import Adjudicator
from tests.activities.stores import InMemoryLedger


@pytest.fixture(scope="session")
def reference() -> ReferenceData:
    """The reference data the product ships."""
    return load_reference(default_policies_dir())


@pytest.fixture
def ledger() -> InMemoryLedger:
    return InMemoryLedger()


@pytest.fixture
def adjudicator(ledger: InMemoryLedger, reference: ReferenceData) -> Adjudicator:
    return Adjudicator(ledger, reference)
