"""One published method a file. `mixcore.methods()` lists their keys, by listing this folder.

The package itself is callable because `mixcore.methods` is both this folder and the public
function that names what is in it; without that, importing one method would hide the function.
"""

import pkgutil
import sys
from types import ModuleType


def methods() -> tuple[str, ...]:
    """The keys of all methods, sorted; no method (and no torch) is imported for it."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name[0] != "_"))


class _Methods(ModuleType):
    def __call__(self) -> tuple[str, ...]:
        return methods()


sys.modules[__name__].__class__ = _Methods
