"""Workers as tasks of ray: of the cluster that RAY_ADDRESS names, or of one started here.

A cluster of our own has this machine's cores and no dashboard, and ends with us; so do the workers
on it. What they finished is kept, and any worker may resume it.
"""

from __future__ import annotations

import os
from typing import Any

from mixcore.runs.job import Job
from mixcore.runs.remote import Away, import_package, make_python_path, run_worker
from mixcore.runs.run import Run
from mixcore.runs.store import Store

ROOM = 80 * 2**20  # bytes for ray's object store, nearly its least: only paths travel


class OnRay(Away):
    """Jobs on ray, each with the cores and the GPU that it asks for.

    store  where jobs wait; every node must see it at this path
    cores  of a cluster of our own; given, none is looked for. ValueError where ray is missing
    """

    name = "ray"

    def __init__(self, store: Store, cores: int | None = None) -> None:
        super().__init__(store)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told
        self._ray = import_package("ray")
        self._ours = not self._ray.is_initialized()
        if self._ours:
            self._begin(cores)

    def hand(self, run: Run, job: Job) -> Any:
        task = self._ray.remote(max_retries=0)(run_worker).options(
            name=run.id, num_cpus=job.threads, num_gpus=int(job.gpu)
        )
        return task.remote(str(run.folder.resolve()), str(self.store.root))

    def gone(self, task: Any) -> str:
        ended, _ = self._ray.wait([task], timeout=0)
        if not ended:
            return ""
        try:
            return f"its worker ended with code {self._ray.get(task)}; the run's log may say more."
        except self._ray.exceptions.RayError as error:
            return str(error).strip().splitlines()[-1]

    def close(self) -> None:
        if self._ours:
            self._ray.shutdown()

    def _begin(self, cores: int | None) -> None:
        always = {
            "log_to_driver": False,
            "runtime_env": {"env_vars": {"PYTHONPATH": make_python_path()}},
        }
        if cores is None:
            try:
                self._ray.init("auto", logging_level="error", **always)
                return
            except ConnectionError:
                pass  # nobody has started one
        self._ray.init(
            "local", num_cpus=cores, include_dashboard=False, object_store_memory=ROOM,
            logging_level="error", **always,
        )  # fmt: skip
