"""Recipes that are no registered method: for Mixer, labs and experiments."""
