"""Workers keep the memory they free: large arrays made again and again cost no new pages."""

import platform
import subprocess
import sys

import pytest

PAGES = """
import resource, sys
import numpy as np
from mixcore.runs import heap
if sys.argv[1] == "kept":
    assert heap.keep_freed_memory()
def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(2**23)
first = pages()
for _ in range(8):
    np.ones(2**23)  # 64 MB
print(pages() - first)
"""


def pages(kept):
    found = subprocess.run(
        [sys.executable, "-c", PAGES, kept], capture_output=True, text=True, check=True
    )
    return int(found.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators have no mallopt")
def test_memory_that_was_freed_is_used_again():
    assert pages("kept") < pages("handed back") / 4
