"""What a filter of the Audit page costs on 100,000 rows: python bench/audit_page.py

The rows are made up. First the columns are read, once for all sessions; then each filter is set on
the page as a hand would, and the time until the page is there again is the script's, without the
browser. The bar is 500 ms.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
ROWS = 100_000
METHODS = ("cutmix", "resizemix", "fmix", "transmix", "snapmix", "visiblemix")
CLASSES = [f"class {k}" for k in range(10)]
TIMES = 5


def made(folder: Path) -> Path:
    """A folder with a table of ROWS rows."""
    from mixcore.audit import schema, table_files

    rng = np.random.default_rng(0)
    n = ROWS // len(METHODS)
    draw = {name: rng.random(n * len(METHODS)) for name in ("area", "s_a", "s_b", "p_a", "p_b")}
    worth = draw["s_a"] / (draw["s_a"] + draw["s_b"])
    columns: dict[str, list] = {name: [None] * len(worth) for name in schema.make_schema(()).names}
    row = np.tile(np.arange(n), len(METHODS))
    given = draw | {
        "row": row, "block": row // 32, "a": row, "b": row + 1, "seed": row,
        "class_a": rng.integers(0, 10, len(row)), "class_b": rng.integers(0, 10, len(row)),
        "w_a": draw["area"], "w_b": 1 - draw["area"], "entropy": rng.random(len(row)),
        "mismatch": np.abs(draw["area"] - worth), "shuffled": rng.random(len(row)),
    }  # fmt: skip
    columns |= {name: values.tolist() for name, values in given.items()}
    columns["method"] = np.repeat(METHODS, n).tolist()
    columns["control"] = [""] * len(row)
    columns["judge"] = ["CAM"] * len(row)
    columns["name_a"] = columns["name_b"] = [f"picture {k}" for k in row]
    facts = {"request": {"data": "made up", "methods": ["none"], "seed": 0}, "classes": CLASSES,
             "judge": "CAM", "bound": 1e-6, "notes": []}  # fmt: skip
    like = schema.make_schema((), table_files.pack_facts(facts))
    folder.mkdir()
    table_files.write_table(folder / table_files.TABLE, [schema.make_batch(columns, like)])
    return folder


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["MIXSCOPE_HOME"] = home
        folder = made(Path(home) / "made")
        from streamlit.testing.v1 import AppTest

        from app.audit import table_rows
        from app.shell import visitor
        from mixcore.runs import Local

        visitor.get_owner = lambda: "bench"
        Local.warm = lambda self: None
        start = time.perf_counter()
        table_rows.load_rows(folder)
        print(f"reading {ROWS:,} rows once: {time.perf_counter() - start:.2f} s")
        view = Path(__file__).parents[1] / "app" / "audit" / "page.py"
        page = AppTest.from_file(str(view), default_timeout=60)
        page.query_params["audit"] = "made"
        page.run()
        assert not page.exception, page.exception
        for name, turns in FILTERS.items():
            took = []
            for k in range(TIMES):
                turned = turns(page, k)
                start = time.perf_counter()
                turned.run()
                took.append(1000 * (time.perf_counter() - start))
                assert not page.exception, page.exception
            print(f"{name}: median {statistics.median(took):.0f} ms, longest {max(took):.0f} ms")
        print(f"torch imported: {'torch' in sys.modules}")


FILTERS = {
    "method": lambda page, k: page.multiselect(key="by").set_value(
        [["CutMix"], ["FMix", "TransMix"]][k % 2]
    ),
    "class of A": lambda page, k: page.selectbox(key="class-a").set_value(CLASSES[k]),
    "mismatch": lambda page, k: page.slider(key="off").set_value((0.02 * k, 0.9)),
    "threshold": lambda page, k: page.number_input(key="over").set_value(0.1 + 0.1 * k),
    "sort": lambda page, k: page.selectbox(key="sort").set_value(
        ["mismatch", "entropy of the evidence"][k % 2]
    ),
    "nothing left out": lambda page, k: (
        page.multiselect(key="by").set_value([]).run(),
        page.selectbox(key="class-a").set_value("any class").run(),
        page.slider(key="off").set_value((0.0, 1.0)),
    )[-1],
}

if __name__ == "__main__":
    main()
