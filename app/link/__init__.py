"""What a link holds, read as what it was meant to be. Pure: no Streamlit, no torch."""
