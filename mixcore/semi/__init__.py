"""Learning from labels that are few, weak or say only what a sample is not."""
