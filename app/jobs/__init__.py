"""Runs of any kind, as pages show and steer them; never reaches torch."""
