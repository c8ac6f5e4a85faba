"""An audit to take away: all rows as CSV and Parquet, and the one-file report."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.audit import audit_files
from app.audit.choices import Shown


def show(shown: Shown) -> None:
    """The downloads; each file is made when it is asked for."""
    with st.popover("Download", icon=":material/download:", key="take"):
        for label, name, mime, make in (
            ("All rows, CSV", "csv", "text/csv", audit_files.make_csv),
            (
                "All rows, Parquet",
                "parquet",
                "application/vnd.apache.parquet",
                audit_files.make_parquet,
            ),
            ("Report, one HTML file", "html", "text/html", audit_files.make_report),
        ):
            st.download_button(
                label, partial(make, shown.place), f"audit.{name}", mime,
                key=f"take-{name}", on_click="ignore", width="stretch",
            )  # fmt: skip
        st.html('<p class="note">A row a mix; the column control names the controls.</p>')
