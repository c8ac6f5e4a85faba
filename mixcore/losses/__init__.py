"""Training losses of published papers, one idea a file."""
