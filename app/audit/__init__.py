"""The Audit page: how far labels are from what can be seen, over a whole data set."""
