"""Experiments of labs as jobs: what is asked for, how it is done, what came out."""
