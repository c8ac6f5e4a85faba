"""How fast the Train page opens on a store of many long runs: python bench/train_page.py

Writes a store of 50 finished runs of 10,000 steps (every step a row, 100 epochs) into a temporary
folder, then runs the page's script as Streamlit does, without a browser: cold, with eight runs
side by side, again, and with one new row. Gate: each under 2 s.
"""

from __future__ import annotations

import json
import math
import os
import random
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
RUNS, STEPS, EPOCHS, GATE = 50, 10_000, 100, 2.0


def rows(seed: int) -> list[dict]:
    """The metrics of one run, as a worker writes them."""
    draw, found = random.Random(seed), []
    seen = {
        "n": 10_000, "accuracy": 0.9, "ece": 0.05, "adaptive_ece": 0.05, "classwise_ece": 0.01,
        "mce": 0.2, "brier": 0.15, "nll": 0.4, "ece_interval": [0.04, 0.06],
        "bins": {"count": [666] * 15, "confidence": [(i + 0.5) / 15 for i in range(15)],
                 "accuracy": [(i + 0.3) / 15 for i in range(15)]},
    }  # fmt: skip
    for step in range(1, STEPS + 1):
        loss = 2.3 * math.exp(-step / 2000) + draw.gauss(0.2, 0.05)
        epoch = step * EPOCHS / STEPS
        found.append({"kind": "step", "step": step, "epoch": epoch, "loss": loss,
                      "accuracy": 1 - loss / 3, "rate": 0.001, "seconds": step * 0.03})  # fmt: skip
        if step % (STEPS // EPOCHS) == 0:
            found.append({
                "kind": "epoch", "step": step, "epoch": round(epoch), "train_loss": loss,
                "train_accuracy": 0.8, "label_weights": [50] * 20, "areas": [50] * 20,
                "test_loss": loss, "test_accuracy": 1 - loss / 3, "test_n": 10_000,
                "errors": [[3, 5, 90]], "calibration": seen | {"chance": [0.01, 0.005, 0.02]},
                "scaled": seen, "seconds": step * 0.03,
                "temperature": {"value": 1.4, "why": "", "n": 5000, "before": 0.5, "after": 0.4},
            })  # fmt: skip
    return found


def build(home: Path) -> list[Path]:
    """The store: folders of 50 runs."""
    from mixcore.runs import Status, Store, files
    from mixcore.train.training_request import TrainingRequest

    store = Store(home)
    for seed in range(RUNS):
        run = store.create(TrainingRequest(seed=seed).job())
        lines = b"".join(files.encode_line(row) for row in rows(seed))
        (run.folder / "metrics.jsonl").write_bytes(lines)
        files.write_json(run.folder / "status.json", asdict(Status("done", STEPS, STEPS)))
    return [run.folder for run in store.runs()]


def main() -> int:
    """Measure, print, and say by the exit status whether the gate holds."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["MIXSCOPE_HOME"] = name
        folders = build(Path(name))
        from streamlit.testing.v1 import AppTest

        from app.jobs import known_runs  # noqa: F401, so that importing is not measured
        from mixcore.runs import Local

        Local.warm = lambda self: None
        page = AppTest.from_file(str(ROOT / "app" / "views" / "train.py"), default_timeout=60)
        found = {"cold, the newest run": timed(page.run)}
        page.multiselect(key="run").set_value(page.multiselect(key="run").options[:8])
        found["eight runs side by side"] = timed(page.run)
        found["again"] = timed(page.run)
        row = rows(0)[-2] | {"step": STEPS + 1}
        with open(folders[0] / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        found["with one new row"] = timed(page.run)
        assert not page.exception, page.exception
    for what, seconds in found.items():
        print(f"{what:26} {seconds:6.2f} s")
    return int(max(found.values()) > GATE)


def timed(work) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
