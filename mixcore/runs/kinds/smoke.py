"""A try of a training: 20 steps, and what the whole would take."""

from mixcore.runs.kinds import JobKind

KIND = JobKind(
    "Try",
    request="mixcore.train.training_request:TrainingRequest",
    doer="mixcore.train.training_job:run_try",
)
