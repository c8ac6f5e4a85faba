"""The settings of .streamlit/config.toml, wherever the app is started and by whatever.

`streamlit run` reads the settings beside the script, where app/.streamlit leads to them. A server
of another kind, such as uvicorn, says nothing of a script: then Streamlit would read the working
folder alone.
"""

from __future__ import annotations

from pathlib import Path

from streamlit import config

MAIN = Path(__file__).parents[1] / "main.py"


def load_settings() -> None:
    """Load this project's settings into Streamlit, unless it did so for the script it runs."""
    if config._main_script_path is None:
        config._main_script_path = str(MAIN)
        config.get_config_options(force_reparse=True)
