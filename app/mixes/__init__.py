"""One mix, whatever page shows it: the app's only door to torch, and its only caches."""
