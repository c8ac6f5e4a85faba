"""A training."""

from mixcore.runs.kinds import JobKind

KIND = JobKind(
    "Training",
    request="mixcore.train.training_request:TrainingRequest",
    doer="mixcore.train.training_job:run_training",
)
