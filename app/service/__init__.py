"""The app's only door to the heavy library, and the only place where results are cached."""
