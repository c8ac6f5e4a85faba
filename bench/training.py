"""What training costs: digits to the end, the mix inside a step, and how soon a job starts.

python bench/training.py [digits] [mix] [objectives] [start] [--device cpu] [--threads 2]

digits  20 epochs of the small CNN with CutMix, without the start of the process: the gates are
        15 s on two cores and 97 % of the test pictures
mix     a method's plan, apply and target over the step without a mix, both medians in one
        process, on ResNet-18 with batches of 128 x 3 x 32 x 32 (the gate is 3 %), and on the
        small CNN with digits, 64 x 1 x 8 x 8, where a step is next to nothing
objectives  a step of every objective over one of plain Mixup, medians in one process
start   from asking for a job to its first step, by a new worker and by one that is warm

On the CPU, digits and mix also count or only count the processor's time, which a busy machine
changes less than the clock's.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from mixcore import Batch, worker
from mixcore.objectives import find_objective, list_objectives, read_objective
from mixcore.runs import Local, Store
from mixcore.taught import Taught
from mixcore.train.tally import Tally
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest

METHODS = ("mixup", "cutmix", "fmix", "resizemix", "gridmix", "smoothmix", "saliencymix", "mosaic")


def digits(store, asked):
    for seed in range(asked.seeds):
        request = TrainingRequest(seed=seed, threads=asked.threads, device=asked.device)
        run, start, used = store.create(request.job()), time.perf_counter(), time.process_time()
        worker.do_job(run)
        spent, metrics = time.perf_counter() - start, run.metrics()
        used = time.process_time() - used
        metrics.update()
        last, best = metrics.epochs[-1], max(row["test_accuracy"] for row in metrics.epochs)
        print(f"digits, seed {seed}: {spent:5.1f} s with data and model (processor {used:.1f} s), "
              f"{last['seconds']:5.1f} s of training and judging, "
              f"test {last['test_accuracy']:.2%}, best {best:.2%}, "
              f"n = {last['test_n']}")  # fmt: skip


def median(action, repeats, device):
    """Seconds of `action`, the processor's on the CPU; the median after two to warm up."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    times = []
    for i in range(repeats + 2):
        start = clock()
        action(i)
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(clock() - start)
    return statistics.median(times[2:])


def mix(store, asked):
    rng = np.random.default_rng(0)
    path = Path(tempfile.mkdtemp()) / "noise.npz"
    np.savez(path, images=rng.integers(0, 256, (400, 32, 32, 3)).astype(np.uint8),
             labels=np.arange(400) % 10)  # fmt: skip
    for facts in ({"data": f"npz:{path}", "model": "resnet18", "batch": 128}, {}):
        shares({**facts, "device": asked.device, "threads": asked.threads}, asked.repeats)


def shares(common, repeats):
    bare = Training(TrainingRequest(method="none", **common))
    batch = next(bare.batches(0, 0))
    step = median(lambda i: bare.step(i, batch, Tally()), repeats, bare.device)
    print(f"{bare.request.model}: step without a mix {1000 * step:8.2f} ms, "
          f"{len(batch) / step:7.0f} images/s")  # fmt: skip
    for key in METHODS:
        job = Training(TrainingRequest(method=key, **common))

        def work(i, job=job):
            plan = job.mix.plan(Batch(batch.x, batch.y), i)
            plan.apply(batch.x)
            plan.target(batch.y, 10)

        cost = median(work, 5 * repeats, bare.device)
        print(f"{key:12s} mix {1000 * cost:8.3f} ms  {cost / step:6.2%} of the step")


def objectives(store, asked):
    """Time, and on a GPU memory, of a step; teachers are trained for an epoch first."""
    common = {"data": "digits", "images": 1000, "batch": 64, "device": asked.device,
              "threads": asked.threads}  # fmt: skip
    for model in ("small_cnn", "small_vit"):
        base = time_step(asked, method="mixup", model=model, **common)
        print(f"{model}: a step of plain Mixup takes {1000 * base:.1f} ms")
        for key in list_objectives():
            card = read_objective(key)
            method = {"own": "none"}.get(card.mixes, "augmix" if card.sources == 1 else "mixup")
            own = {"teacher_epochs": 1} if issubclass(find_objective(key), Taught) else {}
            cost = time_step(
                asked, method=method, model=model, objective=key, objective_parameters=own, **common
            )
            print(f"  {key:16s} {1000 * cost:8.1f} ms  {cost / base:5.2f} times plain Mixup")


def time_step(asked, **request):
    """Seconds of a step of a request, the median."""
    job = Training(TrainingRequest(**request))
    batch = next(job.batches(0, 0))
    return median(lambda i: job.step(i, batch, Tally()), asked.repeats, job.device)


def start(store, asked):
    request = TrainingRequest(epochs=1, threads=1, log_every=1, device=asked.device)
    for kind in ("new", "warm"):
        times = []
        for _ in range(asked.seeds):
            executor = Local(store)
            if kind == "warm":
                executor.warm()
                time.sleep(20)  # until it has imported everything
            began = time.perf_counter()
            run = executor.submit(request.job())
            while (
                not (run.folder / "metrics.jsonl").exists()
                or "step" not in ((run.folder / "metrics.jsonl").read_text().partition("\n")[2])
            ):
                time.sleep(0.01)
            times.append(time.perf_counter() - began)
            while not run.status().ended:
                time.sleep(0.1)
        shown = ", ".join(f"{t:.1f}" for t in times)
        print(f"{kind:5s} worker: first step after {shown} s")


def main():
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ask.add_argument("what", nargs="*", default=["digits", "mix", "objectives", "start"])
    ask.add_argument("--device", default="cpu")
    ask.add_argument("--threads", type=int, default=2)
    ask.add_argument("--seeds", type=int, default=3)
    ask.add_argument("--repeats", type=int, default=5)
    asked = ask.parse_args()
    store = Store(Path(tempfile.mkdtemp()))
    for name in asked.what:
        {"digits": digits, "mix": mix, "objectives": objectives, "start": start}[name](store, asked)


if __name__ == "__main__":
    main()
