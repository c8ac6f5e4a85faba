"""openmixup's own functions, called for comparison only.

Its package cannot be imported without mmcv, and its functions call .cuda(). So one file of it is
loaded at a time, on its own, beside stand-ins for what the file imports but these tests never
reach; nothing of it stays in sys.modules, and .cuda() does nothing only while a function runs.
"""

import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

RELEASED = {  # what openmixup's configurations hand to its functions
    "smoothmix": {},
    "gridmix": {"n_holes": (2, 6), "cut_area_ratio": (0.5, 1.0), "cut_aspect_ratio": (0.5, 2.0)},
}


class Mix(NamedTuple):
    """What a peer made: images, B's mask (b, 1, h, w) if it gives one, partners, A's share."""

    x: Tensor
    mask: Tensor | None
    index: list[int]
    lam: float


def openmixup(name: str, x: Tensor, seed: int = 0, **options: Any) -> Mix:
    """openmixup's function of that name on a copy of x; it draws from the global generators.

    lam is what it returns as the weight of A's label, and the mask what return_mask gives,
    1 where the peer says that the pixel is B's (A's in fmix).
    """
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    own = torch.arange(len(x))  # every image is its own class, so that its partner can be read off
    with tamed():
        mixed, (_, partner, lam) = getattr(module(name), name)(x.clone(), own, **options)
    mixed, mask = mixed if isinstance(mixed, tuple) else (mixed, None)
    return Mix(mixed, mask, partner.tolist(), float(lam))


@cache
def module(name: str) -> ModuleType:
    """The file openmixup/models/augments/NAME.py as a module that nobody else can import."""
    package = find_spec("openmixup")  # finds without importing
    assert package is not None, "openmixup is missing; `make test` installs it"
    assert package.origin is not None
    path = Path(package.origin).parent / "models" / "augments" / f"{name}.py"
    spec = spec_from_file_location(f"peer_openmixup_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    loaded = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        for stand_in in _stand_ins():
            patch.setitem(sys.modules, stand_in.__name__, stand_in)
        spec.loader.exec_module(loaded)
    return loaded


@contextmanager
def tamed() -> Iterator[None]:
    """Inside, Tensor.cuda() gives the tensor back, and numpy lets fmix call irfftn as it does."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        patch.setattr(Tensor, "cuda", lambda self, *a, **k: self)
        yield


def _stand_ins() -> Iterator[ModuleType]:
    for name in ("openmixup", "openmixup.models"):
        yield ModuleType(name)
    helpers: Any = ModuleType("openmixup.models.utils")
    helpers.batch_shuffle_ddp = None  # for several processes; never called here
    helpers.to_2tuple = lambda v: v if isinstance(v, list | tuple) else (v, v)
    yield helpers
    if find_spec("scipy") is None:  # fmix asks it for one draw from a Beta law
        stats: Any = ModuleType("scipy.stats")
        stats.beta = type("beta", (), {"rvs": staticmethod(np.random.beta)})
        yield ModuleType("scipy")
        yield stats
