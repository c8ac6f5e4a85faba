"""Labs of a folder that belongs to the package, too."""

import sys

import pytest

from labs.throwaway import write_labs
from mixcore import labs as package


@pytest.fixture
def thrown(tmp_path, monkeypatch):
    """The keys of throw-away labs, which are there as the real ones are."""
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    package.read_card.cache_clear()
    yield write_labs(tmp_path)
    for name in [n for n in sys.modules if n.startswith("mixcore.labs.throw")]:
        del sys.modules[name]
    package.read_card.cache_clear()
