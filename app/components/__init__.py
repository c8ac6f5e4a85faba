"""Widgets in plain JavaScript, each a Streamlit component that needs no build step."""
