"""Models that evidence maps are read from: the bundled ones, and wrappers around them."""
