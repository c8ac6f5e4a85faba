"""The Train page: runs, their curves, and a closer look at each epoch."""
