"""Pictures: those that ship with MixScope, and data sets that a user has. No torch."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"
PLACES = ("folder", "zip", "npz")  # words before the path of a data set, as in zip:FILE
