"""Links: their entries, read as what they were meant to be. Pure: no Streamlit, no torch."""
