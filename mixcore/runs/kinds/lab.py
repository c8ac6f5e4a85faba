"""An experiment of a lab."""

from mixcore.runs.kinds import JobKind

KIND = JobKind(
    "Experiment",
    request="mixcore.trials.lab_request:LabRequest",
    doer="mixcore.trials.lab_job:run_lab",
)
