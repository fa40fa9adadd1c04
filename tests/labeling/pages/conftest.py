from __future__ import annotations

import pytest

from tests.labeling.pages.makers import Pets, make_pets


@pytest.fixture
def pets(db: None) -> Pets:
    return make_pets()
