"""Jobs as folders: owner, request, progress and measurements. Never imports torch.

`Store` finds, makes, stops, resumes and deletes runs; `Run` reads one; `Work` is the worker's side
of it; `Local` starts workers, in a fair order, and `executors` knows those of clusters. The files
are the only truth: pages and servers come and go.
"""

from mixcore.runs.executor import Executor, Local
from mixcore.runs.job import Job
from mixcore.runs.metrics import Metrics
from mixcore.runs.run import Run
from mixcore.runs.status import STATES, Status
from mixcore.runs.store import Store
from mixcore.runs.work import Work

__all__ = ["STATES", "Executor", "Job", "Local", "Metrics", "Run", "Status", "Store", "Work"]
