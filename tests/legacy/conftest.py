"""What the tests of the old style share."""

import pytest

from minigrad import legacy


@pytest.fixture(autouse=True)
def old_style():
    """The old style without its warnings, which have tests of their own."""
    legacy.allow_deprecated()
    yield
    legacy.allow_deprecated()
