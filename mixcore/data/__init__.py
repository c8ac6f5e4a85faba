"""Pictures that ship with MixScope: a gallery of photos and generated scenes. No torch."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"
