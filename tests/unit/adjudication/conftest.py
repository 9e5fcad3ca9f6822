from __future__ import annotations

import pytest

from adjudication.model.reference import ReferenceData
from tests.builders.plans import reference_requiring_authorization


@pytest.fixture(scope="session")
def reference() -> ReferenceData:
    """The shipped reference data, with the MRS family on the authorization lists."""
    return reference_requiring_authorization()
