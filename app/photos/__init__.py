"""Widgets that bring, frame and choose photos, for every page that shows some."""
