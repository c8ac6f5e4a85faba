"""How hard the hostile tests try: a little in every run of the suite, longer on demand."""

import pytest


@pytest.fixture
def effort(request):
    """How many neighbors to try where the suite tries n: n times what --hostile says."""
    return lambda n: n * request.config.getoption("hostile")
