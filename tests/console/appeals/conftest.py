"""An office in which a claim was denied and its member appeals; the board of appeal_cases works there."""

from __future__ import annotations

import pytest

from tests.builders.console.appeals_office import AppealsOffice
from tests.builders.console.office import Office


@pytest.fixture
def appeals(office: Office) -> AppealsOffice:
    return AppealsOffice(office)
