from __future__ import annotations

import pytest

from adjudication.reference import ReferenceData
from storage.policy_library import default_policies_dir, load_reference


@pytest.fixture(scope="session")
def reference() -> ReferenceData:
    """The reference data the product ships."""
    return load_reference(default_policies_dir())
