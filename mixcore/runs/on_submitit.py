"""Workers as jobs of submitit: of Slurm where there is one, else processes of this machine."""

from __future__ import annotations

import os
from typing import Any

from mixcore.runs.job import Job
from mixcore.runs.remote import Away, import_package, make_python_path, run_worker
from mixcore.runs.run import Run
from mixcore.runs.store import Store

HOURS = 24


class OnSubmitit(Away):
    """Jobs on submitit, each with the cores and the GPU that it asks for.

    store    where jobs wait; every node must see it at this path. Submitit's own files lie in
             its folder `submitit`
    cluster  "slurm" or "local"; what is there if not given
    hours    that a job may take. What is cut off can be resumed
    more     parameters of submitit's AutoExecutor, such as slurm_partition
    """

    name = "submitit"

    def __init__(
        self, store: Store, cluster: str | None = None, hours: float = HOURS, **more: Any
    ) -> None:
        super().__init__(store)
        self._submitit = import_package("submitit")
        self._cluster, self._more = cluster, {"timeout_min": round(hours * 60), **more}

    def hand(self, run: Run, job: Job) -> Any:
        executor = self._submitit.AutoExecutor(
            self.store.root.resolve() / "submitit", cluster=self._cluster
        )
        executor.update_parameters(
            name=run.id, cpus_per_task=job.threads, gpus_per_node=int(job.gpu), **self._more
        )
        with self._submitit.helpers.environment_variables(PYTHONPATH=make_python_path()):
            return executor.submit(
                run_worker, str(run.folder.resolve()), str(self.store.root.resolve())
            )

    def gone(self, task: Any) -> str:
        if not task.done():
            return ""
        return f"its state is {task.state}; its output is in {os.fspath(task.paths.stderr)}."

    def close(self) -> None:
        """Nothing to let go of: its jobs are processes of their own."""
