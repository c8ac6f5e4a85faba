"""Training: a declared request, data, models, and one loop that reads from top to bottom.

`mixcore.train.training_request` imports no torch; everything else here does, and runs in a worker.
"""
